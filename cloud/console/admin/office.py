"""What the pages of the system have in common: their tabs, the proof before a dangerous step, roles as fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form, Request
from fastapi.responses import Response

from cloud.api.gate import client_address
from cloud.api.people import TEXT
from cloud.console.login_words import status_of
from cloud.console.looking import picture_of
from cloud.console.view import View, visitor
from cloud.console.words import Words
from cloud.desk import Desk
from cloud.trust.desk import Trust
from cloud.trust.door import Caller
from cloud.trust.errors import (
    REASON_MAX,
    BadRequest,
    Changed,
    LastKeeper,
    LoginRefused,
    NameTaken,
    TooMany,
    TrustError,
)
from cloud.trust.proof import Needed
from cloud.trust.rights import Action
from cloud.trust.sessions import Seat
from domain.grids import AreaTree

HERE = "/system"
TABS = (
    ("accounts", Action.ACCOUNT_WRITE), ("tokens", Action.TOKEN_WRITE), ("notices", Action.PEOPLE_WRITE),
    ("log", Action.AUDIT_READ),
)  # fmt: skip
Secret = Annotated[str, Form(max_length=200, pattern=TEXT)]
Reason = Annotated[str, Form(max_length=REASON_MAX, pattern=TEXT)]
Names = Annotated[list[str], Form(max_length=60)]
NONE: list[str] = []
BLANK_LINES = 2  # for more roles; each time it is kept there are two more


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What every dangerous step asks: why, and whether it is still he."""

    why: str
    password: str
    code: str


def deed_of(why: Reason = "", password: Secret = "", code: Secret = "") -> Deed:
    """From a form."""
    return Deed(why=why.strip(), password=password, code=code)


class ReasonMissing(TrustError):
    """Nobody can tell later why it was done."""


class Office:
    """Draws pages and runs deeds for the rooms of the system."""

    def __init__(self, desk: Desk, view: View, trust: Trust) -> None:
        self.desk = desk
        self.view = view
        self.trust = trust

    def words(self, request: Request) -> Words:
        """Of whoever looks."""
        return visitor(request).words

    def html(self, request: Request, template: str, tab: str, status: int = 200, **values: Any) -> Response:
        """A page with its tabs; `wrong` is an error to be said above it."""
        caller: Caller = request.state.caller
        error = values.pop("error", None)
        words = self.words(request)
        may = caller.guard.may
        values = {
            "page": "system",
            "picture": picture_of(self.desk, request),
            "now_ms": self.trust.now_ms(),
            "tab": tab,
            "tabs": [name for name, action in TABS if may(caller.principal, action)],
            "me": caller.actor,
            "wrong": wrong_text(words, error),
            "needed": self.needed(request),
            **values,
        }
        answer = self.view.html(request, f"admin/{template}", status=status_for(error, status), **values)
        if isinstance(error, TooMany):
            answer.headers["Retry-After"] = str(error.retry_s)
        return answer

    def needed(self, request: Request) -> Needed | None:
        """What a dangerous step asks again of this browser."""
        seat: Seat | None = request.state.seat
        return self.trust.proof.needed(seat.session) if seat else None

    def prove(self, request: Request, deed: Deed) -> None:
        """Before a dangerous step. Raises ReasonMissing, LoginRefused, TooMany; BadRequest for a program."""
        seat: Seat | None = request.state.seat
        if seat is None:
            raise BadRequest("this page is for people; programs use the interface, /api")
        if not deed.why:
            raise ReasonMissing("say why: whoever reads the log later cannot ask")
        if self.trust.proof.needed(seat.session) is not None:
            address = client_address(request.scope)
            self.trust.prove(seat.session, seat.account, deed.password, deed.code, address)

    def try_it(self, request: Request, deed: Deed, work: Callable[[], str]) -> tuple[str, TrustError | None]:
        """What `work` told, or what was wrong; nothing is done without reason and proof."""
        try:
            self.prove(request, deed)
            return work(), None
        except TrustError as error:
            return "", error

    def area_choices(self) -> list[tuple[str, str]]:
        """(id, name with its depth) of every area, in the order of the tree."""
        return choices(self.desk.plan.areas)

    def area_name(self, area: str) -> str:
        """Its name now; the id of one that is gone."""
        found = self.desk.plan.areas.get(area)
        return found.name if found else area


def choices(areas: AreaTree) -> list[tuple[str, str]]:
    """Areas below each other."""
    chains = {area.id: [one.name for one in reversed(areas.chain(area.id))] for area in areas.areas}
    ordered = sorted(chains.items(), key=lambda pair: pair[1])
    return [(area, "\u3000" * (len(chain) - 1) + chain[-1]) for area, chain in ordered]


def wrong_text(words: Words, error: Exception | None) -> str:
    """What was wrong and what to do next."""
    if error is None:
        return ""
    if isinstance(error, TooMany):
        return words.t("login.often", s=error.retry_s)
    key = next((key for cls, key in _WORDS.items() if isinstance(error, cls)), None)
    return words.t(key) if key else words.t("adm.wrong.value", why=str(error))


_WORDS: dict[type[Exception], str] = {
    LoginRefused: "adm.wrong.proof", Changed: "adm.wrong.changed", LastKeeper: "adm.wrong.last",
    NameTaken: "adm.wrong.taken", ReasonMissing: "adm.wrong.why",
}  # fmt: skip


def status_for(error: Exception | None, status: int) -> int:
    """Of the answer."""
    if isinstance(error, Changed | LastKeeper | NameTaken):
        return 409
    return status if error is None else status_of(error)


def roles_of(role: Names = NONE, where: Names = NONE) -> list[str]:
    """`role` or `role@area`, from two columns of a form; lines without a role are none."""
    return [f"{name}@{area}" if area else name for name, area in zip(role, where, strict=False) if name]


def as_lines(grants: Iterable[str]) -> list[tuple[str, str]]:
    """(role, area) of each, and empty ones for more."""
    told = [grant.partition("@") for grant in grants]
    return [(role, area) for role, _, area in told] + [("", "")] * BLANK_LINES

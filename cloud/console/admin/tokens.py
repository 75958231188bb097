"""/system/tokens: programs that may ask; a new token, shown once; taking one back. Works without scripts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from cloud.api.people import TEXT
from cloud.api.trust import DAY_MS, MANY_DAYS
from cloud.console.admin.office import HERE, NONE, Deed, Names, Office, as_lines, deed_of, roles_of
from cloud.trust import grants
from cloud.trust.door import Caller, allow
from cloud.trust.errors import BadRequest, TrustError, UnknownAccount
from cloud.trust.rights import Action
from cloud.trust.tokens import NewToken, TokenRow
from domain.people import Role

Keeper = Annotated[Caller, Depends(allow(Action.TOKEN_WRITE))]
Done = Annotated[Deed, Depends(deed_of)]
Name = Annotated[str, Path(max_length=48, pattern=TEXT)]
Field = Annotated[str, Form(max_length=64, pattern=TEXT)]
SOON_MS = 30 * DAY_MS  # default: time to make another before it ends
PAGE = 50
YEAR = "365"


def add_routes(router: APIRouter, office: Office) -> None:
    """The list and below."""
    pages = TokenPages(office)
    router.add_api_route(f"{HERE}/tokens", pages.listed)
    router.add_api_route(f"{HERE}/new-token", pages.new)
    router.add_api_route(f"{HERE}/new-token", pages.make, methods=["POST"])
    router.add_api_route(f"{HERE}/tokens/{{name}}/revoke", pages.ask)
    router.add_api_route(f"{HERE}/tokens/{{name}}/revoke", pages.revoke, methods=["POST"])


def state_of(row: TokenRow, now_ms: int) -> str:
    """revoked, over, soon (it ends within a month), valid."""
    if row.revoked_at_ms is not None:
        return "revoked"
    if row.ends_at_ms is None:
        return "valid"
    return "over" if row.ends_at_ms <= now_ms else "soon" if row.ends_at_ms - now_ms < SOON_MS else "valid"


class TokenPages:
    """The handlers."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._tokens = office.trust.tokens

    def listed(
        self, request: Request, caller: Keeper, every: bool = False, done: bool = False,
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> Response:  # fmt: skip
        """Those that work; `every`: those of before too, whose names are never used again."""
        now_ms = self._office.trust.now_ms()
        rows = [(row, state_of(row, now_ms)) for row in self._tokens.rows()]
        shown = [pair for pair in rows if every or pair[1] in ("valid", "soon")]
        pages = max(1, -(-len(shown) // PAGE))
        page = min(page, pages)
        values: dict[str, Any] = {
            "rows": shown[(page - 1) * PAGE : page * PAGE], "past": len(rows) - len(shown), "every": every,
            "done": "revoke" if done else "", "at": page, "pages": pages, "found": len(shown),
            "area_name": self._office.area_name,
        }  # fmt: skip
        return self._office.html(request, "tokens.html", "tokens", **values)

    def new(self, request: Request, caller: Keeper) -> Response:
        """The form of a new token."""
        told = {"name": "", "days": YEAR, "scopes": (), "others": False, "lines": as_lines(()), "why": ""}
        return self._form(request, told, None)

    def make(
        self, request: Request, caller: Keeper, deed: Done, given: Annotated[list[str], Depends(roles_of)],
        name: Field = "", days: Field = "", scope: Names = NONE, others: Annotated[bool, Form()] = False,
    ) -> Response:  # fmt: skip
        """Make it; the token is in this answer and in no other."""
        name = name.strip()

        def work() -> str:
            ends_at_ms = None if not days else self._office.trust.now_ms() + _days(days) * DAY_MS
            new = NewToken(
                name=name, grants=grants.parse(given, self._office.desk.plan.areas), scopes=tuple(scope),
                speaks_for_others=others, ends_at_ms=ends_at_ms,
            )  # fmt: skip
            return self._tokens.make(new, by=caller.actor, why=deed.why)

        secret, error = self._office.try_it(request, deed, work)
        if error is not None:
            told = {"name": name, "days": days, "scopes": scope, "others": others, "why": deed.why}
            return self._form(request, told | {"lines": as_lines(given)}, error)
        values: dict[str, Any] = {"name": name, "secret": secret, "what": "token", "back": f"{HERE}/tokens"}
        return self._office.html(request, "secret.html", "tokens", **values)

    def ask(self, request: Request, caller: Keeper, name: Name) -> Response:
        """What it would mean. Raises UnknownAccount."""
        return self._sure(request, name, "", None)

    def revoke(self, request: Request, caller: Keeper, name: Name, deed: Done) -> Response:
        """It works no more."""

        def work() -> str:
            self._tokens.revoke(name, by=caller.actor, why=deed.why)
            return ""

        _, error = self._office.try_it(request, deed, work)
        if error is not None:
            return self._sure(request, name, deed.why, error)
        return RedirectResponse(f"{HERE}/tokens?done=true", status_code=303)

    def _sure(self, request: Request, name: str, why: str, error: TrustError | None) -> Response:
        row = next((row for row in self._tokens.rows() if row.name == name), None)
        if row is None:
            raise UnknownAccount(f"no token {name}")
        values: dict[str, Any] = {"row": row, "why": why, "error": error, "area_name": self._office.area_name}
        return self._office.html(request, "revoke.html", "tokens", **values)

    def _form(self, request: Request, told: dict[str, Any], error: TrustError | None) -> Response:
        more: dict[str, Any] = {"roles": list(Role), "areas": self._office.area_choices(), "actions": list(Action)}
        return self._office.html(request, "new_token.html", "tokens", error=error, **told, **more)


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MANY_DAYS:
        raise BadRequest(f"有效天数请填 1 到 {MANY_DAYS}，不限期请留空 / days: 1 to {MANY_DAYS}, or nothing for no end")
    return int(text)

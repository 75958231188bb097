"""/system/log: the audit log as a page and as a file. Works without scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from cloud.api.people import TEXT
from cloud.console.admin.office import HERE, Office
from cloud.console.words import Words
from cloud.store.models_trust import AuditEntry
from cloud.tables.files import file_of
from cloud.trust.audit_reading import Wanted, actors_of
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from cloud.words.times import read

Reader = Annotated[Caller, Depends(allow(Action.AUDIT_READ))]
Word = Annotated[str, Query(max_length=64, pattern=TEXT)]
PAGE = 100
CSV_MAX = 20_000  # lines of a file, the newest
TOLD_MAX = 120  # letters of one value on the page; the file has all of it
ROLES = ("grants", "before")  # pairs of role and area, as cloud.trust.grants stores them
OUTCOMES = ("done", "allowed", "refused")
# what is put on record beside the rights that a route asks for
DEEDS = (
    "log_in", "log_out", "second_code", "second_factor", "password_change", "prove", "login_link", "account_add",
    "account_reset", "account_disable", "account_enable", "account_grants", "sessions_end", "token_make",
    "token_revoke", "keys_rotate", "history_export", "notice_test",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address asks for; `at`: an area."""

    who: str = ""
    action: str = ""
    outcome: str = ""
    at: str = ""
    start: str = ""
    end: str = ""

    def query(self, **more: object) -> str:
        """As it stands in an address."""
        names = ("who", "action", "outcome", "at", "start", "end")
        fields = {name: getattr(self, name) for name in names} | more
        return urlencode({name: value for name, value in fields.items() if value})


def asked_of(
    who: Word = "", action: Word = "", outcome: Word = "", at: Word = "", start: Word = "", end: Word = ""
) -> Asked:
    """From the query."""
    return Asked(who=who.strip(), action=action, outcome=outcome, at=at, start=start, end=end)


Question = Annotated[Asked, Depends(asked_of)]


def add_routes(router: APIRouter, office: Office) -> None:
    """The page and its file."""
    pages = LogPages(office)
    router.add_api_route(f"{HERE}/log", pages.page)
    router.add_api_route(f"{HERE}/log.csv", pages.csv)


class LogPages:
    """The handlers."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def page(
        self, request: Request, caller: Reader, asked: Question,
        before: Annotated[int | None, Query(ge=1, lt=1 << 53)] = None,
    ) -> Response:  # fmt: skip
        """The newest entries that fit, PAGE of them, and the way to older ones."""
        wanted, wrong = self._wanted(asked)
        rows = [] if wrong else self._office.trust.trail.entries(PAGE + 1, before, wanted=wanted)
        words = self._office.words(request)
        values: dict[str, Any] = {
            "rows": [(row, told(words, row, self._office.area_name)) for row in rows[:PAGE]],
            "older": rows[PAGE - 1].seq if len(rows) > PAGE else None,
            "before": before,
            "asked": asked,
            "actions": _sorted(words),
            "outcomes": OUTCOMES,
            "areas": self._office.area_choices(),
            "wrong": words.t("adm.log.wrong_time") if wrong else "",
            "csv_max": CSV_MAX,
            "to_page": _to_page,
        }
        return self._office.html(request, "log.html", "log", 422 if wrong else 200, **values)

    def csv(self, request: Request, caller: Reader, asked: Question) -> Response:
        """The same as a file: the newest CSV_MAX lines."""
        wanted, wrong = self._wanted(asked)
        words = self._office.words(request)
        rows = [] if wrong else self._office.trust.trail.entries(CSV_MAX, wanted=wanted)
        names = ("seq", "at", "who", "name", "action", "target", "outcome", "address", "detail", "seal")
        heads = [words.t(f"adm.log.{name}") for name in names]
        answer = file_of("audit", "csv", heads, self._lines(words, rows))
        answer.status_code = 422 if wrong else 200
        return answer

    def _lines(self, words: Words, rows: list[AuditEntry]) -> Iterator[list[str]]:
        name_of = self._office.desk.plan.roster.name_of
        for row in rows:
            yield [
                str(row.seq), words.iso(row.at_ms), row.actor, name_of(row.actor), words.code("deed", row.action),
                row.target, words.code("outcome", row.outcome), row.address,
                json.dumps(row.detail, ensure_ascii=False) if row.detail else "", row.mac,
            ]  # fmt: skip

    def _wanted(self, asked: Asked) -> tuple[Wanted, bool]:
        """And True for a time that cannot be read."""
        plan = self._office.desk.plan
        try:
            from_ms, until_ms = (read(at, plan.offset_min) if at else None for at in (asked.start, asked.end))
        except ValueError:
            return Wanted(), True
        area = asked.at if plan.areas.has(asked.at) else ""
        return Wanted(
            actors=actors_of(asked.who, area, plan.roster, plan.areas), action=asked.action,
            outcome=asked.outcome if asked.outcome in OUTCOMES else "", from_ms=from_ms, until_ms=until_ms,
        ), False  # fmt: skip


def told(words: Words, row: AuditEntry, area_name: Callable[[str], str]) -> str:
    """The detail of an entry in one line: the reason first, then what else it says, in words."""
    rest = {name: value for name, value in row.detail.items() if name != "why" and value not in (None, [], False, "")}
    why = str(row.detail.get("why", ""))
    parts = []
    for name, value in rest.items():
        text = "" if value is True else _value(words, name, value, area_name)
        parts.append(f"{words.code('detail', name)} {text if len(text) <= TOLD_MAX else text[: TOLD_MAX - 1] + '…'}")
    said = words.t("sep.part").join(part.rstrip() for part in parts)
    return " · ".join(part for part in (why, said) if part)


def _value(words: Words, name: str, value: object, area_name: Callable[[str], str]) -> str:
    """One thing that an entry says; what nobody knows here as it stands in the log."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return words.t("list.sep").join(words.code("deed", one) if name == "scopes" else one for one in value)
    if name in ROLES and isinstance(value, list) and all(isinstance(one, list) and len(one) == 2 for one in value):
        everywhere = words.t("account.everywhere")
        roles = ((words.code("role", str(role)), area_name(str(area)) if area else everywhere) for role, area in value)
        return words.t("list.sep").join(" · ".join(role) for role in roles)
    if name.endswith("_ms") and isinstance(value, int):
        return words.date(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _sorted(words: Words) -> list[tuple[str, str]]:
    """Every action with its word; deeds first, then rights."""
    return [(name, words.code("deed", name)) for name in (*DEEDS, *(str(action) for action in Action))]


def _to_page(target: str) -> str:
    """The address of a page that was asked for, as far as somebody can go there again."""
    method, _, path = target.partition(" ")
    return path if method == "GET" and path.startswith(("/incidents/", "/plan", "/patrols")) else ""

"""/system/accounts: the list, a new account, one account and what may be done to it. Works without scripts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from cloud.api.people import TEXT
from cloud.console.admin.office import HERE, Deed, Office, as_lines, deed_of, roles_of
from cloud.trust import grants
from cloud.trust.account_rows import AccountRow
from cloud.trust.door import Caller, allow
from cloud.trust.errors import TrustError
from cloud.trust.rights import Action
from domain.people import Role

Keeper = Annotated[Caller, Depends(allow(Action.ACCOUNT_WRITE))]
Word = Annotated[str, Query(max_length=64, pattern=TEXT)]
Name = Annotated[str, Path(max_length=64, pattern=TEXT)]
Step = Literal["lock", "unlock", "reset", "sessions", "roles"]
Done = Annotated[Deed, Depends(deed_of)]
Roles = Annotated[list[str], Depends(roles_of)]
Stamp = Annotated[str, Form(max_length=32)]
PAGE = 50
STATES = ("locked", "one_time", "never", "factor", "stranger", "administrator")
PEOPLE_MAX = 500  # names offered for a new account


def add_routes(router: APIRouter, office: Office) -> None:
    """The list and below."""
    pages = AccountPages(office)
    here = f"{HERE}/accounts"
    router.add_api_route(here, pages.listed)
    router.add_api_route(f"{HERE}/new-account", pages.new)
    router.add_api_route(f"{HERE}/new-account", pages.make, methods=["POST"])
    router.add_api_route(f"{here}/{{account}}", pages.one)
    router.add_api_route(f"{here}/{{account}}/{{step}}", pages.ask)
    router.add_api_route(f"{here}/{{account}}/{{step}}", pages.do, methods=["POST"])


def is_in(row: AccountRow, state: str) -> bool:
    """True for an account that a filter means."""
    return {
        "locked": row.disabled_at_ms is not None,
        "one_time": row.must_change and row.password,
        "never": row.logged_in_at_ms is None,
        "factor": not row.second_factor,
        "stranger": not row.person,
        "administrator": any(grant.partition("@")[0] == Role.ADMINISTRATOR for grant in row.grants),
    }.get(state, True)


class AccountPages:
    """The handlers. Plain functions: hashing a password takes a while."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._accounts = office.trust.accounts

    def listed(
        self, request: Request, caller: Keeper, q: Word = "", state: Word = "",
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> Response:  # fmt: skip
        """Every account, a page at a time; by a part of its id or name, by its state."""
        rows = self._accounts.rows()
        word = q.strip().casefold()
        found = [row for row in rows if is_in(row, state) and (word in row.id or word in row.name.casefold())]
        pages = max(1, -(-len(found) // PAGE))
        page = min(page, pages)
        values: dict[str, Any] = {
            "rows": found[(page - 1) * PAGE : page * PAGE], "found": len(found), "all": len(rows), "q": q,
            "state": state if state in STATES else "", "states": STATES, "at": page, "pages": pages,
        }  # fmt: skip
        return self._office.html(request, "accounts.html", "accounts", area_name=self._office.area_name, **values)

    def new(self, request: Request, caller: Keeper) -> Response:
        """The form of a new account."""
        return self._form(request, "", [], "", None)

    def make(
        self, request: Request, caller: Keeper, deed: Done, given: Roles,
        account: Annotated[str, Form(max_length=64, pattern=TEXT)] = "",
    ) -> Response:  # fmt: skip
        """Make it; the one-time password is in this answer and in no other."""
        account = account.strip()

        def work() -> str:
            told = grants.parse(given, self._office.desk.plan.areas)
            return self._accounts.add(account, told, by=caller.actor, why=deed.why)

        secret, error = self._office.try_it(request, deed, work)
        if error is not None:
            return self._form(request, account, given, deed.why, error)
        return self._secret(request, account, secret)

    def one(self, request: Request, caller: Keeper, account: Name, done: Word = "") -> Response:
        """One account: who it is, what it may, and what may be done to it. Raises UnknownAccount."""
        row = self._accounts.one(account)
        done = done if f"adm.done.{done}" in self._office.words(request).all else ""
        return self._office.html(request, "account.html", "accounts", row=row, done=done, **self._more(row))

    def ask(self, request: Request, caller: Keeper, account: Name, step: Step) -> Response:
        """What this step would mean, and its one confirmation."""
        row = self._accounts.one(account)
        return self._sure(request, row, step, row.own, "", None)

    def do(
        self, request: Request, caller: Keeper, account: Name, step: Step, deed: Done, given: Roles,
        stamp: Stamp = "", second_factor: Annotated[bool, Form()] = False,
    ) -> Response:  # fmt: skip
        """The step. Where another was faster, what he did is shown first."""
        row = self._accounts.one(account)
        how = {"by": caller.actor, "why": deed.why, "stamp": stamp}

        def work() -> str:
            if step == "reset":
                return self._accounts.reset(account, second_factor=second_factor, **how)
            if step == "roles":
                told = grants.parse(given, self._office.desk.plan.areas)
                self._accounts.give(account, told, **how)
            elif step == "sessions":
                self._office.trust.sessions.end_all(account, by=caller.actor, why=deed.why)
            else:
                self._accounts.enable(account, on=step == "unlock", **how)
            return ""

        secret, error = self._office.try_it(request, deed, work)
        if error is not None:
            return self._sure(request, self._accounts.one(account), step, given, deed.why, error)
        if secret:
            return self._secret(request, account, secret)
        return RedirectResponse(f"{HERE}/accounts/{row.id}?done={step}", status_code=303)

    def _sure(
        self, request: Request, row: AccountRow, step: str, given: list[str] | tuple[str, ...], why: str,
        error: TrustError | None,
    ) -> Response:  # fmt: skip
        values: dict[str, Any] = {"step": step, "lines": as_lines(given), "why": why, "error": error, **self._more(row)}
        return self._office.html(request, "step.html", "accounts", row=row, **values)

    def _form(self, request: Request, account: str, given: list[str], why: str, error: TrustError | None) -> Response:
        taken = {row.id for row in self._accounts.rows()}
        people = [one for one in self._office.desk.plan.roster.people if one.active and one.id not in taken]
        values: dict[str, Any] = {
            "account": account, "lines": as_lines(given), "why": why, "error": error, "waiting": len(people),
            "people": people[:PEOPLE_MAX], "roles": list(Role), "areas": self._office.area_choices(),
        }  # fmt: skip
        return self._office.html(request, "new_account.html", "accounts", **values)

    def _secret(self, request: Request, account: str, secret: str) -> Response:
        values: dict[str, Any] = {
            "name": account,
            "secret": secret,
            "what": "password",
            "back": f"{HERE}/accounts/{account}",
        }
        return self._office.html(request, "secret.html", "accounts", **values)

    def _more(self, row: AccountRow) -> dict[str, Any]:
        person = self._office.desk.plan.roster.get(row.id)
        return {
            "person": person, "roles": list(Role), "areas": self._office.area_choices(),
            "area_name": self._office.area_name,
        }  # fmt: skip

"""/api/me, /api/accounts, /api/tokens, /api/audit: who may log in, which programs may ask, what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cloud.api.gate import client_address
from cloud.api.people import TEXT
from cloud.late_routes import late_router
from cloud.trust import grants
from cloud.trust.account_rows import AccountRow
from cloud.trust.desk import Trust
from cloud.trust.door import Caller, allow
from cloud.trust.errors import REASON_MAX, BadRequest
from cloud.trust.principals import Grant, as_texts
from cloud.trust.rights import Action, Forbidden
from cloud.trust.tokens import NewToken, TokenRow
from domain.grids import AreaTree

DAY_MS = 86_400_000
MANY_DAYS = 3660
Areas = Callable[[], AreaTree]
AccountWriter = Annotated[Caller, Depends(allow(Action.ACCOUNT_WRITE))]
TokenWriter = Annotated[Caller, Depends(allow(Action.TOKEN_WRITE))]
WORDS = StringConstraints(strip_whitespace=True, min_length=1, max_length=REASON_MAX, pattern=TEXT)
Reason = Annotated[str, WORDS]  # whoever reads the log later cannot ask


class MeOut(BaseModel):
    """Who asks, as the centre sees him."""

    actor: str
    grants: tuple[str, ...]
    scopes: tuple[str, ...]
    source: str


class Why(BaseModel):
    """The reason of a step, for the audit log."""

    model_config = ConfigDict(extra="forbid")

    why: Reason


class ProofIn(BaseModel):
    """Of the own account; the code where it has a second factor."""

    model_config = ConfigDict(extra="forbid")

    password: str = Field(max_length=200)
    code: str = Field(default="", max_length=200)


class AccountIn(Why):
    """A person of the roster, or a name with roles: `role` or `role@area`."""

    id: str = Field(min_length=1, max_length=64)
    grants: list[str] = Field(default_factory=list, max_length=50)


class OneTimePassword(BaseModel):
    """Told once; it must be changed at the first log-in."""

    account: str
    one_time_password: str


class TokenIn(Why):
    """What a program may do. No scopes: all that its roles carry."""

    name: str = Field(min_length=1, max_length=48)
    grants: list[str] = Field(min_length=1, max_length=50)
    scopes: list[Action] = Field(default_factory=list, max_length=50)
    speaks_for_others: bool = False
    days: int | None = Field(default=None, ge=1, le=MANY_DAYS)


class TokenOut(BaseModel):
    """Told once."""

    name: str
    token: str


class AuditOut(BaseModel):
    """One entry of the audit log."""

    seq: int
    at_ms: int
    actor: str
    action: str
    target: str
    outcome: str
    address: str
    detail: dict[str, Any]
    mac: str


def build_router(trust: Trust, areas: Areas) -> APIRouter:
    """Routes on accounts, tokens and the audit log."""
    router = late_router(prefix="/api", tags=["trust"])
    _accounts(router, trust, areas)
    _tokens(router, trust, areas)

    @router.get("/me")
    def me(caller: Annotated[Caller, Depends(allow(Action.BOARD_READ))]) -> MeOut:
        """Who asks."""
        who = caller.principal
        return MeOut(
            actor=who.actor, grants=as_texts(who.grants), scopes=tuple(sorted(who.scopes or ())), source=who.source
        )

    @router.post("/me/proof", status_code=204)
    def prove(wanted: ProofIn, request: Request, caller: Annotated[Caller, Depends(allow(Action.BOARD_READ))]) -> None:
        """That it is still he: deeds on accounts and tokens ask for it a while after the log-in. 401 if wrong."""
        session = caller.principal.session
        if session is None:
            raise BadRequest("a program has its token and nothing to prove; this is for people who logged in")
        trust.prove(session, caller.actor, wanted.password, wanted.code, client_address(request.scope))

    @router.get("/audit", dependencies=[Depends(allow(Action.AUDIT_READ))])
    def audit(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        before_seq: Annotated[int | None, Query(ge=1, lt=1 << 53)] = None,
        actor: Annotated[str | None, Query(max_length=128)] = None,
    ) -> list[AuditOut]:
        """What was done to the system and seen of people, newest first."""
        rows = trust.trail.entries(limit, before_seq, actor)
        return [AuditOut.model_validate(row, from_attributes=True) for row in rows]

    return router


def _sure(trust: Trust, caller: Caller) -> None:
    """Before a dangerous step, as on the pages. Raises ProofNeeded for a person; a token is a program's proof."""
    if caller.principal.session is not None:
        trust.proof.check(caller.principal.session)


def _accounts(router: APIRouter, trust: Trust, areas: Areas) -> None:
    @router.get("/accounts", dependencies=[Depends(allow(Action.ACCOUNT_WRITE))])
    def accounts() -> list[AccountRow]:
        """Every account, without its secrets."""
        return trust.accounts.rows()

    @router.post("/accounts", status_code=201)
    def add(new: AccountIn, caller: AccountWriter) -> OneTimePassword:
        """A new account with a one-time password. 409 where the name is taken."""
        given = grants.parse(new.grants, areas())
        _not_beyond(caller, (*given, *trust.accounts.grants_of(new.id)), None)
        _sure(trust, caller)
        password = trust.accounts.add(new.id, given, by=caller.actor, why=new.why)
        return OneTimePassword(account=new.id, one_time_password=password)

    @router.post("/accounts/{account}/reset")
    def reset(account: str, step: Why, caller: AccountWriter, second_factor: bool = False) -> OneTimePassword:
        """A new one-time password; its sessions end. `second_factor` takes the second factor off too."""
        _not_beyond(caller, trust.accounts.grants_of(account), None)
        _sure(trust, caller)
        password = trust.accounts.reset(account, by=caller.actor, second_factor=second_factor, why=step.why)
        return OneTimePassword(account=account, one_time_password=password)

    @router.post("/accounts/{account}/disable", status_code=204)
    def disable(account: str, step: Why, caller: AccountWriter) -> None:
        """Out, now: sessions end, no notice goes there any more. Neither oneself nor the last administrator."""
        _sure(trust, caller)
        trust.accounts.enable(account, on=False, by=caller.actor, why=step.why)

    @router.post("/accounts/{account}/enable", status_code=204)
    def enable(account: str, step: Why, caller: AccountWriter) -> None:
        """In again."""
        _sure(trust, caller)
        trust.accounts.enable(account, on=True, by=caller.actor, why=step.why)

    @router.delete("/accounts/{account}/sessions", status_code=204)
    def end_sessions(account: str, why: Annotated[Reason, Query()], caller: AccountWriter) -> None:
        """Log an account out everywhere."""
        _sure(trust, caller)
        trust.sessions.end_all(account, by=caller.actor, why=why)


def _not_beyond(caller: Caller, given: Iterable[Grant], scopes: Iterable[str] | None) -> None:
    """Raises Forbidden for a program that is narrowed to scopes and would give, or take over, more than it has."""
    if caller.guard.grant_beyond(caller.principal, given, scopes):
        raise Forbidden(f"{caller.actor} is narrowed to scopes and gives nothing beyond them; ask an administrator")


def _tokens(router: APIRouter, trust: Trust, areas: Areas) -> None:
    @router.get("/tokens", dependencies=[Depends(allow(Action.TOKEN_WRITE))])
    def tokens() -> list[TokenRow]:
        """Every token there is or was, without itself."""
        return trust.tokens.rows()

    @router.post("/tokens", status_code=201)
    def make(new: TokenIn, caller: TokenWriter) -> TokenOut:
        """A token for a program, told this once. 409 where the name is taken."""
        given = grants.parse(new.grants, areas())
        _not_beyond(caller, given, new.scopes)
        if new.speaks_for_others and caller.principal.scopes is not None:
            raise Forbidden(f"{caller.actor} is narrowed to scopes and gives nobody a voice for others")
        ends_at_ms = None if new.days is None else trust.now_ms() + new.days * DAY_MS
        _sure(trust, caller)
        made = NewToken(
            name=new.name, grants=given, scopes=tuple(new.scopes),
            speaks_for_others=new.speaks_for_others, ends_at_ms=ends_at_ms,
        )  # fmt: skip
        return TokenOut(name=new.name, token=trust.tokens.make(made, by=caller.actor, why=new.why))

    @router.delete("/tokens/{name}", status_code=204)
    def revoke(name: str, why: Annotated[Reason, Query()], caller: TokenWriter) -> None:
        """It works no more."""
        _sure(trust, caller)
        trust.tokens.revoke(name, by=caller.actor, why=why)

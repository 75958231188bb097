"""What may be shown of accounts, and who of them keeps the others."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cloud.store.models_trust import Account, LoginSession
from cloud.trust import grants as grants_of
from cloud.trust.principals import Grant, as_texts
from cloud.trust.rights import RIGHTS, Action
from cloud.trust.secret_words import digest
from domain.grids import AreaTree
from domain.roster import Roster

STAMP = 16  # characters of a hash: two states of one account are told apart, no more


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One account, without its secrets."""

    id: str
    name: str
    person: bool  # somebody of the roster
    grants: tuple[str, ...]  # role or role@area, of the roster and its own
    own: tuple[str, ...]  # those of its own
    password: bool  # False: only links let in
    second_factor: bool
    must_change: bool
    disabled_at_ms: int | None
    made_at_ms: int
    logged_in_at_ms: int | None
    sessions: int
    seen_at_ms: int | None
    stamp: str  # of what an administrator decides upon: another one once anything of it has changed


def read(session: Session, roster: Roster, now_ms: int, account: str | None = None) -> list[AccountRow]:
    """Every account by name, or the one that is named."""
    living = (
        select(LoginSession.account, func.count(), func.max(LoginSession.seen_at_ms))
        .where(LoginSession.ends_at_ms > now_ms)
        .group_by(LoginSession.account)
    )
    query = select(Account).order_by(Account.id)
    if account is not None:
        living, query = living.where(LoginSession.account == account), query.where(Account.id == account)
    seats = {name: (number, seen) for name, number, seen in session.execute(living)}
    return [_row(one, roster, *seats.get(one.id, (0, None))) for one in session.scalars(query)]


def stamp_of(account: Account) -> str:
    """Of roles, lock, password and second factor: whoever decides has seen these."""
    told = [account.grants, account.disabled_at_ms, account.password, account.totp]
    return digest(json.dumps(told))[:STAMP]


def every_grant(account: Account, roster: Roster) -> tuple[Grant, ...]:
    """Those of the person of this id, and its own."""
    return (*grants_of.of_person(roster, account.id), *grants_of.from_rows(account.grants))


def keeps_accounts(grants: Iterable[Grant], areas: AreaTree | None) -> bool:
    """True for the right to accounts in the whole district, or in the area at its top."""
    tops = {area.id for area in areas.areas if area.parent is None} if areas else set()
    fitting = [grant for grant in grants if Action.ACCOUNT_WRITE in RIGHTS[grant.role]]
    return any(grant.area is None or grant.area in tops for grant in fitting)


def keepers(session: Session, roster: Roster, areas: AreaTree | None) -> Mapping[str, Account]:
    """Who may log in and keep accounts now."""
    enabled = session.scalars(select(Account).where(Account.disabled_at_ms.is_(None)))
    return {one.id: one for one in enabled if keeps_accounts(every_grant(one, roster), areas)}


def can_keep(after: Iterable[Account], lost: Collection[Account]) -> bool:
    """False where nobody could keep accounts any more. Who only comes in by links is no replacement for a password."""
    return any(one.password is not None or all(gone.password is None for gone in lost) for one in after)


def last_lost(session: Session, before: tuple[Roster, AreaTree], after: tuple[Roster, AreaTree]) -> tuple[str, ...]:
    """Those who would lose the right to accounts by another roster or tree, where nobody would be left with it."""
    had, have = keepers(session, *before), keepers(session, *after)
    lost = {name: one for name, one in had.items() if name not in have}
    return tuple(sorted(lost)) if lost and not can_keep(have.values(), lost.values()) else ()


def _row(account: Account, roster: Roster, sessions: int, seen_at_ms: int | None) -> AccountRow:
    return AccountRow(
        id=account.id,
        name=roster.name_of(account.id),
        person=roster.knows(account.id),
        grants=as_texts(every_grant(account, roster)),
        own=as_texts(grants_of.from_rows(account.grants)),
        password=account.password is not None,
        second_factor=account.totp is not None,
        must_change=account.must_change,
        disabled_at_ms=account.disabled_at_ms,
        made_at_ms=account.made_at_ms,
        logged_in_at_ms=account.logged_in_at_ms,
        sessions=sessions,
        seen_at_ms=seen_at_ms,
        stamp=stamp_of(account),
    )

"""Accounts: who may log in, and what he logs in with. Each use case is one transaction and goes on record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cloud.store.engine import Store
from cloud.store.models_trust import Account, LoginLink, LoginSession
from cloud.trust import account_rows
from cloud.trust import grants as grants_of
from cloud.trust.account_rows import AccountRow
from cloud.trust.audit import Deed, Trail, because
from cloud.trust.errors import (
    BadRequest,
    Changed,
    LastKeeper,
    LoginRefused,
    NameTaken,
    UnknownAccount,
    WeakPassword,
)
from cloud.trust.passwords import Passwords, check_strength, one_time
from cloud.trust.principals import Grant
from cloud.trust.secret_words import digest, new_secret
from domain.grids import AreaTree
from domain.people import Role
from domain.roster import Roster

FIRST = "admin"
ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
LINK_MS = 10 * 60_000  # default: time to carry a link to a browser
CENTRE = "centre"  # the actor of the command line and of the first start


class Accounts:
    """Use cases on accounts. `roster` gives the people as they are now."""

    # roster and areas as the database has them this moment: another process may have stored them just now. Whoever
    # opens it says so; None: the roster as it is known here, and no area but the whole district
    stored: Callable[[Session], tuple[Roster, AreaTree | None]] | None = None

    def __init__(
        self, store: Store, trail: Trail, passwords: Passwords, roster: Callable[[], Roster], now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._trail = trail
        self._passwords = passwords
        self._roster = roster
        self._now_ms = now_ms

    def first_start(self) -> str | None:
        """Where nobody can log in yet: an administrator with a one-time password, which is told this once."""
        with self._store.read() as session:
            if session.scalar(select(func.count()).select_from(Account)):
                return None
        try:
            return self.add(FIRST, (Grant(role=Role.ADMINISTRATOR),), by=CENTRE)
        except NameTaken:
            return None  # another worker was faster, and told it

    def add(
        self, account: str, grants: Iterable[Grant] = (), *, by: str, links_only: bool = False, why: str = ""
    ) -> str:
        """A new account; its one-time password, or none where only links let in. Raises BadRequest, NameTaken."""
        given = tuple(grants)
        self._check(account, given)
        secret = "" if links_only else one_time()
        row = Account(
            id=account, password=self._passwords.hash(secret) if secret else None, must_change=not links_only,
            grants=grants_of.to_rows(given), made_at_ms=self._now_ms(), disabled_at_ms=None, logged_in_at_ms=None,
            totp=None, totp_step=0,
            recovery=[],
        )  # fmt: skip
        try:
            with self._store.write() as session:
                session.add(row)
                session.flush()
                told = {"grants": row.grants} | because(why)
                self._trail.note(session, Deed(actor=by, action="account_add", target=account, detail=told))
        except IntegrityError:
            raise NameTaken(f"the account {account} exists; reset it, or choose another name") from None
        return secret

    def reset(
        self, account: str, *, by: str, second_factor: bool = False, why: str = "", stamp: str | None = None
    ) -> str:
        """A new one-time password; every session ends. `second_factor` takes the second factor off too.

        Raises Changed where the account is not as `stamp` says.
        """
        secret = one_time()
        hashed = self._passwords.hash(secret)
        with self._store.write() as session:
            row = _get(session, account, stamp)
            row.password, row.must_change = hashed, True
            if second_factor:
                row.totp, row.totp_step, row.recovery = None, 0, []
            _end_sessions(session, account)
            told = {"second_factor": second_factor} | because(why)
            self._trail.note(session, Deed(actor=by, action="account_reset", target=account, detail=told))
        return secret

    def enable(self, account: str, *, on: bool, by: str, why: str = "", stamp: str | None = None) -> None:
        """Let somebody in again, or throw him out, now: his sessions end and he is paged no more.

        Raises LastKeeper for oneself and for the last administrator, Changed.
        """
        with self._store.write() as session:
            row = _get(session, account, stamp)
            before = self._keepers(session)
            row.disabled_at_ms = None if on else row.disabled_at_ms or self._now_ms()
            self._check_kept(session, before, row, by)
            _end_sessions(session, account)
            action = "account_enable" if on else "account_disable"
            self._trail.note(session, Deed(actor=by, action=action, target=account, detail=because(why)))

    def give(self, account: str, grants: Iterable[Grant], *, by: str, why: str = "", stamp: str | None = None) -> None:
        """Roles of its own from now on, beside those of the roster. Raises BadRequest, LastKeeper, Changed."""
        given = tuple(dict.fromkeys(grants))
        self._check(account, given)
        with self._store.write() as session:
            row = _get(session, account, stamp)
            before, old = self._keepers(session), row.grants
            row.grants = grants_of.to_rows(given)
            self._check_kept(session, before, row, by)
            told = {"grants": row.grants, "before": old} | because(why)
            self._trail.note(session, Deed(actor=by, action="account_grants", target=account, detail=told))

    def change_password(self, account: str, old: str, new: str, *, keep: str | None = None, address: str = "") -> None:
        """By himself; every other session of his ends. Raises LoginRefused, WeakPassword.

        The old one is not asked for where it must be changed: it was given a moment ago, or a link let him in.
        """
        with self._store.read() as session:
            row = _get(session, account, lock=False)
            stored, known = row.password, row.must_change or row.password is None
        if not known and not self._passwords.matches(stored, old):
            self._trail.write(Deed(actor=account, action="password_change", outcome="refused", address=address))
            raise LoginRefused("the old password is not right; try again, or ask an administrator to reset it")
        check_strength(new, account)
        if self._passwords.matches(stored, new):
            raise WeakPassword("same", "the new password is the old one; choose another")
        hashed = self._passwords.hash(new)
        with self._store.write() as session:
            row = _get(session, account)
            gone = keep is not None and session.get(LoginSession, keep) is None
            if row.password != stored or row.disabled_at_ms is not None or gone:
                raise LoginRefused("the account was changed this moment; log in again")
            row.password, row.must_change = hashed, False
            _end_sessions(session, account, but=keep)
            self._trail.note(session, Deed(actor=account, action="password_change", address=address))

    def link(self, account: str, *, by: str, lasts_ms: int = LINK_MS, why: str = "") -> str:
        """The secret of a link that logs in once, without a password."""
        secret = new_secret()
        with self._store.write() as session:
            _get(session, account)
            session.add(LoginLink(id=digest(secret), account=account, ends_at_ms=self._now_ms() + lasts_ms))
            self._trail.note(session, Deed(actor=by, action="login_link", target=account, detail=because(why)))
        return secret

    def grants_of(self, account: str) -> tuple[Grant, ...]:
        """What an account carries now: of the person of this id, and its own."""
        with self._store.read() as session:
            row = session.get(Account, account)
        return (*grants_of.of_person(self._roster(), account), *grants_of.from_rows(row.grants if row else ()))

    def rows(self) -> list[AccountRow]:
        """Every account, by name."""
        with self._store.read() as session:
            return account_rows.read(session, self._roster(), self._now_ms())

    def one(self, account: str) -> AccountRow:
        """Raises UnknownAccount."""
        with self._store.read() as session:
            found = account_rows.read(session, self._roster(), self._now_ms(), account)
        if not found:
            raise _unknown(account)
        return found[0]

    def _keepers(self, session: Session) -> Mapping[str, Account]:
        return account_rows.keepers(session, *(self.stored(session) if self.stored else (self._roster(), None)))

    def _check_kept(self, session: Session, before: Mapping[str, Account], row: Account, by: str) -> None:
        """Raises LastKeeper. Who only comes in by links of the command line is no replacement for a password."""
        if row.id not in before:
            if row.disabled_at_ms is not None and row.id == by:
                raise LastKeeper("nobody disables himself: ask another administrator")
            return
        session.flush()
        after = self._keepers(session)
        if row.id in after:
            return
        if row.id == by:
            raise LastKeeper("nobody disables himself or takes his own right to accounts: ask another administrator")
        if not account_rows.can_keep(after.values(), [row]):
            raise LastKeeper(
                f"{row.id} is the last administrator who can log in; nobody could keep accounts any more: make "
                "another administrator first"
            )

    def _check(self, account: str, grants: tuple[Grant, ...]) -> None:
        if not ID.fullmatch(account):
            raise BadRequest(f"account {account!r}: use small letters, digits, dot, dash, at most 64")
        if not grants and not self._roster().knows(account):
            raise BadRequest(f"{account} is not in the roster and has no role; give the id of a person, or a role")


def _get(session: Session, account: str, stamp: str | None = None, *, lock: bool = True) -> Account:
    row = session.get(Account, account, with_for_update=lock)
    if row is None:
        raise _unknown(account)
    if stamp is not None and stamp != account_rows.stamp_of(row):
        raise Changed(f"{account} was changed since you saw it; look at it as it is now, then decide again")
    return row


def _unknown(account: str) -> UnknownAccount:
    return UnknownAccount(f"no account {account}; see `gridwhistle cloud account list`")


def _end_sessions(session: Session, account: str, but: str | None = None) -> None:
    session.execute(delete(LoginSession).where(LoginSession.account == account, LoginSession.id != (but or "")))
    session.execute(delete(LoginLink).where(LoginLink.account == account))


def disabled(session: Session) -> frozenset[str]:
    """Accounts that were thrown out: such people are never paged."""
    return frozenset(session.scalars(select(Account.id).where(Account.disabled_at_ms.is_not(None))))

"""Sessions of browsers: rows on the server, so that they end when somebody says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from cloud.store.engine import Store
from cloud.store.models_trust import Account, AuditEntry, LoginLink, LoginSession
from cloud.trust import grants
from cloud.trust.audit import Deed, Trail, because
from cloud.trust.errors import LoginRefused, TooMany, UnknownAccount
from cloud.trust.limits import Buckets, Rate
from cloud.trust.passwords import Passwords
from cloud.trust.principals import Principal
from cloud.trust.secret_words import digest, new_secret
from domain.people import Role
from domain.roster import Roster

MINUTE_MS = 60_000
IDLE_MS = (
    60 * MINUTE_MS
)  # default; an open page counts as somebody there: a control room is never logged out by waiting
WHOLE_MS = 13 * 60 * MINUTE_MS  # default: a long night; then the console asks again who sits here
NOBODY = "?"  # in the audit log for a name that is none: it may be a password, typed into the wrong field
REFUSALS = Rate(per_s=1 / 60, burst=100)  # default: of one account, and of all names that are none, on record
SEATS = 20  # of one account: the oldest ends
SEEN_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long sessions last, and whom a second factor is asked of."""

    idle_ms: int = IDLE_MS
    whole_ms: int = WHOLE_MS
    second_factor: bool = True  # of administrators


DEFAULTS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A browser that a cookie tells. `principal` is there once nothing is `pending`: code, password, enrol."""

    session: str
    account: str
    pending: str | None
    principal: Principal | None


class Sessions:
    """Use cases on sessions."""

    def __init__(
        self, store: Store, trail: Trail, passwords: Passwords, roster: Callable[[], Roster],
        now_ms: Callable[[], int], limits: Limits = DEFAULTS,
    ) -> None:  # fmt: skip
        self._store = store
        self._trail = trail
        self._passwords = passwords
        self._roster = roster
        self._now_ms = now_ms
        self.limits = limits
        self._seen: dict[str, int] = {}  # session -> when this process last tried to write that somebody is there
        self._records = Buckets(REFUSALS, time.monotonic)

    def log_in(self, account: str, password: str, address: str = "", agent: str = "") -> str:
        """A session; the secret for its cookie. Raises LoginRefused, TooMany."""
        with self._store.read() as session:
            row = session.get(Account, account)
            stored = row.password if row is not None and row.disabled_at_ms is None else None
            known = account if row is not None else NOBODY
        if not self._passwords.matches(stored, password) or stored is None:
            self._put_down(known, address)
            raise LoginRefused("name or password is wrong, or the account is disabled; ask an administrator")
        better = self._passwords.hash(password) if self._passwords.is_outdated(stored) else None
        with self._store.write() as session:
            row = session.get(Account, account, with_for_update=True)
            if row is None or row.password != stored or row.disabled_at_ms is not None:
                raise LoginRefused("the account was changed this moment; log in again")
            row.password = better or stored
            return self._seat(session, row, address, agent, "password")

    def log_in_by_link(self, secret: str, address: str = "", agent: str = "") -> str:
        """The same by a link, which works once. Raises LoginRefused."""
        with self._store.write() as session:
            link = session.get(LoginLink, digest(secret), with_for_update=True)
            if link is not None:
                session.delete(link)
            row = session.get(Account, link.account) if link else None
            late = link is None or link.ends_at_ms <= self._now_ms()
            if not late and row is not None and row.disabled_at_ms is None:
                return self._seat(session, row, address, agent, "link")
        raise LoginRefused("this link was used already or is too old; make another")

    def known(self, account: str, address: str) -> bool:
        """True where somebody was let in from an address before, as the audit log has it."""
        let_in = (AuditEntry.actor == account, AuditEntry.action == "log_in", AuditEntry.outcome == "done")
        with self._store.read() as session:
            found = session.scalar(select(AuditEntry.seq).where(*let_in, AuditEntry.address == address).limit(1))
        return found is not None

    def of(self, secret: str) -> Seat | None:
        """Who a cookie is; None once the session has ended."""
        now_ms = self._now_ms()
        with self._store.read() as session:
            seat = session.get(LoginSession, digest(secret))
            account = session.get(Account, seat.account) if seat else None
        if seat is None or account is None or account.disabled_at_ms is not None or not self._lives(seat, now_ms):
            return None
        self._touch(seat, now_ms)
        return self._told(seat, account)

    def renew(self, session_id: str) -> str:
        """The same session under a new secret: what was seen before it got its rights opens nothing."""
        secret = new_secret()
        with self._store.write() as session:
            same = update(LoginSession).where(LoginSession.id == session_id)
            session.execute(same.values(id=digest(secret)).execution_options(synchronize_session=False))
        return secret

    def log_out(self, session_id: str) -> None:
        """End one session."""
        with self._store.write() as session:
            seat = session.get(LoginSession, session_id, with_for_update=True)
            if seat is not None:
                session.delete(seat)
                self._trail.note(session, Deed(actor=seat.account, action="log_out", address=seat.address))

    def end_all(self, account: str, *, by: str, why: str = "") -> int:
        """End every session of an account; how many. Raises UnknownAccount."""
        with self._store.write() as session:
            if session.get(Account, account) is None:
                raise UnknownAccount(f"no account {account}")
            ended = session.execute(delete(LoginSession).where(LoginSession.account == account)).rowcount  # type: ignore[attr-defined]
            self._trail.note(session, Deed(actor=by, action="sessions_end", target=account, detail=because(why)))
        return int(ended)

    def sweep(self) -> None:
        """Forget what has ended."""
        now_ms = self._now_ms()
        with self._store.write() as session:
            old = (LoginSession.ends_at_ms <= now_ms) | (LoginSession.seen_at_ms <= now_ms - self.limits.idle_ms)
            session.execute(delete(LoginSession).where(old))
            session.execute(delete(LoginLink).where(LoginLink.ends_at_ms <= now_ms))

    def _put_down(self, known: str, address: str) -> None:
        """A refusal on record; whoever goes on and on is counted only, or he filled the log."""
        try:
            self._records.take(known)
        except TooMany:
            return
        self._trail.write(Deed(actor=known, action="log_in", outcome="refused", address=address))

    def living(self) -> int:
        """How many browsers are logged in."""
        query = select(func.count()).select_from(LoginSession).where(_living(self._now_ms(), self.limits))
        with self._store.read() as session:
            return session.scalar(query) or 0

    @property
    def unrecorded(self) -> int:
        """Refused log-ins that were too many to be put on record."""
        return self._records.refused

    def _seat(self, session: Session, row: Account, address: str, agent: str, by: str) -> str:
        """A row; the newest SEATS of an account stay."""
        secret, now_ms, account = new_secret(), self._now_ms(), row.id
        row.logged_in_at_ms = now_ms
        mine = select(LoginSession.id).where(LoginSession.account == account).order_by(LoginSession.made_at_ms.desc())
        too_many = list(session.scalars(mine.offset(SEATS - 1)))
        session.execute(delete(LoginSession).where(LoginSession.id.in_(too_many)))
        session.add(
            LoginSession(
                id=digest(secret), account=account, made_at_ms=now_ms, seen_at_ms=now_ms,
                ends_at_ms=now_ms + self.limits.whole_ms, second=False, proved_at_ms=None,
                address=address[:64], agent=agent[:200],
            )
        )  # fmt: skip
        self._trail.note(session, Deed(actor=account, action="log_in", address=address, detail={"by": by}))
        return secret

    def _lives(self, seat: LoginSession, now_ms: int) -> bool:
        seen_at_ms = max(seat.seen_at_ms, self._seen.get(seat.id, 0))
        return now_ms < seat.ends_at_ms and now_ms - seen_at_ms < self.limits.idle_ms

    def _touch(self, seat: LoginSession, now_ms: int) -> None:
        """Somebody is there. While the database cannot be written this is remembered here: reading goes on."""
        if now_ms - max(seat.seen_at_ms, self._seen.get(seat.id, 0)) < MINUTE_MS:
            return
        seen = update(LoginSession).where(LoginSession.id == seat.id, LoginSession.seen_at_ms < now_ms)
        self._store.attempt(lambda session: session.execute(seen.values(seen_at_ms=now_ms)), [f"session:{seat.id}"])
        self._seen[seat.id] = now_ms
        while len(self._seen) > SEEN_MAX:
            self._seen.pop(next(iter(self._seen)), None)

    def _told(self, seat: LoginSession, account: Account) -> Seat:
        every = (*grants.of_person(self._roster(), account.id), *grants.from_rows(account.grants))
        pending = self._pending(seat, account, any(grant.role is Role.ADMINISTRATOR for grant in every))
        principal = Principal(actor=account.id, grants=every, session=seat.id, source="console")
        return Seat(
            session=seat.id, account=account.id, pending=pending, principal=None if pending else principal
        )  # fmt: skip

    def _pending(self, seat: LoginSession, account: Account, administrator: bool) -> str | None:
        """What is asked before this session may do anything."""
        if account.totp is not None and not seat.second:
            return "code"
        if account.must_change and account.password is not None:
            return "password"
        if administrator and self.limits.second_factor and account.totp is None:
            return "enrol"
        return None


def logged_in(session: Session, now_ms: int, limits: Limits = DEFAULTS) -> frozenset[str]:
    """Accounts with a browser that is logged in: only they are told by the console."""
    living = _living(now_ms, limits)
    here = select(LoginSession.account).join(Account).where(living, Account.disabled_at_ms.is_(None))
    return frozenset(session.scalars(here.distinct()))


def _living(now_ms: int, limits: Limits) -> ColumnElement[bool]:
    return (LoginSession.ends_at_ms > now_ms) & (LoginSession.seen_at_ms > now_ms - limits.idle_ms)

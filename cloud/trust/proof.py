"""Is it still he? Whoever logged in a while ago shows password and second factor again before a dangerous step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cloud.store.engine import Store
from cloud.store.models_trust import Account, LoginSession
from cloud.trust.audit import Deed, Trail
from cloud.trust.errors import LoginRefused, ProofNeeded, UnknownAccount
from cloud.trust.passwords import Passwords
from cloud.trust.second import SecondFactor

FRESH_MS = 10 * 60_000  # default of ours: as long as a few accounts in a row take


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What is asked again. Neither: only a new log-in helps, there is no password."""

    password: bool
    code: bool


class Proof:
    """Use cases on it; a session remembers when it was last proved."""

    def __init__(
        self, store: Store, trail: Trail, passwords: Passwords, second: SecondFactor, now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._trail = trail
        self._passwords = passwords
        self._second = second
        self._now_ms = now_ms

    def needed(self, session_id: str) -> Needed | None:
        """None within FRESH_MS of the log-in or of the last proof. Raises UnknownAccount for an ended session."""
        with self._store.read() as session:
            seat = session.get(LoginSession, session_id)
            row = session.get(Account, seat.account) if seat else None
        if seat is None or row is None:
            raise UnknownAccount("this session has ended; log in again")
        now_ms = self._now_ms()
        if any(0 <= now_ms - at_ms < FRESH_MS for at_ms in (seat.made_at_ms, seat.proved_at_ms or 0)):  # clocks go back
            return None
        return Needed(password=row.password is not None, code=row.totp is not None)

    def check(self, session_id: str) -> None:
        """Raises ProofNeeded, UnknownAccount."""
        needed = self.needed(session_id)
        if needed is None:
            return
        asked = [name for name, on in (("password", needed.password), ("code", needed.code)) if on]
        if not asked:
            raise ProofNeeded("you came in by a link a while ago and have no password; log in again, then repeat this")
        raise ProofNeeded(f"show that it is still you: POST /api/me/proof with {' and '.join(asked)}, then repeat this")

    def give(self, session_id: str, password: str, code: str, address: str = "") -> None:
        """Password, and code where there is a second factor. Raises LoginRefused; both outcomes are on record."""
        with self._store.read() as session:
            seat = session.get(LoginSession, session_id)
            row = session.get(Account, seat.account) if seat else None
        stored = row.password if row else None
        right = stored is not None and self._passwords.matches(stored, password)
        with self._store.write() as session:
            seat = session.get(LoginSession, session_id, with_for_update=True)
            row = session.get(Account, seat.account, with_for_update=True) if seat else None
            fits = row is not None and row.password == stored and (right or stored is None)
            if fits and row is not None:
                fits = self._second.take(row, code) if row.totp is not None else stored is not None
            if fits and seat is not None:
                seat.proved_at_ms = self._now_ms()
            outcome, who = "done" if fits else "refused", row.id if row else ""
            self._trail.note(session, Deed(actor=who, action="prove", outcome=outcome, address=address))
        if not fits:
            raise LoginRefused("password or code is wrong, so nothing was done; try again")

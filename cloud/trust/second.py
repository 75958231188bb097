"""The second factor: codes by time (RFC 6238), each good once, and recovery codes for a lost phone."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable

import pyotp

from cloud.store.engine import Store
from cloud.store.models_trust import Account, LoginSession
from cloud.trust.audit import Deed, Trail
from cloud.trust.errors import LoginRefused, UnknownAccount
from cloud.trust.secret_words import digest
from cloud.trust.vault import Vault

STEP_MS = 30_000  # RFC 6238 section 4.1
DRIFT = (-1, 0, 1)  # steps; RFC 6238 section 5.2: at most one of delay
RECOVERY_CODES = 10
ISSUER = "gridwhistle"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class SecondFactor:
    """Use cases on it."""

    def __init__(self, store: Store, vault: Vault, trail: Trail, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._vault = vault
        self._trail = trail
        self._now_ms = now_ms

    def propose(self) -> str:
        """A new secret, not kept yet: the person shows first that his phone has it."""
        return pyotp.random_base32()

    def uri(self, account: str, secret: str) -> str:
        """What authenticator apps read."""
        return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)

    def enrol(self, account: str, session_id: str, secret: str, code: str) -> tuple[str, ...]:
        """Keep the secret once a code of it is right; the recovery codes, told this once. Raises LoginRefused."""
        step = self._fitting(secret, code)
        if step is None:
            raise LoginRefused("the code is not the one of this secret; see that the phone's clock is right")
        codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
        with self._store.write() as session:
            row = session.get(Account, account, with_for_update=True)
            seat = session.get(LoginSession, session_id, with_for_update=True)
            if row is None or seat is None:
                raise UnknownAccount(f"{account} is logged out; log in again")
            if row.totp is not None:
                raise LoginRefused("there is a second factor already; an administrator can take it off")
            row.totp, row.totp_step = self._vault.seal(secret, field_of(account)), step
            row.recovery = [digest(code) for code in codes]
            seat.second = True
            self._trail.note(session, Deed(actor=account, action="second_factor", target=account))
        return codes

    def give(self, session_id: str, code: str, address: str = "") -> None:
        """A code or a recovery code for a session that waits for it. Raises LoginRefused."""
        with self._store.write() as session:
            seat = session.get(LoginSession, session_id, with_for_update=True)
            row = session.get(Account, seat.account, with_for_update=True) if seat else None
            right = seat is not None and row is not None and self.take(row, code)
            if seat is not None and right:
                seat.second = True
            outcome = "done" if right else "refused"
            who = row.id if row else ""
            self._trail.note(session, Deed(actor=who, action="second_code", outcome=outcome, address=address))
        if not right:
            raise LoginRefused("this code is wrong or was used already; wait for the next one")

    def take(self, row: Account, code: str) -> bool:
        """True for a code that is right, once."""
        if row.totp is None:
            return False
        step = self._fitting(self._vault.open(row.totp, field_of(row.id)), code)
        if step is not None and step > row.totp_step:
            row.totp_step = step
            return True
        hashed = digest(code.strip().upper())
        left = [kept for kept in row.recovery if not hmac.compare_digest(kept, hashed)]
        used = len(left) < len(row.recovery)
        row.recovery = left
        return used

    def _fitting(self, secret: str, code: str) -> int | None:
        """The step of time whose code this is."""
        now = self._now_ms() // STEP_MS
        given = code.replace(" ", "").encode()
        totp = pyotp.TOTP(secret)
        fitting = [now + off for off in DRIFT if hmac.compare_digest(totp.generate_otp(now + off).encode(), given)]
        return max(fitting, default=None)


def field_of(account: str) -> str:
    """What the seal of a second factor is bound to."""
    return f"second:{account}"


def _recovery_code() -> str:
    return "-".join("".join(secrets.choice(BASE32) for _ in range(4)) for _ in range(4))  # 80 bits

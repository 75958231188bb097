"""Everything of trust in one place, as the process and the web server use it."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path

from cloud.store.engine import Store
from cloud.trust.accounts import Accounts
from cloud.trust.audit import PRUNE_MOST, Trail
from cloud.trust.errors import TooMany
from cloud.trust.limits import Buckets, Rate
from cloud.trust.passwords import Passwords
from cloud.trust.principals import Principal
from cloud.trust.proof import Proof
from cloud.trust.second import SecondFactor
from cloud.trust.sessions import DEFAULTS, Limits, Sessions
from cloud.trust.tokens import Tokens
from cloud.trust.vault import Vault
from domain.roster import Roster

# Defaults of ours. One person at one place types wrongly a few times; a password of 12 characters outlives these rates.
HERE = Rate(per_s=1 / 30, burst=10)  # one account from one address
ACCOUNT = Rate(per_s=1 / 10, burst=50)  # one account from anywhere: who guesses from many places locks nobody out long
ADDRESS = Rate(per_s=1, burst=60)  # one address, any account: an office behind one address changes shifts
DAY_MS = 86_400_000
AUDIT_DAYS = 1095  # default: three years; 网络安全法 article 21 asks for six months of logs


class Trust:
    """Accounts, sessions, tokens, second factors, and their record."""

    def __init__(
        self, store: Store, vault: Vault, roster: Callable[[], Roster], now_ms: Callable[[], int],
        limits: Limits = DEFAULTS, passwords: Passwords | None = None, now_s: Callable[[], float] = time.monotonic,
        mark: Path | None = None,
    ) -> None:  # fmt: skip
        hasher = passwords or Passwords()
        self.vault = vault
        self.store = store
        self.now_ms = now_ms
        self.trail = Trail(store, vault, now_ms, mark)
        self.accounts = Accounts(store, self.trail, hasher, roster, now_ms)
        self.sessions = Sessions(store, self.trail, hasher, roster, now_ms, limits)
        self.second = SecondFactor(store, vault, self.trail, now_ms)
        self.proof = Proof(store, self.trail, hasher, self.second, now_ms)
        self.tokens = Tokens(store, self.trail, now_ms)
        self._here, self._account, self._address = (Buckets(rate, now_s) for rate in (HERE, ACCOUNT, ADDRESS))

    def log_in(self, account: str, password: str, address: str, agent: str = "") -> str:
        """A session for a name and a password; its secret. Raises LoginRefused, TooMany."""
        self._attempt(account, address)
        return self.sessions.log_in(account, password, address, agent)

    def log_in_by_link(self, secret: str, address: str, agent: str = "") -> str:
        """A session for a link; its secret. Raises LoginRefused, TooMany."""
        self._address.take(network(address))
        return self.sessions.log_in_by_link(secret, address, agent)

    def give_code(self, session_id: str, account: str, code: str, address: str) -> None:
        """The second factor. Raises LoginRefused, TooMany."""
        self._attempt(account, address)
        self.second.give(session_id, code, address)

    def prove(self, session_id: str, account: str, password: str, code: str, address: str) -> None:
        """That it is still he. Raises LoginRefused, TooMany."""
        self._attempt(account, address)
        self.proof.give(session_id, password, code, address)

    def by_token(self, token: str) -> Principal | None:
        """Who a token is."""
        return self.tokens.of(token)

    def sweep(self, audit_days: int = AUDIT_DAYS) -> None:
        """Forget ended sessions, and what is older than the audit log is kept."""
        self.sessions.sweep()
        while self.trail.prune(self.now_ms() - audit_days * DAY_MS) == PRUNE_MOST:
            pass
        self.trail.remember()

    def counters(self) -> dict[str, int]:
        """For /readyz: attempts that were refused because there were too many."""
        refused = sum(bucket.refused for bucket in (self._here, self._account, self._address))
        return {"login_refused": refused, "login_unrecorded": self.sessions.unrecorded}

    def change_password(self, account: str, old: str, new: str, *, keep: str, address: str) -> None:
        """By himself, out of the session `keep`. Raises LoginRefused, WeakPassword, TooMany."""
        self._attempt(account, address)
        self.accounts.change_password(account, old, new, keep=keep, address=address)

    def _attempt(self, account: str, address: str) -> None:
        """Raises TooMany. Whoever guesses from elsewhere locks nobody out where he was let in before."""
        here = network(address)
        self._address.take(here)
        self._here.take(f"{account[:64]} {here}")
        try:
            self._account.take(account[:64])
        except TooMany:
            if not self.sessions.known(account, address):
                raise


def network(address: str) -> str:
    """What one host has: an IPv4 address, or the /64 of an IPv6 one (RFC 4291 section 2.5.1)."""
    try:
        given = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ip_network((given, 64), strict=False)) if given.version == 6 else address

"""Passwords: argon2id, a few at a time, and what is too easy to guess."""

from __future__ import annotations

import secrets
import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cloud.trust.errors import TooMany, WeakPassword

# RFC 9106 section 4, second recommendation, for memory-constrained machines: t=3, p=4, 64 MiB
TIME_COST, MEMORY_KIB, LANES = 3, 65_536, 4
AT_ONCE = 2  # of 64 MiB each: a crowd at the login must not take the machine's memory
WAITING = 6  # more are sent away at once: they would take the threads that draw the board
WAIT_S = 10.0
MIN_CHARS = 12  # default of ours; NIST SP 800-63B asks for 8, with a second factor
MAX_CHARS = 128
DIFFERENT = 6  # aaaaaaaaaaaa and 121212121212 are no passwords
COMMON = ("password", "123456", "qwerty", "gridwhistle", "chuishao", "admin", "wangge")
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read wrongly from paper
ONE_TIME_GROUPS, GROUP = 4, 5  # 20 characters of 31: 99 bits


class Passwords:
    """Hashes and checks. `hasher` is lighter in tests."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(TIME_COST, MEMORY_KIB, LANES)
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._queue = threading.BoundedSemaphore(AT_ONCE + WAITING)
        self._nobody = _of_nobody(self._hasher.time_cost, self._hasher.memory_cost, self._hasher.parallelism)

    def hash(self, password: str) -> str:
        """For the store. Raises TooMany where the machine has its hands full."""
        with _Turn(self._queue, self._turns):
            return self._hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Takes as long for an account that does not exist. Raises TooMany."""
        with _Turn(self._queue, self._turns):
            try:
                fits = self._hasher.verify(stored or self._nobody, password[: MAX_CHARS + 1])
            except (VerificationError, InvalidHashError):
                return False
        return fits and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """True for a hash of weaker parameters: made anew at the next log-in."""
        return self._hasher.check_needs_rehash(stored)


@lru_cache(maxsize=8)
def _of_nobody(time_cost: int, memory_kib: int, lanes: int) -> str:
    """What the password of an account that does not exist is compared with; made once a process."""
    return PasswordHasher(time_cost, memory_kib, lanes).hash(secrets.token_hex(8))


class _Turn:
    """One of AT_ONCE turns, after a short wait among few; or TooMany."""

    def __init__(self, queue: threading.BoundedSemaphore, turns: threading.BoundedSemaphore) -> None:
        self._queue = queue
        self._turns = turns

    def __enter__(self) -> None:
        if not self._queue.acquire(blocking=False):
            raise TooMany(retry_s=int(WAIT_S))
        if not self._turns.acquire(timeout=WAIT_S):
            self._queue.release()
            raise TooMany(retry_s=int(WAIT_S))

    def __exit__(self, *_: object) -> None:
        self._turns.release()
        self._queue.release()


def one_time() -> str:
    """A password for one log-in, easy to copy from paper."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(ONE_TIME_GROUPS))
    return "-".join(groups)


def check_strength(password: str, account: str) -> None:
    """Raises WeakPassword."""
    low = password.lower()
    if len(password) < MIN_CHARS:
        raise WeakPassword("short", f"a password needs {MIN_CHARS} characters; four words of yours are easy to keep")
    if len(password) > MAX_CHARS:
        raise WeakPassword("long", f"a password has at most {MAX_CHARS} characters")
    if len(set(low)) < DIFFERENT or account.lower() in low or any(word in low for word in COMMON):
        raise WeakPassword("common", "this password is easy to guess; take words that have nothing to do with work")

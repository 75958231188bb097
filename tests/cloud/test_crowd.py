"""Many at the log-in at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest
from argon2 import PasswordHasher

from cloud.trust.errors import TooMany
from cloud.trust.passwords import AT_ONCE, WAITING, Passwords


def test_a_crowd_is_sent_away_at_once() -> None:
    """It must not take the threads that draw the board."""
    going, go = threading.Semaphore(0), threading.Event()

    class Slow(PasswordHasher):
        def verify(self, *_: object) -> Literal[True]:
            going.release()
            go.wait()
            return True

    passwords = Passwords(Slow(1, 8, 1))
    with ThreadPoolExecutor(AT_ONCE + WAITING) as crowd:
        asked = [crowd.submit(passwords.matches, "x", "y") for _ in range(AT_ONCE + WAITING)]
        try:
            for _ in range(AT_ONCE):
                going.acquire()
            while passwords._queue._value:
                time.sleep(0.001)
            with pytest.raises(TooMany):
                passwords.matches("x", "y")
        finally:
            go.set()
    assert all(one.result() for one in asked)
    assert passwords.matches("x", "y")

"""How often somebody may ask: buckets that fill by time, and not more of them than fit into memory."""

from __future__ import annotations

import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cloud.trust.errors import TooMany
from cloud.trust.secret_words import digest

KEYS_MAX = 10_000  # default: about 2 MB; the one that was used longest ago goes first

FAILED_S = 10.0
AGAIN_S = 5  # default: some of what is at it has ended by then


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`burst` at once, then `per_s`."""

    per_s: float
    burst: int


class Buckets:
    """One bucket per key. `now_s` is a clock that never goes back."""

    def __init__(self, rate: Rate, now_s: Callable[[], float], keys_max: int = KEYS_MAX) -> None:
        self._rate = rate
        self._now_s = now_s
        self._keys_max = keys_max
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key -> what is left, as of when
        self._lock = threading.Lock()
        self.refused = 0

    def check(self, key: str) -> None:
        """Raises TooMany where nothing is left; takes nothing."""
        with self._lock:
            self._refuse_empty(self._fill(key))

    def take(self, key: str) -> None:
        """One attempt. Raises TooMany."""
        with self._lock:
            left = self._fill(key)
            self._refuse_empty(left)
            self._left[key] = (left - 1, self._now_s())
            self._left.move_to_end(key)
            while len(self._left) > self._keys_max:
                self._left.popitem(last=False)

    def _refuse_empty(self, left: float) -> None:
        if left < 1:
            self.refused += 1
            raise TooMany(retry_s=math.ceil((1 - left) / self._rate.per_s))

    def _fill(self, key: str) -> float:
        left, since_s = self._left.get(key, (float(self._rate.burst), self._now_s()))
        return min(self._rate.burst, left + (self._now_s() - since_s) * self._rate.per_s)


class AtOnce:
    """So much of something at once, of each key and of all together."""

    def __init__(self, each: int, every: int) -> None:
        self._each, self._every = each, every
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.refused = 0

    @contextmanager
    def place(self, key: str) -> Iterator[None]:
        """One of them, meanwhile. Raises TooMany."""
        with self._lock:
            if self._taken[key] >= self._each or self._taken.total() >= self._every:
                self.refused += 1
                raise TooMany(retry_s=AGAIN_S)
            self._taken[key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[key] -= 1
                self._taken += Counter()  # without those at nought


class Failed:
    """Tokens and cookies that let nobody in a moment ago: nobody looks them up again. They never come to life later."""

    def __init__(self, now_s: Callable[[], float], keys_max: int = KEYS_MAX) -> None:
        self._now_s = now_s
        self._keys_max = keys_max
        self._until_s: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def has(self, secret: str) -> bool:
        """True for one that failed within FAILED_S."""
        with self._lock:
            return self._until_s.get(digest(secret), 0.0) > self._now_s()

    def add(self, secret: str) -> None:
        """It failed now."""
        with self._lock:
            self._until_s[digest(secret)] = self._now_s() + FAILED_S
            while len(self._until_s) > self._keys_max:
                self._until_s.popitem(last=False)

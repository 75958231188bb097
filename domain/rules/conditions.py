"""What may be true of one sample: levels, states, missing channels, hours of the day. None: nobody can say now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.readings import Value
from domain.sensor_faults import NOT_BROKEN
from protocol.channels import unit_of

Truth = bool | None
Memory = dict[str, Any]  # key of a condition -> what it remembers, plain JSON; a condition that is calm has no entry
MINUTE_MS = 60_000
DAY_MIN = 24 * 60
THURSDAY = 3  # the first of January 1970, counted from Monday
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One sample as conditions see it; `local_min` is the wall time of the site, in minutes since 1970."""

    values: Mapping[str, Value]
    faults: Mapping[str, str]
    at_ms: int
    local_min: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a condition has to say for itself in a signal."""

    channel: str
    value: Value
    limit: float | None = None
    clear: float | None = None
    unit: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """Base of all. Values, so that equal conditions are judged once; what they remember lives in `memory`."""

    @property
    def parts(self) -> tuple[Condition, ...]:
        """The conditions it is made of."""
        return ()

    @property
    def timed(self) -> bool:
        """True where what it remembers means nothing after a gap in the samples."""
        return False

    def judge(self, now: Moment, key: str, memory: Memory, parts: Sequence[Truth]) -> Truth:
        """What a sample makes of it, once for each sample; `parts`: what it made of the parts."""
        raise NotImplementedError

    def facts(self, now: Moment, key: str, memory: Memory) -> Facts | None:
        """What to tell of it; None where only its parts have something to tell."""
        return None


@dataclass(frozen=True, slots=True)
class High(Condition):
    """At or above the limit, until it falls below `clear` (ISA-18.2 deadband)."""

    channel: str
    limit: float
    clear: float

    def judge(self, now: Moment, key: str, memory: Memory, parts: Sequence[Truth]) -> Truth:
        """True while raised."""
        value = now.values.get(self.channel)
        if value is None:
            return None
        if value < (self.clear if key in memory else self.limit):
            memory.pop(key, None)
            return False
        memory[key] = True
        return True

    def facts(self, now: Moment, key: str, memory: Memory) -> Facts | None:
        """The value and its limits."""
        return _level(self.channel, now, self.limit, self.clear)


@dataclass(frozen=True, slots=True)
class Low(Condition):
    """At or below the limit, until it rises above `clear`."""

    channel: str
    limit: float
    clear: float

    def judge(self, now: Moment, key: str, memory: Memory, parts: Sequence[Truth]) -> Truth:
        """True while raised."""
        value = now.values.get(self.channel)
        if value is None:
            return None
        if value > (self.clear if key in memory else self.limit):
            memory.pop(key, None)
            return False
        memory[key] = True
        return True

    def facts(self, now: Moment, key: str, memory: Memory) -> Facts | None:
        """The value and its limits."""
        return _level(self.channel, now, self.limit, self.clear)


def _level(channel: str, now: Moment, limit: float, clear: float) -> Facts:
    value = now.values.get(channel, False)
    return Facts(channel=channel, value=value, limit=limit, clear=clear, unit=unit_of(channel))


@dataclass(frozen=True, slots=True)
class Is(Condition):
    """One of some states: a truth value, or numbers of a code."""

    channel: str
    states: tuple[bool | float, ...]

    def judge(self, now: Moment, key: str, memory: Memory, parts: Sequence[Truth]) -> Truth:
        """True while the channel says one of them."""
        value = now.values.get(self.channel)
        return None if value is None else value in self.states

    def facts(self, now: Moment, key: str, memory: Memory) -> Facts | None:
        """The state."""
        return Facts(channel=self.channel, value=now.values.get(self.channel, False), unit=unit_of(self.channel))


@dataclass(frozen=True, slots=True)
class Missing(Condition):
    """The sample says nothing of a channel, or that its part failed."""

    channel: str

    def judge(self, now: Moment, key: str, memory: Memory, parts: Sequence[Truth]) -> Truth:
        """False too where the part knows that it cannot say yet, or a person has switched it off."""
        return self.channel not in now.values and now.faults.get(self.channel) not in NOT_BROKEN

    def facts(self, now: Moment, key: str, memory: Memory) -> Facts | None:
        """Why."""
        return Facts(channel=self.channel, value=False, reason=now.faults.get(self.channel, "missing"))


@dataclass(frozen=True, slots=True)
class Between(Condition):
    """Wall time of the site from one minute of the day until another; over midnight it belongs to the day it began."""

    from_min: int
    until_min: int
    days: tuple[int, ...]  # 0 is Monday

    def judge(self, now: Moment, key: str, memory: Memory, parts: Sequence[Truth]) -> Truth:
        """True within these hours; from == until is the whole day."""
        day, minute = divmod(now.local_min, DAY_MIN)
        length_min = (self.until_min - self.from_min) % DAY_MIN or DAY_MIN
        since_min = (minute - self.from_min) % DAY_MIN
        began = day - (minute < self.from_min)
        return since_min < length_min and (began + THURSDAY) % 7 in self.days

"""Conditions made of others: all, any, not, n of m samples, a pattern of states, and how fast a value moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.rise import SureRise
from domain.rules.conditions import Condition, Facts, Memory, Moment, Truth
from protocol.channels import unit_of

POINTS = 16  # of a slope: enough for a line, few enough to be written with every sample


@dataclass(frozen=True, slots=True)
class _Of(Condition):
    of: tuple[Condition, ...]

    @property
    def parts(self) -> tuple[Condition, ...]:
        """Them."""
        return self.of


@dataclass(frozen=True, slots=True)
class All(_Of):
    """All of them; false as soon as one is, whatever the others are."""

    def judge(self, now: Moment, key: str, memory: Memory, parts: Sequence[Truth]) -> Truth:
        """None where one is unknown and none is false."""
        return False if False in parts else None if None in parts else True


@dataclass(frozen=True, slots=True)
class Any(_Of):
    """At least one of them, whatever the others are."""

    def judge(self, now: Moment, key: str, memory: Memory, parts: Sequence[Truth]) -> Truth:
        """None where one is unknown and none is true."""
        return True if True in parts else None if None in parts else False


@dataclass(frozen=True, slots=True)
class Not(_Of):
    """The contrary of the one it has."""

    def judge(self, now: Moment, key: str, memory: Memory, parts: Sequence[Truth]) -> Truth:
        """None where that is unknown."""
        return None if parts[0] is None else not parts[0]


@dataclass(frozen=True, slots=True)
class Count(_Of):
    """n of the last m samples. A sample that cannot say is not one of them."""

    n: int
    m: int

    @property
    def timed(self) -> bool:
        """Samples before a gap are not the last m."""
        return True

    def judge(self, now: Moment, key: str, memory: Memory, parts: Sequence[Truth]) -> Truth:
        """None where this sample cannot say."""
        bits = memory.get(key, 0)
        if parts[0] is None:
            return None
        bits = (bits << 1 | parts[0]) & ((1 << self.m) - 1)
        if bits:
            memory[key] = bits
        else:
            memory.pop(key, None)
        return bool(bits.bit_count() >= self.n)


@dataclass(frozen=True, slots=True)
class Pattern(_Of):
    """One state after the other, that many times within a span; true until too few of those lie within it."""

    times: int
    within_ms: int

    @property
    def timed(self) -> bool:
        """Nobody knows what happened in a gap."""
        return True

    def judge(self, now: Moment, key: str, memory: Memory, parts: Sequence[Truth]) -> Truth:
        """None where no state is known."""
        if None in parts and True not in parts and False not in parts:
            return None
        at, began_ms, done_ms = memory.get(key, (0, 0, []))
        oldest_ms = now.at_ms - self.within_ms
        done_ms = [ms for ms in done_ms if ms >= oldest_ms]
        if at and began_ms < oldest_ms:
            at = 0
        if parts[at] is True:
            began_ms = began_ms if at else now.at_ms
            at += 1
            if at == len(self.of):
                at, done_ms = 0, [*done_ms, now.at_ms][-self.times :]
        if at or done_ms:
            memory[key] = [at, began_ms, done_ms]
        else:
            memory.pop(key, None)
        return len(done_ms) >= self.times


@dataclass(frozen=True, slots=True)
class Slope(Condition):
    """How fast a value rises or falls: a line through at most 16 points of a window, per minute."""

    channel: str
    per_min: float  # falling: how fast it falls, above 0
    clear_per_min: float
    window_ms: int
    falling: bool

    @property
    def timed(self) -> bool:
        """A line over a gap says nothing of either side."""
        return True

    def judge(self, now: Moment, key: str, memory: Memory, parts: Sequence[Truth]) -> Truth:
        """Looked at when a point is due; in between what it was. None until half the window has been seen."""
        value = now.values.get(self.channel)
        if value is None:
            return None
        known, points = memory.get(key, (None, []))
        if points and now.at_ms - points[-1][0] < self.window_ms // POINTS:
            return None if known is None else bool(known)
        line = SureRise(self.window_ms, POINTS + 2)
        line.restore(points)
        per_min = line.feed(value, now.at_ms)
        if per_min is not None:
            speed = -per_min if self.falling else per_min
            known = speed >= (self.clear_per_min if known else self.per_min)
        memory[key] = [known, [list(point) for point in line.samples()]]
        return None if known is None else bool(known)

    def facts(self, now: Moment, key: str, memory: Memory) -> Facts | None:
        """The slope and its limits."""
        line = SureRise(self.window_ms, POINTS + 2)
        line.restore(memory.get(key, (None, []))[1])
        sign = -1 if self.falling else 1
        return Facts(
            channel=self.channel,
            value=round(line.per_minute() or 0.0, 4),
            limit=sign * self.per_min,
            clear=sign * self.clear_per_min,
            unit=unit_of(self.channel) + "/min",
        )

"""Which buckets readings touch, and which of these are counted anew together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cloud.history.arriving import pairs
from cloud.history.influx.layout import begins_ms
from cloud.history.port import DAY_MS, HOUR_MS, Known, Level, begin_ms

TOGETHER_MS = 500_000_000  # half a million readings at 1 Hz: some forty megabytes of an answer
NAMES_TOGETHER = 200  # devices in one question
WASTE = 2  # a question may tell so many times what is asked for


@dataclass(frozen=True, slots=True)
class Mark:
    """Buckets of a channel on one day that begin in `from_ms <= begin <= to_ms` must be counted anew."""

    level: str
    part_ms: int  # the day
    device: str
    channel: str
    from_ms: int
    to_ms: int
    number: int = 0  # rises with every touch

    def told(self) -> dict[str, Any]:
        """For the queue."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What some readings mean for the roll-ups and for the list of channels."""

    marks: list[Mark]
    seen: list[Known]
    from_ms: int
    to_ms: int


def touched(readings: pa.Table) -> Touched:
    """Of readings that are not empty."""
    names, which = pairs(readings)
    at_ms = readings["at_ms"].to_numpy()
    table = pa.table({"which": which, "day": begins_ms(Level.DAY, at_ms), "at_ms": at_ms})
    days = table.group_by(["which", "day"]).aggregate([("at_ms", "min"), ("at_ms", "max")])
    whole = days.group_by("which").aggregate([("at_ms_min", "min"), ("at_ms_max", "max")])
    marks = [_mark(row["day"], names[row["which"]], row["at_ms_min"], row["at_ms_max"]) for row in days.to_pylist()]
    seen = [_known(names[row["which"]], row["at_ms_min_min"], row["at_ms_max_max"]) for row in whole.to_pylist()]
    span = pc.min_max(readings["at_ms"]).as_py()
    return Touched(marks=marks, seen=seen, from_ms=span["min"], to_ms=span["max"])


def above(mark: Mark) -> list[Mark]:
    """What changes with it one level up; days are the last."""
    if mark.level == Level.MINUTE:
        span = (begin_ms(Level.HOUR, mark.from_ms), begin_ms(Level.HOUR, mark.to_ms))
        return [Mark(Level.HOUR, mark.part_ms, mark.device, mark.channel, *span)]
    if mark.level == Level.HOUR:
        return [Mark(Level.DAY, mark.part_ms, mark.device, mark.channel, mark.part_ms, mark.part_ms)]
    return []


def groups(marks: Sequence[Mark]) -> Iterator[list[Mark]]:
    """Marks that are asked for in one question: alike in time, and not too much."""
    group: list[Mark] = []
    asked_ms = from_ms = to_ms = 0
    for mark in marks:
        width_ms = _width_ms(mark)
        begin, end = min(from_ms, mark.from_ms), max(to_ms, mark.to_ms)
        told_ms = (end - begin + HOUR_MS // 60) * (len(group) + 1)
        devices = {one.device for one in group} | {mark.device}
        fits = told_ms <= TOGETHER_MS and told_ms <= WASTE * (asked_ms + width_ms) and len(devices) <= NAMES_TOGETHER
        if group and not fits:
            yield group
            group = []
        if not group:
            asked_ms, begin, end = 0, mark.from_ms, mark.to_ms
        group.append(mark)
        asked_ms, from_ms, to_ms = asked_ms + width_ms, begin, end
    if group:
        yield group


def span_of(group: Sequence[Mark], level: Level) -> tuple[int, int]:
    """From the first bucket to the end of the last."""
    return min(mark.from_ms for mark in group), max(mark.to_ms for mark in group) + level.step_ms


def _width_ms(mark: Mark) -> int:
    step_ms = Level(mark.level).step_ms
    return min(mark.to_ms - mark.from_ms + step_ms, DAY_MS)


def _mark(day_ms: int, name: tuple[str, str], first_ms: int, last_ms: int) -> Mark:
    first, last = begin_ms(Level.MINUTE, first_ms), begin_ms(Level.MINUTE, last_ms)
    return Mark(Level.MINUTE, day_ms, name[0], name[1], first, last)


def _known(name: tuple[str, str], first_ms: int, last_ms: int) -> Known:
    return Known(device=name[0], channel=name[1], first_ms=first_ms, last_ms=last_ms)

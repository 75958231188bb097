"""Where nobody is on duty now or within a day: looked for at every time at which a shift begins or ends. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cloud.people.duty import Read
from domain.roster import Roster
from domain.shifts import DAY_MIN, local_of

DAY_MS = 86_400_000
TIMES_MAX = 96  # a quarter of an hour each: more different times a day than any roster has


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One area or department without anybody on duty; `from_ms` 0: now."""

    id: str
    name: str
    level: str  # of an area, or `department`
    code: str
    from_ms: int


def gaps(read: Read, now_ms: int) -> tuple[Gap, ...]:
    """The first gap of each place within a day, the present ones first."""
    found: dict[tuple[str, str], Gap] = {}
    for at_ms in (now_ms, *turns(read.roster, now_ms)):
        for gap in _at(read, at_ms, 0 if at_ms == now_ms else at_ms):
            found.setdefault((gap.level, gap.id), gap)
    return tuple(sorted(found.values(), key=lambda gap: gap.from_ms))


def _at(read: Read, at_ms: int, from_ms: int) -> Iterator[Gap]:
    codes = {}
    for area in read.areas.areas:
        codes[area.id] = area.code
        if not read.roster.working(area.id, at_ms):
            yield Gap(id=area.id, name=area.name, level=area.level, code=area.code, from_ms=from_ms)
    for one in read.departments.all:
        if not read.roster.department_working(one.id, at_ms):
            yield Gap(id=one.id, name=one.name, level="department", code=codes[one.area], from_ms=from_ms)


def turns(roster: Roster, now_ms: int) -> list[int]:
    """When, within a day, somebody begins or ends by the roster or by a stand-in; in order."""
    shifts = [shift for person in roster.people for shift in person.duty]
    shifts += [rule.hours for person in roster.people for rule in roster.rules_of(person.id)]
    minutes = {minute % DAY_MIN for shift in shifts for minute in (shift.start_min, shift.end_min)} | {0}
    minute_ms = now_ms - now_ms % 60_000
    _, now_min = local_of(now_ms, roster.utc_offset_min)
    times = {minute_ms + ((minute - now_min) % DAY_MIN or DAY_MIN) * 60_000 for minute in minutes}
    times |= {
        at_ms for row in roster.book.stand_ins for at_ms in (row.from_ms, row.to_ms) if 0 < at_ms - now_ms < DAY_MS
    }
    return sorted(times)[:TIMES_MAX]

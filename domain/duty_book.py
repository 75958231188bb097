"""What differs from the roster just now: stand-ins, absences, what handhelds said, who may not be called. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

CHAIN_MAX = 5  # a stand-in may have a stand-in; nobody reads a longer chain
ON, OFF = ("duty_on",), ("duty_off", "logged_off", "wiped")  # what a handheld reports


class StandInError(ValueError):
    """A stand-in cannot be entered so; the text says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """Somebody is away for a while, and who does that work meanwhile (代班); `by` None: nobody in particular."""

    absent: str
    by: str | None
    from_ms: int
    to_ms: int

    def __post_init__(self) -> None:
        if self.to_ms <= self.from_ms:
            raise StandInError("the end must come after the beginning / 结束时间必须晚于开始时间")
        if self.by == self.absent:
            raise StandInError(f"{self.absent} cannot stand in for himself / 不能由本人代班")

    def holds(self, at_ms: int) -> bool:
        """True while it does."""
        return self.from_ms <= at_ms < self.to_ms

    def overlaps(self, other: StandIn) -> bool:
        """True where both hold at some time."""
        return self.from_ms < other.to_ms and other.from_ms < self.to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the handheld of somebody said last about his duty, or the hand-over of a shift."""

    on: bool
    at_ms: int
    by_handover: bool = False  # counts whatever handhelds may say, and never for ever


@dataclass(frozen=True, slots=True)
class DutyBook:
    """All of it at one moment of reading; replaced whole."""

    stand_ins: tuple[StandIn, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()  # people whose account was taken away

    def absence(self, person: str, at_ms: int) -> StandIn | None:
        """Why somebody is away now."""
        return next((row for row in self.stand_ins if row.absent == person and row.holds(at_ms)), None)

    def came_since(self, person: str, since_ms: int, at_ms: int) -> bool:
        """True where somebody began in this time by a handheld, by a hand-over, or instead of somebody else."""
        mark = self.marks.get(person)
        said = mark is not None and mark.on and since_ms < mark.at_ms <= at_ms
        return said or any(row.by == person and since_ms < row.from_ms and row.holds(at_ms) for row in self.stand_ins)

    def stand_in_of(self, person: str, at_ms: int) -> str:
        """Who does the work of somebody now: the person itself, or the end of a chain of stand-ins; "" for nobody."""
        for _ in range(CHAIN_MAX):
            row = self.absence(person, at_ms)
            if row is None:
                return person
            if row.by is None:
                return ""
            person = row.by
        return ""


def check_stand_in(new: StandIn, others: Iterable[StandIn]) -> None:
    """Raises StandInError where a new one contradicts those that stand."""
    same_time = [row for row in others if row.overlaps(new)]
    if any(row.absent == new.absent for row in same_time):
        raise StandInError(
            f"{new.absent} is already away at that time: end that entry first / 该时段已登记代班，请先结束原登记"
        )
    away = {row.absent: row.by for row in same_time}
    person: str | None = new.by
    for _ in range(CHAIN_MAX):
        if person is None or person not in away:
            return
        person = away[person]
        if person == new.absent:
            raise StandInError("they would stand in for each other: choose somebody else / 代班形成循环，请另选人员")
    raise StandInError("too many stand in for each other: choose somebody who is there / 代班链过长，请选择在岗人员")

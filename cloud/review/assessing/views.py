"""What is shown of an assessment: plain read models; codes are worded by the console."""

from __future__ import annotations

from dataclasses import dataclass, field

from cloud.review.assessing.counts import BehindRow
from domain.assessment.grades import Assessment
from domain.assessment.indicators import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A period, and how late it is."""

    from_ms: int
    to_ms: int
    now_ms: int

    @property
    def until_ms(self) -> int:
        """As far as it has come."""
        return max(self.from_ms, min(self.to_ms, self.now_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One person, area, tier or department. `level`: role of a person, level of an area; `code`: where it is."""

    subject: Subject
    id: str
    name: str
    level: str
    code: str
    area_name: str = ""
    found: Assessment
    silent: bool = False  # the whole community recorded no patrol: nobody is blamed for that


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The incidents behind one number, or the days. `hidden`: in areas that the reader does not see."""

    rows: tuple[BehindRow, ...] = ()
    days: tuple[int, ...] = ()  # date.toordinal, of patrols
    hidden: int = 0
    more: bool = False  # there are more than are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One person's result, the one to compare with, and to whom objections go (ids of people)."""

    now: Result
    before: Result
    to: tuple[str, ...] = field(default=())

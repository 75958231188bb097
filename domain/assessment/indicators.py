"""What is counted of people, areas and departments (监督考核), as one table: so many of so many. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    """Who or what is assessed."""

    PERSON = "person"
    AREA = "area"  # a grid, or all grids below a community, a street, a tier
    DEPARTMENT = "department"


class Better(StrEnum):
    """Which way an indicator is good."""

    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """So many of so many. `subjects`: who is judged by it."""

    name: str
    counts: str
    of: str
    better: Better
    subjects: frozenset[Subject]


ALL = frozenset(Subject)
WORKED, PLACES = frozenset({Subject.AREA, Subject.DEPARTMENT}), frozenset({Subject.PERSON, Subject.AREA})
# What the documents name: domain.md part 5. What each counts of whom, in both languages: docs/review.md.
INDICATORS = (
    Indicator(
        name="accuracy", counts="reports that were not void in the end", of="own reports that were decided",
        better=Better.MORE, subjects=frozenset({Subject.PERSON}),
    ),
    Indicator(
        name="accepted_in_time", counts="accepted before the deadline", of="incidents to accept",
        better=Better.MORE, subjects=ALL,
    ),
    Indicator(
        name="handled_in_time", counts="fed back before the deadline", of="incidents to handle",
        better=Better.MORE, subjects=ALL,
    ),
    Indicator(
        name="completed", counts="fed back and not sent back", of="incidents handled that have ended",
        better=Better.MORE, subjects=frozenset({Subject.PERSON}),
    ),
    Indicator(
        name="closed_in_time", counts="closed before the overall deadline", of="incidents to close",
        better=Better.MORE, subjects=WORKED,
    ),
    Indicator(
        name="rework", counts="sent back after a check on the spot", of="incidents fed back",
        better=Better.LESS, subjects=WORKED,
    ),
    Indicator(
        name="returns", counts="came back as wrongly dispatched", of="incidents dispatched",
        better=Better.LESS, subjects=WORKED,
    ),
    Indicator(
        name="satisfied", counts="satisfied or fairly satisfied", of="reporters who were asked",
        better=Better.MORE, subjects=ALL,
    ),
    Indicator(
        name="patrols", counts="days with a patrol that has a track", of="days of duty",
        better=Better.MORE, subjects=PLACES,
    ),
    Indicator(
        name="first_reports", counts="first told by the grid", of="matters that a patrol can see",
        better=Better.MORE, subjects=PLACES,
    ),
    Indicator(
        name="missed_reports", counts="never reported by the grid", of="matters that others told",
        better=Better.LESS, subjects=PLACES,
    ),
)  # fmt: skip
BY_NAME = {one.name: one for one in INDICATORS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """`hits` of `of` cases; `spared` were left out because they are nobody's fault."""

    hits: int = 0
    of: int = 0
    spared: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.of or self.spared < 0:
            raise ValueError(f"{self.hits} of {self.of}, {self.spared} spared: not a count of cases")

    def __add__(self, other: Tally) -> Tally:
        return Tally(hits=self.hits + other.hits, of=self.of + other.of, spared=self.spared + other.spared)


NONE = Tally()

"""Which cases are meant: one filter for a number and for the list of incidents behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from domain.assessment.cases import Outcome
from domain.limits import Due

TEXT_MAX = 200
PEOPLE = ("accepted_by", "dispatched_to", "handled_by", "verified_by", "closed_by", "voided_by", "reporter", "holder")


class WishError(ValueError):
    """A filter that cannot be; the text names the field and what to write."""


class State(StrEnum):
    """Where a case is."""

    ANY = "any"  # void ones aside
    OPEN = "open"
    OVERDUE = "overdue"  # open, and a deadline that runs is over
    PAUSED = "paused"
    CLOSED = "closed"
    VOID = "void"


class Flag(StrEnum):
    """Something that happened to a case."""

    RETURNED = "returned"
    REWORKED = "reworked"
    REOPENED = "reopened"
    CAME_BACK = "came_back"  # one of the three, or unsatisfied
    PASSED_UP = "passed_up"
    ESCALATED = "escalated"
    SUPERVISED = "supervised"
    EXTENDED = "extended"
    SUSPENDED = "suspended"
    HANDED_OVER = "handed_over"
    JOINT = "joint"
    GRADED = "graded"
    UNSATISFIED = "unsatisfied"
    BY_WORKER = "by_worker"  # a worker told of it
    FIRST = "first"  # 首报
    MISSED = "missed"  # 漏报
    BY_OTHERS = "by_others"  # of which first and missed are counted: a line or a sensor told of what a grid could see


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Cases reported in [from_ms, to_ms), and in all other ways that are named. Members and void ones are left out."""

    from_ms: int | None = None
    to_ms: int | None = None
    at: str = ""  # id of an area, with everything below it
    state: State = State.ANY
    life_safety: bool | None = None
    kind: str = ""
    matter: str = ""
    severity: str = ""
    source: str = ""
    stage: str = ""
    tier: str = ""
    grid: str = ""  # code
    device: str = ""
    place: str = ""
    q: str = ""  # a part of the place, of the device or of the number
    accepted_by: str = ""
    dispatched_to: str = ""
    handled_by: str = ""  # person or department
    verified_by: str = ""
    closed_by: str = ""
    voided_by: str = ""
    reporter: str = ""
    lead: str = ""
    holder: str = ""
    grade: str = ""
    due: Due | None = None  # with `outcome`; alone: those that have this deadline
    outcome: Outcome | None = None  # `missed` counts what runs and is over, too
    flag: Flag | None = None
    day: int | None = None  # of the week, 0 is Monday
    hour: int | None = None

    def __post_init__(self) -> None:
        if self.outcome is not None and self.due is None:
            raise WishError("outcome: needs due, the name of a deadline")
        if not (self.day is None or 0 <= self.day <= 6) or not (self.hour is None or 0 <= self.hour <= 23):
            raise WishError("day: 0 (Monday) to 6, hour: 0 to 23")
        for name in TEXTS:
            if len(getattr(self, name)) > TEXT_MAX or "\0" in getattr(self, name):
                raise WishError(f"{name}: at most {TEXT_MAX} characters, none of them empty")

    @classmethod
    def of(cls, query: Mapping[str, str], from_ms: int | None = None, to_ms: int | None = None) -> Where:
        """From an address as `query()` writes it; what is none of ours is left alone. Raises WishError."""
        texts = {name: query[name] for name in TEXTS if query.get(name)}
        try:
            return cls(
                from_ms=from_ms, to_ms=to_ms, **texts,
                state=State(query.get("state") or State.ANY),
                life_safety={"1": True, "0": False}.get(query.get("life_safety", "")),
                due=Due(query["due"]) if query.get("due") else None,
                outcome=Outcome(query["outcome"]) if query.get("outcome") else None,
                flag=Flag(query["flag"]) if query.get("flag") else None,
                day=int(query["day"]) if query.get("day") else None,
                hour=int(query["hour"]) if query.get("hour") else None,
            )  # fmt: skip
        except ValueError as error:
            raise error if isinstance(error, WishError) else WishError(f"filter: {error}") from None

    @property
    def person(self) -> bool:
        """True where it is about what one person did."""
        return any(getattr(self, name) for name in PEOPLE)

    def query(self) -> dict[str, str]:
        """For an address, without the period."""
        named = ((field.name, getattr(self, field.name), field.default) for field in fields(self))
        kept = {name: value for name, value, default in named if value != default and name not in ("from_ms", "to_ms")}
        return {name: str(int(value)) if isinstance(value, bool) else str(value) for name, value in kept.items()}


TEXTS = tuple(field.name for field in fields(Where) if field.type == "str")

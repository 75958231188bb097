"""What was done to an endpoint by hand, how often it is to be done, and what is due. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

DAY_MS = 86_400_000
DAYS_MAX = 3650
EVERY_KIND = "*"
OWN = ("self_test", "button_test", "test_call")  # what endpoints report; button_test: somebody pressed the button
SURE = ("S", "S2", "K", "ours")  # of a source, as our list of standards marks them


class What(StrEnum):
    """What somebody did."""

    TEST = "test"
    CLEANING = "cleaning"  # and the routine service of a lift
    BATTERY = "battery"
    REPAIR = "repair"
    REPLACEMENT = "replacement"
    PLACED = "placed"
    TAKEN_AWAY = "taken_away"


class Result(StrEnum):
    """What came of it."""

    GOOD = "good"
    BAD = "bad"  # it did not pass, or could not be finished
    NOT_DONE = "not_done"  # nobody let us in, or it was not there


RENEWS = frozenset(
    {What.PLACED, What.REPLACEMENT}
)  # an endpoint that is new counts as tested: it is, when it is placed
SERVICE = frozenset({What.TEST, What.CLEANING, What.BATTERY, What.REPAIR})


class MaintenanceError(ValueError):
    """Intervals or a record cannot be used; the text says why, in both languages."""


class Due(StrEnum):
    """How it stands with one endpoint, the worst first."""

    OVERDUE = "overdue"
    SOON = "soon"
    NEVER = "never"  # nobody knows when it was done
    FINE = ""


ORDER = tuple(Due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """How often one thing is to be done to endpoints of a kind."""

    kind: str
    what: What
    days: int
    own: tuple[str, ...] = ()
    source: str = ""
    sure: str = "ours"

    def __post_init__(self) -> None:
        """Raises MaintenanceError."""
        if not self.kind or self.what not in SERVICE or not 0 < self.days <= DAYS_MAX or self.sure not in SURE:
            raise MaintenanceError(
                f"{self.kind} {self.what}: 周期应为 1 到 {DAYS_MAX} 天，sure 为 {', '.join(SURE)} / "
                f"an interval has 1 to {DAYS_MAX} days, a service as its `what`, and `sure` one of {', '.join(SURE)}"
            )
        if unknown := [name for name in self.own if name not in OWN]:
            raise MaintenanceError(f"own: {unknown[0]} 未知 / unknown; choose of {', '.join(OWN)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """All of them."""

    rows: tuple[Interval, ...] = ()
    soon_days: int = 14

    def of(self, kind: str) -> tuple[Interval, ...]:
        """Those of a kind; where it has none, those of every other kind."""
        own = tuple(row for row in self.rows if row.kind == kind)
        return own or tuple(row for row in self.rows if row.kind == EVERY_KIND)


def own_test(what: str, details: Mapping[str, Any]) -> tuple[str, bool] | None:
    """(which test of OWN, whether it passed) a report of an endpoint tells of; None for anything else."""
    if what not in OWN:
        return None
    name = "button_test" if what == "self_test" and details.get("by") == "button" else what
    return name, details.get("passed") is True


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """When something was done last, and until when it then holds by its own record; None: by the interval."""

    done_ms: int
    next_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """One interval of one endpoint. `last_ms`, `due_ms`: None where nobody knows."""

    interval: Interval
    state: Due
    last_ms: int | None
    due_ms: int | None


def due_of(intervals: Intervals, kind: str, done: Mapping[str, Last], now_ms: int) -> tuple[DueRow, ...]:
    """How each interval of an endpoint stands; `done`: what -> the last time, reports of its own by their names."""
    renewed = _newest(done.get(what) for what in RENEWS)
    rows = []
    for interval in intervals.of(kind):
        last = _newest([done.get(interval.what), *(done.get(name) for name in interval.own), renewed])
        if last is None:
            rows.append(DueRow(interval=interval, state=Due.NEVER, last_ms=None, due_ms=None))
            continue
        due_ms = last.next_ms if last.next_ms is not None else last.done_ms + interval.days * DAY_MS
        state = _state(due_ms, now_ms, min(intervals.soon_days, interval.days // 3) * DAY_MS)
        rows.append(DueRow(interval=interval, state=state, last_ms=last.done_ms, due_ms=due_ms))
    return tuple(rows)


def worst(rows: Iterable[DueRow]) -> Due:
    """Of one endpoint."""
    return min((row.state for row in rows), key=ORDER.index, default=Due.FINE)


def _newest(found: Iterable[Last | None]) -> Last | None:
    return max((last for last in found if last is not None), key=lambda last: last.done_ms, default=None)


def _state(due_ms: int, now_ms: int, soon_ms: int) -> Due:
    if now_ms >= due_ms:
        return Due.OVERDUE
    return Due.SOON if now_ms >= due_ms - soon_ms else Due.FINE


def intervals_from(table: Mapping[str, Any]) -> Intervals:
    """As config/maintenance.toml holds them. Raises MaintenanceError."""
    try:
        rows = tuple(
            Interval(
                kind=str(row["kind"]), what=What(row["what"]), days=int(row["days"]), own=tuple(row.get("own", ())),
                source=str(row.get("source", "")), sure=str(row.get("sure", "ours")),
            )
            for row in table.get("due", ())
        )  # fmt: skip
        soon_days = int(table.get("soon", {}).get("days", 14))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MaintenanceError(f"maintenance.toml: {error}") from None
    if len({(row.kind, row.what) for row in rows}) < len(rows):
        raise MaintenanceError("maintenance.toml: 同一类型的同一项写了两次 / a kind has one interval of each `what`")
    return Intervals(rows=rows, soon_days=soon_days)

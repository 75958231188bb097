"""The figures of the overview, each with the address of the incidents that it was counted from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter

from cloud.console.review.frame import HERE, Frame
from cloud.review.cases.wish import Flag, Where
from cloud.review.figures.reading import Review
from cloud.review.figures.views import AreaCount, Count, OnTime, Totals, Way
from domain.assessment.figures import Spread, change_percent
from domain.assessment.hours import Week
from domain.assessment.periods import Stretch, period_of, span
from domain.incidents import Kind
from domain.limits import Due

LIST = f"{HERE}/incidents"
PLACES_SHOWN = 8  # and devices; the others below a fold
PLACES_MAX = 200  # a page holds no more
KINDS_SHOWN = 8
AREAS_SHOWN = 10
FEW_BARS, DATED, LAST_DATED = 14, 7, 3  # so many have a number and a date each; of more every seventh, but not the last
DAYS_AS_DAYS, DAYS_AS_WEEKS = 45, 190  # longer ones are drawn by weeks, by months
SORTS = ("count", "life_safety", "overdue", "came_back", "name")
WAY_OF = {
    Due.ACCEPT: Way.ACCEPT, Due.DISPATCH: Way.DISPATCH, Due.FEED_BACK: Way.FEED_BACK, Due.VERIFY: Way.VERIFY,
    Due.CLOSE: Way.CLOSE, Due.OVERALL: Way.WHOLE,
}  # fmt: skip
Sees = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Versus:
    """A number and what it was in the period before."""

    n: int
    before: int
    percent: float | None  # None: too few before to say
    href: str
    href_before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One column of the trend."""

    first: date
    last: date
    n: int
    href: str
    dated: bool  # its date stands below it


@dataclass(frozen=True, slots=True, kw_only=True)
class KindLine:
    """One kind in the period and in the one before."""

    kind: str
    life_safety: bool
    told: Versus


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One deadline, and how long the step took."""

    told: OnTime
    took: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All that is counted of the period."""

    totals: Totals
    all: Versus
    life: Versus
    other: Versus
    trend: tuple[Bar, ...]
    kinds: tuple[KindLine, ...]
    steps: tuple[StepLine, ...]
    areas: tuple[AreaCount, ...]
    week: Week
    places: tuple[Count, ...]
    devices: tuple[Count, ...]
    came_back: tuple[tuple[Flag, int], ...]

    @property
    def few_bars(self) -> bool:
        """True while each column of the trend has room for its number."""
        return len(self.trend) <= FEW_BARS


class Reader:
    """Reads the overview of one frame, as far as somebody sees, in one look: its numbers agree."""

    def __init__(self, review: Review, frame: Frame, sees: Sees, since_ms: int) -> None:
        self._frame = frame
        period = frame.period
        self.where = Where(from_ms=period.from_ms, to_ms=period.to_ms, at=frame.at)
        self._told, self.beside = review.overview(self.where, frame.compared, since_ms, sees)

    def read(self, sort: str) -> Overview:
        """The period; `sort` is a column of the areas."""
        told, totals, kinds = self._told, self._told.totals, self.beside.before
        all_before, life_before = (sum(map(of, kinds)) for of in (attrgetter("count"), attrgetter("life_safety")))
        return Overview(
            totals=totals,
            all=self.versus(totals.count, all_before),
            life=self.versus(totals.life_safety, life_before, life_safety=True),
            other=self.versus(totals.count - totals.life_safety, all_before - life_before, life_safety=False),
            trend=self._trend(told.per_day),
            kinds=self._kinds(),
            steps=tuple(StepLine(told=one, took=told.spans[WAY_OF[one.due]]) for one in told.on_time),
            areas=sorted_areas(_areas(told.areas_below), sort),
            week=told.week,
            places=told.places[:PLACES_MAX],
            devices=told.devices[:PLACES_MAX],
            came_back=(
                (Flag.RETURNED, totals.returned), (Flag.REWORKED, totals.reworked), (Flag.REOPENED, totals.reopened),
                (Flag.UNSATISFIED, totals.unsatisfied),
            ),
        )  # fmt: skip

    def href(self, **more: object) -> str:
        """The incidents behind a number of the period."""
        return self._frame.address(LIST, **replace(self.where, **more).query())  # type: ignore[arg-type]

    def versus(self, n: int, before: int, **more: object) -> Versus:
        """A number beside the one before; `more` fields of `Where`."""
        from_ms, to_ms = self._frame.compared
        behind = self._frame.period.before()
        query = replace(self.where, **more).query()  # type: ignore[arg-type]
        cut = {} if to_ms == behind.to_ms else {"until": to_ms}  # a running period: as much of the one before
        return Versus(
            n=n, before=before, percent=change_percent(n, before), href=self._frame.address(LIST, **query),
            href_before=self._frame.address(LIST, behind, **query, **cut) if from_ms < to_ms else "",
        )  # fmt: skip

    def _kinds(self) -> tuple[KindLine, ...]:
        now, before = ({one.value: one.count for one in some} for some in (self._told.kinds, self.beside.before))
        lines = [
            KindLine(
                kind=kind, life_safety=kind in set(Kind) and Kind(kind).life_safety,
                told=self.versus(now.get(kind, 0), before.get(kind, 0), kind=kind),
            )
            for kind in now.keys() | before.keys()
        ]  # fmt: skip
        return tuple(sorted(lines, key=lambda one: (not one.life_safety, -one.told.n, -one.told.before, one.kind)))

    def _trend(self, per_day: Mapping[date, int]) -> tuple[Bar, ...]:
        bars = grouped(self._frame.period.each_day())
        last = len(bars) - LAST_DATED
        return tuple(
            Bar(first=some[0], last=some[-1], n=sum(per_day.get(day, 0) for day in some),
                href=self._frame.address(LIST, span(some[0], some[-1])),
                dated=len(bars) <= FEW_BARS or (at % DATED == 0 and at < last))
            for at, some in enumerate(bars)
        )  # fmt: skip


def _areas(found: Sequence[AreaCount]) -> Sequence[AreaCount]:
    """None where nothing lies below."""
    return () if len(found) == 1 and not found[0].id else found


def grouped(days: Sequence[date]) -> list[list[date]]:
    """Days of a trend, by weeks or months where there are many."""
    if len(days) <= DAYS_AS_DAYS:
        return [[day] for day in days]
    stretch = Stretch.WEEK if len(days) <= DAYS_AS_WEEKS else Stretch.MONTH
    found: dict[date, list[date]] = {}
    for day in days:
        found.setdefault(period_of(stretch, day).first, []).append(day)
    return list(found.values())


def sorted_areas(areas: Sequence[AreaCount], sort: str) -> tuple[AreaCount, ...]:
    """By a column, the most first; those in no area below at the end."""
    if sort == "name":
        return tuple(sorted(areas, key=lambda one: (not one.id, one.name)))
    return tuple(sorted(areas, key=lambda one: (not one.id, -getattr(one, sort), -one.count, one.name)))

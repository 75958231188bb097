"""The figures of the overview, each with the address of the incidents that it was counted from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter

from cloud.console.review.frame import HERE, Frame
from cloud.review.cases.wish import Flag, Where
from cloud.review.figures.reading import Review
from cloud.review.figures.views import AreaCount, Count, Key, OnTime, Totals, Way
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
DAYS_AS_DAYS, DAYS_AS_WEEKS = 45, 190  # longer ones are drawn by weeks, by months
SORTS = ("count", "life_safety", "overdue", "came_back", "name")
ANY = 1000  # more kinds, and people with something overdue, than there are
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


class Reader:
    """Reads the overview of one frame, as far as somebody sees."""

    def __init__(self, review: Review, frame: Frame, sees: Sees) -> None:
        self._review, self._frame, self._sees = review, frame, sees
        period = frame.period
        self.where = Where(from_ms=period.from_ms, to_ms=period.to_ms, at=frame.at)
        from_ms, to_ms = frame.compared
        self.before = replace(self.where, from_ms=from_ms, to_ms=to_ms)

    def read(self, sort: str) -> Overview:
        """Everything; `sort` is a column of the areas."""
        review, where, sees = self._review, self.where, self._sees
        totals, kinds = review.totals(where, sees), review.by(Key.KIND, self.before, sees, ANY)
        all_before, life_before = (sum(map(of, kinds)) for of in (attrgetter("count"), attrgetter("life_safety")))
        return Overview(
            totals=totals,
            all=self.versus(totals.count, all_before),
            life=self.versus(totals.life_safety, life_before, life_safety=True),
            other=self.versus(totals.count - totals.life_safety, all_before - life_before, life_safety=False),
            trend=self._trend(review.per_day(where, sees)),
            kinds=self._kinds(kinds),
            steps=self._steps(),
            areas=sorted_areas(self._areas(), sort),
            week=review.hours(where, sees),
            places=review.again(Key.PLACE, where, sees, PLACES_MAX),
            devices=review.again(Key.DEVICE, where, sees, PLACES_MAX),
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

    def _kinds(self, counted: Sequence[Count]) -> tuple[KindLine, ...]:
        now = {one.value: one.count for one in self._review.by(Key.KIND, self.where, self._sees, ANY)}
        before = {one.value: one.count for one in counted}
        lines = [
            KindLine(
                kind=kind, life_safety=kind in set(Kind) and Kind(kind).life_safety,
                told=self.versus(now.get(kind, 0), before.get(kind, 0), kind=kind),
            )
            for kind in now.keys() | before.keys()
        ]  # fmt: skip
        return tuple(sorted(lines, key=lambda one: (not one.life_safety, -one.told.n, -one.told.before, one.kind)))

    def _areas(self) -> Sequence[AreaCount]:
        """The highest areas that are more than one: a district of one street is told by its communities."""
        found = self._review.by_area(self.where, self._sees, down=True)
        return () if len(found) == 1 and not found[0].id else found

    def _steps(self) -> tuple[StepLine, ...]:
        spans = self._review.spans(self.where, self._sees)
        told = {one.due: one for one in self._review.on_time(self.where, self._sees)}
        return tuple(
            StepLine(told=told[due], took=spans.get(way, Spread())) for due, way in WAY_OF.items() if due in told
        )

    def _trend(self, per_day: dict[date, int]) -> tuple[Bar, ...]:
        days = self._frame.period.each_day()
        return tuple(
            Bar(first=some[0], last=some[-1], n=sum(per_day.get(day, 0) for day in some),
                href=self._frame.address(LIST, span(some[0], some[-1])))
            for some in grouped(days)
        )  # fmt: skip


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

"""How people, areas and departments did (监督考核): the weights of the indicators, and the grade. Pure.

An indicator with fewer cases than it needs counts for that part of its weight, and the rest is spread over the
others: a hard limit would let one more case in time lower a grade.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from domain.assessment.indicators import BY_NAME, INDICATORS, NONE, Better, Indicator, Subject, Tally

WEIGHT_MAX = 1000
LEAST_MAX = 1000  # cases
WHOLE = 100  # points


class SchemeError(ValueError):
    """The scheme is not usable; the text names the field and says what to mend."""


class Grade(StrEnum):
    """The four grades of the documents, best first."""

    EXCELLENT = "excellent"  # 优秀
    GOOD = "good"  # 良好
    QUALIFIED = "qualified"  # 合格
    UNQUALIFIED = "unqualified"  # 不合格


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How counts become grades. `least`: cases from which an indicator counts whole.

    Of all weight, cases must carry `enough_percent` for a grade at all, and indicators that have their `least` must
    carry `bad_percent` for a bad one.
    """

    limits: Mapping[Grade, int]
    weights: Mapping[Subject, Mapping[str, int]]
    least: Mapping[str, int]
    enough_percent: int
    bad_percent: int

    def __post_init__(self) -> None:
        limits = [_number(f"grades.{grade}", self.limits.get(grade), 1, WHOLE) for grade in _LIMITED]
        if sorted(set(limits), reverse=True) != limits:
            raise SchemeError("grades: excellent must be above good, good above qualified · 分数线须依次降低")
        _number("enough_percent", self.enough_percent, 1, WHOLE)
        _number("bad_percent", self.bad_percent, 1, WHOLE)
        for subject in Subject:
            wanted = {one.name for one in INDICATORS if subject in one.subjects}
            weights = self.weights.get(subject, {})
            if set(weights) != wanted:
                raise SchemeError(f"weights.{subject}: names must be {', '.join(sorted(wanted))} · 指标须齐全")
            for name, weight in weights.items():
                _number(f"weights.{subject}.{name}", weight, 0, WEIGHT_MAX)
            if not any(weights.values()):
                raise SchemeError(f"weights.{subject}: at least one must be above 0 · 至少一项大于 0")
        if set(self.least) != set(BY_NAME):
            raise SchemeError(f"least: names must be {', '.join(sorted(BY_NAME))} · 指标须齐全")
        for name, least in self.least.items():
            _number(f"least.{name}", least, 1, LEAST_MAX)

    def grade_of(self, points: Fraction) -> Grade:
        """The grade for points of 100."""
        return next((grade for grade in _LIMITED if points >= self.limits[grade]), Grade.UNQUALIFIED)


_LIMITED = (Grade.EXCELLENT, Grade.GOOD, Grade.QUALIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One indicator of one subject. `share`: how much of its weight its cases carry, 1 where there are enough."""

    indicator: Indicator
    tally: Tally
    weight: int
    least: int

    @property
    def share(self) -> Fraction:
        """Cases there are, of those that it needs."""
        return Fraction(min(self.tally.of, self.least), self.least)

    @property
    def counted(self) -> Fraction:
        """Weight that counts."""
        return self.weight * self.share

    @property
    def points(self) -> Fraction:
        """Of 100; nothing counted is nothing lost."""
        if not self.tally.of:
            return Fraction(WHOLE)
        good = self.tally.hits if self.indicator.better is Better.MORE else self.tally.of - self.tally.hits
        return Fraction(WHOLE * good, self.tally.of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What came of it. `grade` None: too little to judge, which is no bad grade."""

    marks: tuple[Mark, ...]
    enough_percent: int
    bad_percent: int
    points: Fraction | None = field(default=None)
    grade: Grade | None = field(default=None)

    @property
    def weight(self) -> int:
        """All of it."""
        return sum(mark.weight for mark in self.marks)

    @property
    def counted(self) -> Fraction:
        """Weight that cases carry."""
        return sum((mark.counted for mark in self.marks), Fraction(0))

    @property
    def counted_percent(self) -> int:
        """... of all weight, rounded down."""
        return int(WHOLE * self.counted / self.weight)

    @property
    def whole_percent(self) -> int:
        """Weight of the indicators that have their least number of cases, of all weight, rounded down."""
        return WHOLE * sum(mark.weight for mark in self.marks if mark.share == 1) // self.weight

    @property
    def cases(self) -> int:
        """How many counts it rests on; one incident may stand in several."""
        return sum(mark.tally.of for mark in self.marks)

    def lost(self, mark: Mark) -> Fraction:
        """Points of the whole that an indicator cost."""
        return (WHOLE - mark.points) * mark.counted / self.counted if self.counted else Fraction(0)


def assess(subject: Subject, tallies: Mapping[str, Tally], scheme: Scheme) -> Assessment:
    """The grade of somebody whose cases were counted; an indicator that is not there has none."""
    marks = tuple(
        Mark(indicator=one, tally=tallies.get(one.name, NONE), weight=weight, least=scheme.least[one.name])
        for one, weight in _weighed(scheme.weights[subject])
    )
    found = Assessment(marks=marks, enough_percent=scheme.enough_percent, bad_percent=scheme.bad_percent)
    if not found.counted:
        return found
    points = sum((mark.points * mark.counted for mark in marks), Fraction(0)) / found.counted
    grade = scheme.grade_of(points)
    bad_on_little = grade is Grade.UNQUALIFIED and found.whole_percent < scheme.bad_percent
    judged = WHOLE * found.counted >= scheme.enough_percent * found.weight and not bad_on_little
    return replace(found, points=points, grade=grade if judged else None)


def _weighed(weights: Mapping[str, int]) -> Iterator[tuple[Indicator, int]]:
    """Those with a weight, in the order of the table."""
    yield from ((one, weights[one.name]) for one in INDICATORS if weights.get(one.name))


def scheme_from(table: Mapping[str, Any]) -> Scheme:
    """As config/assessment.toml holds it. Raises SchemeError."""
    known = {"grades", "weights", "least", "enough_percent", "bad_percent"}
    if unknown := sorted(set(table) - known):
        raise SchemeError(f"assessment: unknown {', '.join(unknown)}; known: {', '.join(sorted(known))} · 未知字段")
    try:
        return Scheme(
            limits={Grade(name): value for name, value in table["grades"].items()},
            weights={Subject(name): dict(value) for name, value in table["weights"].items()},
            least=dict(table["least"]),
            enough_percent=table["enough_percent"],
            bad_percent=table["bad_percent"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise SchemeError(f"assessment: {error}; needs {', '.join(sorted(known))} · 缺少字段") from None
    except ValueError as error:
        raise error if isinstance(error, SchemeError) else SchemeError(f"assessment: {error}") from None


def _number(name: str, value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise SchemeError(f"{name}: a whole number from {least} to {most} · 须为 {least} 至 {most} 的整数")
    return value

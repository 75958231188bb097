"""Counts become grades: bounded, fair in every order, and one more good case never lowers one."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assessment.grades import Grade, Scheme, SchemeError, assess, scheme_from
from domain.assessment.indicators import BY_NAME, INDICATORS, NONE, Better, Subject, Tally

FILE = Path(__file__).resolve().parents[2] / "cloud/config/assessment.toml"
SCHEME = scheme_from(tomllib.loads(FILE.read_text(encoding="utf-8")))
RANK = {grade: number for number, grade in enumerate(reversed(Grade))}


def names_of(subject: Subject) -> list[str]:
    """Its indicators."""
    return [one.name for one in INDICATORS if subject in one.subjects]


tallies_some = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 9)).map(
    lambda told: Tally(hits=told[0], of=told[0] + told[1], spared=told[2])
)


@st.composite
def subjects(draw: st.DrawFn) -> tuple[Subject, dict[str, Tally], Scheme]:
    """Somebody's counts, under some scheme."""
    subject = draw(st.sampled_from(list(Subject)))
    names = names_of(subject)
    weights = draw(st.lists(st.integers(0, 50), min_size=len(names), max_size=len(names)).filter(any))
    least = {name: draw(st.integers(1, 15)) for name in BY_NAME}
    scheme = Scheme(
        limits=SCHEME.limits, weights={**SCHEME.weights, subject: dict(zip(names, weights, strict=True))}, least=least,
        enough_percent=draw(st.integers(1, 100)), bad_percent=draw(st.integers(1, 100)),
    )  # fmt: skip
    return subject, {name: draw(tallies_some) for name in names}, scheme


@given(subjects(), st.data())
def test_a_good_case_more_never_lowers(told: tuple[Subject, dict[str, Tally], Scheme], data: st.DataObject) -> None:
    """Nor does a bad one ever raise: not at the least number of cases either, and not where there was none."""
    subject, tallies, scheme = told
    name = data.draw(st.sampled_from(sorted(tallies)))
    is_more = BY_NAME[name].better is Better.MORE
    before = assess(subject, tallies, scheme)
    good = assess(subject, {**tallies, name: tallies[name] + Tally(hits=int(is_more), of=1)}, scheme)
    bad = assess(subject, {**tallies, name: tallies[name] + Tally(hits=int(not is_more), of=1)}, scheme)

    if before.points is not None and good.points is not None and bad.points is not None:
        assert bad.points <= before.points <= good.points
    if before.grade is not None and good.grade is not None and bad.grade is not None:
        assert RANK[bad.grade] <= RANK[before.grade] <= RANK[good.grade]
    assert before.grade is None or good.grade is not None  # who was judged is judged


@given(subjects())
def test_points_are_bounded_and_their_losses_add_up(told: tuple[Subject, dict[str, Tally], Scheme]) -> None:
    """From 0 to 100, and what each indicator cost explains every point that is missing."""
    found = assess(*told)

    assert found.weight == sum(mark.weight for mark in found.marks) > 0
    assert 0 <= found.counted <= found.weight
    if found.points is None:
        assert found.grade is None
        assert found.counted == 0
        return
    assert 0 <= found.points <= 100
    assert found.points + sum((found.lost(mark) for mark in found.marks), Fraction(0)) == 100
    little = 100 * found.counted < told[2].enough_percent * found.weight
    bad = told[2].grade_of(found.points) is Grade.UNQUALIFIED and found.whole_percent < told[2].bad_percent
    assert (found.grade is None) == (little or bad)


@given(st.lists(st.tuples(st.sampled_from(names_of(Subject.PERSON)), st.booleans())), st.randoms())
def test_the_order_of_cases_does_not_matter(cases: list[tuple[str, bool]], random: Any) -> None:
    """Counted one by one, in any order."""

    def count() -> dict[str, Tally]:
        found: dict[str, Tally] = {}
        for name, hit in cases:
            found[name] = found.get(name, NONE) + Tally(hits=int(hit), of=1)
        return found

    first = assess(Subject.PERSON, count(), SCHEME)
    random.shuffle(cases)
    assert assess(Subject.PERSON, count(), SCHEME) == first


@given(subjects(), st.integers(2, 5))
def test_only_the_ratio_of_weights_counts(told: tuple[Subject, dict[str, Tally], Scheme], times: int) -> None:
    """A scheme may sum to 100 or to anything else."""
    subject, tallies, scheme = told
    weights = {name: weight * times for name, weight in scheme.weights[subject].items()}
    more = Scheme(
        limits=scheme.limits, weights={**scheme.weights, subject: weights}, least=scheme.least,
        enough_percent=scheme.enough_percent, bad_percent=scheme.bad_percent,
    )  # fmt: skip
    before, after = assess(subject, tallies, scheme), assess(subject, tallies, more)
    assert (before.points, before.grade, before.counted_percent) == (after.points, after.grade, after.counted_percent)


def test_our_weights_sum_to_a_hundred() -> None:
    """So that people can read them as points."""
    assert {sum(weights.values()) for weights in SCHEME.weights.values()} == {100}


def test_nobody_without_work_has_a_bad_grade() -> None:
    """And what is left out because it is nobody's fault is no case."""
    nothing = assess(Subject.PERSON, {}, SCHEME)
    spared = assess(Subject.PERSON, {"handled_in_time": Tally(spared=50)}, SCHEME)
    one_late = assess(Subject.PERSON, {"handled_in_time": Tally(of=1)}, SCHEME)

    assert (nothing.grade, nothing.points, nothing.counted_percent) == (None, None, 0)
    assert (spared.grade, spared.points) == (None, None)
    assert (one_late.grade, one_late.counted_percent) == (None, 2)


def test_nobody_is_bad_on_a_few_cases() -> None:
    """Late ones in each of five indicators are many, and yet too few of each; a good grade needs no more."""
    names = ("accepted_in_time", "handled_in_time", "completed", "satisfied", "accuracy")
    few = assess(Subject.PERSON, {name: Tally(of=SCHEME.least[name] - 1) for name in names}, SCHEME)
    enough = assess(Subject.PERSON, {name: Tally(of=SCHEME.least[name]) for name in names}, SCHEME)
    good = assess(Subject.PERSON, {n: Tally(hits=SCHEME.least[n] - 1, of=SCHEME.least[n] - 1) for n in names}, SCHEME)
    assert (few.grade, few.whole_percent, enough.grade) == (None, 0, Grade.UNQUALIFIED)
    assert good.grade is Grade.EXCELLENT


@pytest.mark.parametrize(
    ("late", "grade"),
    [
        (0, Grade.EXCELLENT), (20, Grade.EXCELLENT), (21, Grade.GOOD), (40, Grade.GOOD), (80, Grade.QUALIFIED),
        (81, Grade.UNQUALIFIED),
    ],
)  # fmt: skip
def test_a_limit_belongs_to_the_better_grade(late: int, grade: Grade) -> None:
    """Of 200 cases in each of two indicators; fewer points by half a point each two."""
    tally = Tally(hits=200 - late, of=200)
    names = ("accepted_in_time", "handled_in_time", "completed")
    assert assess(Subject.PERSON, dict.fromkeys(names, tally), SCHEME).grade is grade


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"grades": {"excellent": 80, "good": 80, "qualified": 60}}, "above good"),
        ({"grades": {"excellent": 90, "good": 80, "qualified": 0}}, "grades.qualified"),
        ({"grades": {"excellent": 90, "good": 80, "qualified": 60, "best": 99}}, "best"),
        ({"enough_percent": True}, "enough_percent"),
        ({"least": {"accuracy": 10}}, "least: names must be"),
        ({"weights": {"person": {}}}, "weights.person: names"),
        ({"weights": None}, "needs bad_percent"),
        ({"bonus": 1}, "unknown bonus"),
    ],
    ids=lambda told: str(told)[:30],
)
def test_a_scheme_with_a_mistake_names_it(changes: dict[str, Any], text: str) -> None:
    """The centre does not start with numbers that mean something else."""
    table = {**tomllib.loads(FILE.read_text(encoding="utf-8")), **changes}
    with pytest.raises(SchemeError, match=text):
        scheme_from(table)


def test_weights_are_checked() -> None:
    """All 0 judges nothing, below 0 turns it round."""
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for value in (0, -1):
        person = dict.fromkeys(table["weights"]["person"], value)
        with pytest.raises(SchemeError, match=r"weights\.person"):
            scheme_from({**table, "weights": {**table["weights"], "person": person}})


@pytest.mark.parametrize("told", [(2, 1, 0), (-1, 0, 0), (0, 0, -1)], ids=str)
def test_a_tally_is_a_count(told: tuple[int, int, int]) -> None:
    """Never more hits than cases."""
    hits, of, spared = told
    with pytest.raises(ValueError, match="not a count"):
        Tally(hits=hits, of=of, spared=spared)

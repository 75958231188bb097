"""Results as a table: sorted, a page at a time, as lines of a file. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cloud.console.words import Words
from cloud.review.assessing.views import Result
from domain.assessment.grades import Grade, Mark
from domain.assessment.indicators import INDICATORS, Better, Tally

PAGE = 50
PRINTED = 1000  # rows at most on one page where somebody asks for all, to print them
SIGNS = {Grade.EXCELLENT: "◎", Grade.GOOD: "○", Grade.QUALIFIED: "△", Grade.UNQUALIFIED: "✕", None: "–"}
AREA, NAME, POINTS = "area", "name", "points"  # what a table is sorted by beside its indicators; it comes by area
FEWER = frozenset(one.name for one in INDICATORS if one.better is Better.LESS)
TOO_LITTLE = "none"  # as a filter: those without a grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One page of results under one heading."""

    name: str
    rows: tuple[Result, ...]
    names: tuple[str, ...]  # of indicators, in the order of the columns
    grades: tuple[tuple[str, int], ...]  # how many have which grade
    sort: str
    page: int = 1
    pages: int = 1
    count: int = 0


def table(
    name: str, results: Sequence[Result], sort: str, grade: str = "", page: int = 1, size: int = PAGE
) -> Table:  # fmt: skip
    """The page asked for; what makes no sense is the first one, by area."""
    names = tuple(mark.indicator.name for mark in results[0].found.marks) if results else ()
    sort = sort if sort in (NAME, POINTS, *names) else AREA
    chosen = [one for one in results if not grade or (one.found.grade or TOO_LITTLE) == grade]
    rows = chosen if sort == AREA else sorted(chosen, key=lambda one: _key(one, sort))
    pages = max(1, -(-len(rows) // size))
    page = min(page, pages)
    return Table(
        name=name, rows=tuple(rows[(page - 1) * size : page * size]), names=names, grades=_grades(results), sort=sort,
        page=page, pages=pages, count=len(rows),
    )  # fmt: skip


def _key(one: Result, sort: str) -> tuple[bool, float | bytes]:
    """The worst first: that is what one looks for; those without any cases last. Chinese names as they are spoken."""
    if sort == NAME:
        return (False, one.name.encode("gb18030"))  # its first characters stand in the order of pinyin
    if sort == POINTS:
        return (one.found.grade is None, float(one.found.points or 0))
    mark = mark_of(one, sort)
    return (not mark.tally.of, float(mark.points))


def mark_of(one: Result, name: str) -> Mark:
    """One of its indicators."""
    return next(mark for mark in one.found.marks if mark.indicator.name == name)


def _grades(results: Iterable[Result]) -> tuple[tuple[str, int], ...]:
    told = [str(one.found.grade or TOO_LITTLE) for one in results]
    return tuple((name, told.count(name)) for name in (*map(str, Grade), TOO_LITTLE))


def tenth(points: object) -> str:
    """Points with one digit, never rounded up: 89.96 is not 90."""
    return f"{int(float(points) * 10 + 1e-9) / 10:.1f}"  # type: ignore[arg-type]


def said(words: Words, one: Result) -> list[str]:
    """How the grade came about, sentence by sentence."""
    found = one.found
    if found.points is None:
        return [words.t("assess.said.nothing")]
    points = tenth(found.points)
    if found.grade is None and found.counted_percent >= found.enough_percent:
        told = [words.t("assess.said.not_bad", whole=found.whole_percent, bad=found.bad_percent)]
    elif found.grade is None:
        values = {"counted": found.counted_percent, "enough": found.enough_percent, "points": points}
        told = [words.t("assess.said.too_little", **values)]
    else:
        told = [words.t("assess.said.grade", points=points, grade=words.t(f"assess.grade.{found.grade}"))]
    costly = sorted((mark for mark in found.marks if found.lost(mark)), key=lambda mark: -found.lost(mark))
    if costly:
        parts = (f"{words.t(ind(mark))} −{tenth(found.lost(mark))}" for mark in costly[:3])
        told.append(words.t("assess.said.lost", what=words.t("list.sep").join(parts)))
    told += [words.t("assess.said.silent")] if one.silent else []
    told += [words.t("assess.said.none", what=words.t(ind(mark))) for mark in found.marks if not mark.tally.of]
    told += [
        words.t("assess.said.part", what=words.t(ind(mark)), n=mark.tally.of, least=mark.least)
        for mark in found.marks
        if 0 < mark.tally.of < mark.least
    ]
    return told


def ind(mark: Mark) -> str:
    """Key of the word of an indicator."""
    return f"assess.ind.{mark.indicator.name}"


def heading(words: Words, names: Sequence[str]) -> list[str]:
    """Of a file."""
    columns = ["id", "name", "where", "what", "grade", "points", "counted"]
    told = [words.t(f"assess.column.{name}") for name in columns]
    parts = [words.t(f"assess.part.{part}") for part in ("hits", "of", "spared")]
    return told + [f"{words.t(f'assess.ind.{name}')} {part}" for name in names for part in parts]


def names_of(results: Iterable[Result]) -> list[str]:
    """Every indicator that any of them has: departments and tiers have others."""
    found = {mark.indicator.name for one in results for mark in one.found.marks}
    return [one.name for one in INDICATORS if one.name in found]


def lines(words: Words, results: Iterable[Result], names: Sequence[str]) -> Iterator[list[str]]:
    """Each result, as counted; a file is for reckoning, so nothing is left out for being few."""
    for one in results:
        found = one.found
        grade = words.t(f"assess.grade.{found.grade or TOO_LITTLE}")
        points = "" if found.points is None else tenth(found.points)
        tallies = {mark.indicator.name: mark.tally for mark in found.marks}
        numbers = [cell for name in names for cell in _cells(tallies.get(name))]
        yield [one.id, one.name, one.area_name, level(words, one), grade, points, f"{found.counted_percent}%", *numbers]


def _cells(tally: Tally | None) -> tuple[str, str, str]:
    return ("", "", "") if tally is None else (str(tally.hits), str(tally.of), str(tally.spared))


def level(words: Words, one: Result) -> str:
    """Role of a person, level of an area."""
    group = "role" if one.subject == "person" else "tier"
    return "" if one.level == "department" else words.code(group, one.level)

"""The rows of one list as a table: searched, in pages, each with what is wrong with it and whether it was changed."""

from __future__ import annotations

from dataclasses import dataclass

from cloud.console.planning.bench import Bench
from cloud.console.planning.fields import Part, Row
from cloud.plans.matching import text_of

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row as people see it."""

    number: int  # its place in the list
    cells: tuple[str, ...]
    changed: bool
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()
    person: str = ""  # of a line of shifts
    may: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One page of a list."""

    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    page: int
    pages: int
    count: int  # rows that fit the search
    total: int  # rows that are shown at all
    gone: int = 0  # people who have left, where they are not listed
    unseen: int = 0  # people of other areas


def page_of(row: int) -> int:
    """On which page a row stands."""
    return row // PAGE + 1


def table(bench: Bench, part: Part, asked: str, page: int) -> Table:
    """A page of the rows that fit what is asked."""
    every = list(enumerate(part.rows(bench.document)))
    rows = seen = [(number, row) for number, row in every if bench.sees(part, row)]
    fields = [field for field in part.fields if field.column]
    wanted = asked.strip().lower()
    if wanted:
        rows = [(number, row) for number, row in rows if wanted in _text(bench, part, row)]
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(page, 1), pages)
    changed = {text_of(change.new) for change in bench.changes if change.part == part.name and change.new}
    shown = rows[(page - 1) * PAGE : page * PAGE]
    lines = tuple(
        Line(
            number=number,
            cells=tuple(bench.wording.cell(field, row) for field in fields),
            changed=text_of(row) in changed,
            faults=tuple(f.text for f in bench.faults if f.part == part.name and f.row == number),
            notes=notes(bench, part, row),
        )
        for number, row in shown
    )
    heads = tuple(bench.wording.label(part, field) for field in fields)
    return Table(
        heads=heads,
        lines=lines,
        page=page,
        pages=pages,
        count=len(rows),
        total=len(seen),
        unseen=len(every) - len(seen),
    )


def _text(bench: Bench, part: Part, row: Row) -> str:
    """What a search looks through."""
    said = (bench.wording.cell(field, row, 99) for field in part.fields if field.kind != "boundary")
    return f"{' '.join(said)} {row.get('id', '')}".lower()


def notes(bench: Bench, part: Part, row: Row) -> tuple[str, ...]:
    """What else to know of a row: who uses a chain, which rule comes before this one."""
    t = bench.wording.words.t
    if part.name == "chains":
        used = sum(rule.get("chain") == row.get("id") for rule in bench.document.get("placements") or ())
        return (t("plan.chain.used", n=used) if used else t("plan.chain.unused"),)
    if part.name == "placements":
        return tuple(_before(bench, row))
    return ()


def _before(bench: Bench, row: Row) -> list[str]:
    """Closer rules that take cases from this one."""
    rules = bench.document.get("placements") or ()
    title = bench.wording.title
    part = next(part for part in bench.parts if part.name == "placements")
    return [bench.wording.words.t("plan.rule.before", rule=title(part, rule)) for rule in rules if closer(rule, row)]


def closer(rule: Row, other: Row) -> bool:
    """True where a rule takes some cases from another: it names the matter, or an area, which the other does not."""
    if rule is other or not _common(rule, other, "kind") or not _common(rule, other, "severity"):
        return False
    matters, others = rule.get("matters") or [], other.get("matters") or []
    if others and not _common(rule, other, "matters"):
        return False
    if bool(matters) != bool(others):
        return bool(matters) and (not other.get("areas") or not rule.get("areas") or _common(rule, other, "areas"))
    return bool(rule.get("areas")) and not other.get("areas")


def _common(one: Row, other: Row, name: str) -> bool:
    return bool(set(one.get(name) or ()) & set(other.get(name) or ()))

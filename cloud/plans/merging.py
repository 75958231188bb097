"""Two people changed one section: what each did, row by row, and one's changes upon the other's. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cloud.plan.sections import Document
from cloud.plans.matching import Row, key_of, pairs, text_of

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row, or one value of the document itself (`key` empty), that somebody changed."""

    part: str  # name of the list or value
    key: str
    old: Any
    new: Any
    clash: bool = False  # the other one changed the same

    @property
    def what(self) -> str:
        """added, removed, changed."""
        return "added" if self.old is None else "removed" if self.new is None else "changed"

    @property
    def name(self) -> str:
        """For a form: the same for the same change."""
        return f"{self.part}:{self.key or '-'}:{self.what}"


def is_list(value: Any) -> bool:
    """True for a list of rows."""
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def changes(old: Document, new: Document) -> tuple[Change, ...]:
    """Every row and value that was added, removed or changed."""
    return tuple(_changes(old, new))


def _changes(old: Document, new: Document) -> Iterator[Change]:
    for part in dict.fromkeys([*old, *new]):
        before, after = old.get(part), new.get(part)
        if before == after:
            continue
        if is_list(before or []) and is_list(after or []):
            for pair in pairs(before or [], after or []):
                if pair.old != pair.new:
                    yield Change(part=part, key=pair.key, old=pair.old, new=pair.new)
        else:
            yield Change(part=part, key="", old=before, new=after)


def against(base: Document, mine: Document, theirs: Document) -> tuple[Change, ...]:
    """My changes, each marked where it clashes with what they did."""
    found = []
    for change in changes(base, mine):
        same = (base.get(change.part), mine.get(change.part), theirs.get(change.part))
        clash = _clashes_row(change, *same) if change.key else same[2] not in (change.old, change.new)
        found.append(Change(part=change.part, key=change.key, old=change.old, new=change.new, clash=clash))
    return tuple(found)


def _clashes_row(change: Change, base: Any, mine: Any, theirs: Any) -> bool:
    rows = theirs or []
    key = key_of(base or [], mine or [], rows)
    if key is None:
        return change.old is not None and change.old not in rows
    there = next((row for row in rows if row[key] == change.key), None)
    return there not in (change.old, change.new)


def rebased(base: Document, mine: Document, theirs: Document, picks: Mapping[str, str]) -> Document:
    """Their document with those of my changes that were picked; what clashes and is not picked stays theirs."""
    found = dict(theirs)
    for change in against(base, mine, theirs):
        if picks.get(change.name, THEIRS if change.clash else MINE) != MINE:
            continue
        if not change.key:
            _set(found, change.part, change.new)
            continue
        key = key_of(base.get(change.part) or [], mine.get(change.part) or [], theirs.get(change.part) or [])
        found[change.part] = _with(list(found.get(change.part) or []), change, key)
    return found


def _set(document: Document, part: str, value: Any) -> None:
    if value is None:
        document.pop(part, None)
    else:
        document[part] = value


def _with(rows: list[Row], change: Change, key: str | None) -> list[Row]:
    """The rows with one change."""

    def is_it(row: Row) -> bool:
        if key is not None:
            return bool(row[key] == change.key)
        return change.old is not None and text_of(row) == text_of(change.old)

    place = next((number for number, row in enumerate(rows) if is_it(row)), None)
    if change.new is None:
        return rows if place is None else rows[:place] + rows[place + 1 :]
    if place is None:
        return [*rows, change.new]
    return [*rows[:place], change.new, *rows[place + 1 :]]

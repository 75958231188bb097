"""Changes of a section in words: which row, which field, from what to what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cloud.console.planning.fields import Field, Part, get
from cloud.console.planning.parts import SECTION_PARTS, part_of
from cloud.console.planning.shown import Wording
from cloud.plans.merging import Change

SHOWN_MAX = 200  # rows; a whole new district is not read line by line


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One field: what it was, what it is."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldChange:
    """One row that was added, removed or changed."""

    change: Change
    list: str  # what the list is called
    title: str
    turns: tuple[Turn, ...]

    @property
    def name(self) -> str:
        """For a form."""
        return self.change.name


def told(changes: Iterable[Change], section: str, say: Wording) -> tuple[ToldChange, ...]:
    """Each of them, as far as anybody reads."""
    return tuple(_told(change, section, say) for change in list(changes)[:SHOWN_MAX])


def _told(change: Change, section: str, say: Wording) -> ToldChange:
    part = part_of(section, change.part)
    name = say.words.all.get(f"plan.p.{change.part}", change.part)
    if part is None or not change.key:
        return ToldChange(change=change, list=name, title="", turns=tuple(_values(change, section, say)))
    part = part.for_levels(say.choices.levels)
    turns = _turns(part, change.old or {}, change.new or {}, say) if change.what != "removed" else ()
    return ToldChange(change=change, list=name, title=say.title(part, change.new or change.old), turns=tuple(turns))


def _values(change: Change, section: str, say: Wording) -> Iterable[Turn]:
    """What of the document itself is other: fields of its single part below this name."""
    old, new = {change.part: change.old}, {change.part: change.new}
    for part in SECTION_PARTS[section]:
        if part.single:
            mine = tuple(f for f in part.for_levels(say.choices.levels).fields if f.name.split(".")[0] == change.part)
            if mine:
                yield from _each(part, mine, old, new, say)
                return
    yield Turn(label=change.part, old=_raw(change.old), new=_raw(change.new))


def _turns(part: Part, old: dict[str, Any], new: dict[str, Any], say: Wording) -> Iterable[Turn]:
    yield from _each(part, part.fields, old, new, say)
    known = {field.name.split(".")[0] for field in part.fields}
    for name in dict.fromkeys([*old, *new]):
        if name not in known and old.get(name) != new.get(name):
            yield Turn(label=name, old=_raw(old.get(name)), new=_raw(new.get(name)))


def _each(
    part: Part, fields: Iterable[Field], old: dict[str, Any], new: dict[str, Any], say: Wording
) -> Iterable[Turn]:
    for field in fields:
        before, after = get(old, field.name), get(new, field.name)
        if before != after:
            label = say.label(part, field)
            if ":" in field.group:
                label = f"{say.group(field.group)} {label}"
            yield Turn(label=label, old=say.value(field, before), new=say.value(field, after))


def _raw(value: Any) -> str:
    return "" if value is None else str(value)[:80]

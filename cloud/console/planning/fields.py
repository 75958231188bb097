"""What the editor knows of a section: its lists, and the fields of a row. Data; the pages are drawn from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

Row = dict[str, Any]
LEVEL = "{level}"  # in the name of a field: one such field for every level of the tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a row. `name` may lead into it (scheme.name); `kind` is a widget, `source` where choices come from.

    `default`: what a field means that is not written. Its label is `plan.f.<part>.<name>`, unless `label` says another.
    """

    name: str
    kind: str = "text"
    required: bool = False
    source: str = ""
    least: float | None = None
    most: float | None = None
    default: Any = None
    label: str = ""
    group: str = ""  # fields of one group stand in one frame; `tier:<level>` is worded by itself
    column: bool = False  # shown in the table of rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One list of a section, or, where `single`, the values of the document itself."""

    name: str
    section: str
    fields: tuple[Field, ...]
    single: bool = False
    key: str = ""  # the field that names a row; unique
    title: tuple[str, ...] = ()  # fields that name a row for people

    def field(self, name: str) -> Field | None:
        """One of its fields."""
        return next((field for field in self.fields if field.name == name), None)

    def for_levels(self, levels: tuple[str, ...]) -> Part:
        """With one field for each level where there is one per level."""
        return replace(self, fields=tuple(_each(self.fields, levels)))

    def rows(self, document: Mapping[str, Any]) -> list[Row]:
        """Its rows in a document; the document itself where it is single."""
        return [dict(document)] if self.single else list(document.get(self.name) or ())

    def put(self, document: Mapping[str, Any], rows: list[Row]) -> Row:
        """The document with these rows in place of its own."""
        return rows[0] if self.single else {**document, self.name: rows}


def _each(fields: tuple[Field, ...], levels: tuple[str, ...]) -> Iterator[Field]:
    for field in fields:
        if LEVEL not in field.name:
            yield field
            continue
        for level in levels:
            name, group = (text.replace(LEVEL, level) for text in (field.name, field.group))
            yield replace(field, name=name, group=group, label=field.label or f"tier.{level}")


def get(row: Mapping[str, Any], name: str) -> Any:
    """What stands at a path; None where nothing does."""
    found: Any = row
    for step in name.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def put(row: Mapping[str, Any], name: str, value: Any) -> Row:
    """The row with another value at a path; None takes it away, with what it leaves empty. Other fields stay."""
    first, dot, rest = name.partition(".")
    found = dict(row)
    if dot:
        inner = found.get(first)
        value = put(inner if isinstance(inner, Mapping) else {}, rest, value) or None
    if value is None:
        found.pop(first, None)
    else:
        found[first] = value
    return found

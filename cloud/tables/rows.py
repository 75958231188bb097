"""Rows of a file to rows of a document, and into the document there is. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cloud.tables.cells import Known
from cloud.tables.faults import CellError, Faults
from cloud.tables.sheets import Sheet
from cloud.tables.specs import Column, Spec

NOTES = ("备注", "说明", "note", "notes", "remark", "#")  # columns that people keep for themselves
HEADING_ROW = 1
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")  # no spreadsheet and no database wants them
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a file says: values by key, columns that it has, contacts by person; None erases."""

    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    contacts: Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What an import does, by key."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    same: int

    @property
    def empty(self) -> bool:
        """True where nothing would change."""
        return not (self.added or self.changed or self.removed)


def take(spec: Spec, sheet: Sheet, known: Known, faults: Faults) -> Taken:
    """Read every cell; what cannot be read is collected, none is guessed."""
    columns = _columns(spec, sheet.heading, faults)
    rows: list[Row] = []
    contacts: dict[str, dict[str, str | None]] = {}
    first: dict[str, int] = {}
    for number, texts in sheet.rows:
        values = _row(number, texts, columns, known, faults)
        key = values.get(spec.key)
        if key is None:
            continue
        if not spec.repeats and first.setdefault(key, number) != number:
            error = CellError(f"与第 {first[key]} 行重复", f"the same as in row {first[key]}")
            faults.add(number, spec.columns[0].zh, key, error)
            continue
        contacts[key] = {c.field: values.pop(c.field) for c in columns.values() if c.contact and c.field in values}
        rows.append(values)
    present = tuple(column for column in columns.values() if not column.contact)
    return Taken(rows=tuple(rows), columns=present, contacts={who: kinds for who, kinds in contacts.items() if kinds})


def _columns(spec: Spec, heading: Iterable[str], faults: Faults) -> dict[int, Column]:
    found: dict[int, Column] = {}
    for place, text in enumerate(heading):
        column = spec.heading_of(text)
        if column is None and text and not text.lower().startswith(NOTES):
            known = "、".join(c.zh for c in spec.columns)
            faults.add(
                HEADING_ROW, text, "", CellError(f"没有这一列；可用的列：{known}", f"unknown column; known: {known}")
            )
        elif column is not None and column in found.values():
            faults.add(HEADING_ROW, text, "", CellError("这一列出现了两次", "this column is there twice"))
        elif column is not None:
            found[place] = column
    for column in spec.columns:
        if column.required and column not in found.values():
            faults.add(HEADING_ROW, column.zh, "", CellError("缺少这一列", f"the column {column.field} is missing"))
    return found


def _row(number: int, texts: tuple[str, ...], columns: Mapping[int, Column], known: Known, faults: Faults) -> Row:
    values: Row = {}
    for place, column in columns.items():
        text = texts[place] if place < len(texts) else ""
        if CONTROL.search(text):
            faults.add(number, column.zh, text, CellError("含有看不见的控制字符", "has control characters"))
            continue
        if not text and column.required:
            faults.add(number, column.zh, text, CellError("不能为空", "must not be empty"))
            continue
        try:
            values[column.field] = column.read(text, known) if text else None
        except CellError as error:
            faults.add(number, column.zh, text, error)
    _into_point(number, values, faults)
    return values


def _into_point(number: int, values: Row, faults: Faults) -> None:
    """Longitude and latitude are one field of the document."""
    if "lon" not in values and "lat" not in values:
        return
    lon, lat = values.pop("lon", None), values.pop("lat", None)
    if (lon is None) != (lat is None):
        faults.add(number, "经度/纬度", "", CellError("经度和纬度要一起填写", "longitude and latitude go together"))
    values["point"] = None if lon is None or lat is None else [lon, lat]


def merge(spec: Spec, document: Row, taken: Taken, *, replace: bool) -> tuple[Row, Difference]:
    """The document with the rows of the file. `replace`: the file is the whole list."""
    there: list[Row] = list(document.get(spec.rows, ()))
    if spec.repeats:
        rows, difference = _by_group(spec, there, taken, replace=replace)
    else:
        rows, difference = _by_id(spec, there, taken, replace=replace)
    return {**document, spec.rows: rows}, difference


def _by_id(spec: Spec, there: list[Row], taken: Taken, *, replace: bool) -> tuple[list[Row], Difference]:
    told = {row["id"]: row for row in taken.rows}
    old = {row["id"]: row for row in there}
    found: list[Row] = []
    changed: list[str] = []
    removed: list[str] = []
    for row in there:
        new = _over(row, told[row["id"]]) if row["id"] in told else _gone(spec, row) if replace else row
        if new != row:
            (changed if row["id"] in told else removed).append(row["id"])
        if new is not None:
            found.append(new)
    added = [key for key in told if key not in old]
    found += [_over({}, told[key]) for key in added]
    same = len(there) - len(changed) - len(removed)
    return found, Difference(added=tuple(added), changed=tuple(changed), removed=tuple(removed), same=same)


def _gone(spec: Spec, row: Row) -> Row | None:
    """Who is no longer in the list of people has left: the log still needs the name."""
    return {**row, "active": False} if spec.name == "people" else None


def _over(row: Row, told: Row) -> Row:
    """The columns of the file take the place of what was there; an empty cell means none."""
    return {name: value for name, value in {**row, **told}.items() if value not in (None, [])}


def _by_group(spec: Spec, there: list[Row], taken: Taken, *, replace: bool) -> tuple[list[Row], Difference]:
    new = _groups(spec, (_over({}, row) for row in taken.rows))
    old = _groups(spec, there)
    left = {} if replace else {key: rows for key, rows in old.items() if key not in new}
    changed = tuple(key for key in new if key in old and new[key] != old[key])
    difference = Difference(
        added=tuple(key for key in new if key not in old),
        changed=changed,
        removed=tuple(key for key in old if key not in new and key not in left),
        same=len(left) + sum(key in old and key not in changed for key in new),
    )
    return [row for rows in ({**left, **new}).values() for row in rows], difference


def _groups(spec: Spec, rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[spec.key], []).append(row)
    return found


def give(spec: Spec, document: Row, contacts: Mapping[str, Mapping[str, str]] | None) -> list[list[str]]:
    """The rows of a document as cells, heading first; contacts only where they are given."""
    columns = [column for column in spec.columns if not column.contact or contacts is not None]
    lines = [[column.zh for column in columns]]
    for row in document.get(spec.rows, ()):
        personal = (contacts or {}).get(row.get("id", ""), {})
        lon, lat = row.get("point") or (None, None)
        values = {**row, "lon": lon, "lat": lat, **personal}
        lines.append([column.write(values.get(column.field)) for column in columns])
    return lines

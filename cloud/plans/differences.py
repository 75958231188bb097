"""What differs between two documents, row by row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cloud.plan.sections import Document
from cloud.plans.matching import pairs
from domain.geo import ShapeError, area_m2, read_shape

TEXT_MAX = 300  # of a value that is shown
SHOWN_MAX = 500  # rows; a whole new district is not read line by line


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One row. `fields`: name -> [before, after], of what changed; a boundary is told by its square metres."""

    where: str  # areas[chunfeng-1], people[lin-zhixia], levels
    what: str  # added, removed, changed
    fields: dict[str, list[Any]]


def differences(old: Document, new: Document) -> tuple[Difference, ...]:
    """Every row that was added, removed or changed, in the order of the documents."""
    return tuple(_each(old, new))


def _each(old: Document, new: Document) -> Iterator[Difference]:
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if _is_table(before) and _is_table(after):
            yield from _rows(name, before or [], after or [])
        else:
            yield Difference(where=name, what=_what(before, after), fields={"": [_shown(before), _shown(after)]})


def _is_table(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(row, dict) for row in value))


def _rows(name: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[Difference]:
    for pair in pairs(before, after):
        if pair.old != pair.new:
            fields = _fields(pair.old or {}, pair.new or {})
            yield Difference(where=f"{name}[{pair.key}]", what=_what(pair.old, pair.new), fields=fields)


def _fields(was: dict[str, Any], now: dict[str, Any]) -> dict[str, list[Any]]:
    names = [name for name in dict.fromkeys([*was, *now]) if was.get(name) != now.get(name)]
    return {name: [_shown(was.get(name), name), _shown(now.get(name), name)] for name in names}


def _what(before: Any, after: Any) -> str:
    return "added" if before is None else "removed" if after is None else "changed"


def _shown(value: Any, name: str = "") -> Any:
    if name == "boundary" and value is not None:
        try:
            return f"{area_m2(read_shape(value)):.1f} m²"
        except ShapeError:
            return "?"
    text = json.dumps(value, ensure_ascii=False)
    return value if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]}…"

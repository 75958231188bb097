"""Changing an area tree: a code that is taken away goes on answering, and is never given to another area."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.grids import AreaError, AreaTree, Former

FORMER_MAX = 10_000  # codes of a district that were taken away; a default, its whole division done anew many times


def with_former(old: AreaTree, table: Mapping[str, Any]) -> dict[str, Any]:
    """The new document with the codes that it takes away. Raises AreaError where one goes to another area."""
    new = tree_of({**table, "former": []})
    gone = {former.code: former for former in old.former}
    gone |= {area.code: Former(code=area.code, name=area.name, area=area.id, was=area.id) for area in old.areas}
    kept = []
    for former in gone.values():
        present = new.of_code(former.code)
        if present is None:
            row = {"code": former.code, "name": former.name, "area": _heir(old, new, former), "was": former.was}
            kept.append(row)
        elif present.id != former.was and not _another_id(old, new, former):
            raise AreaError(
                f"area {present.id}: code {former.code} was {former.name}'s; open incidents and gateways still say it, "
                "so give a new one · 该编码曾属于其他区域，请使用新编码"
            )
    if len(kept) > FORMER_MAX:
        raise AreaError(f"more than {FORMER_MAX} former codes; begin a new centre · 历史编码过多")
    rest = {key: value for key, value in table.items() if key != "former"}
    return {**rest, "former": kept} if kept else rest


def tree_of(table: Mapping[str, Any]) -> AreaTree:
    """The tree without its boundaries, which take the time. Raises AreaError."""
    rows = table.get("areas")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return AreaTree.from_table(table)  # says what is wrong
    bare = [{key: value for key, value in row.items() if key != "boundary"} for row in rows]
    return AreaTree.from_table({**table, "areas": bare})


def _another_id(old: AreaTree, new: AreaTree, former: Former) -> bool:
    """The same area goes on under another id: its code was never taken away."""
    area = old.get(former.was)
    return area is not None and area.code == former.code and not new.has(former.was)


def _heir(old: AreaTree, new: AreaTree, former: Former) -> str:
    """Who answers for a code that is taken away: its area, or the lowest above it that is still there."""
    for area_id in (former.was, *(area.id for area in old.chain(former.area))):
        if new.has(area_id):
            return area_id
    return next(area.id for area in new.areas if area.parent is None)

"""Changing an area tree: a code that is taken away goes on answering, and is never given to somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.grids import Area, AreaError, AreaTree, Former

FORMER_MAX = 10_000  # codes of a district that were given away; a default, its whole division done anew many times


def with_former(old: AreaTree, table: Mapping[str, Any]) -> dict[str, Any]:
    """The new document with the codes that it gives away. Raises AreaError where one goes to another area."""
    new = AreaTree.from_table({**table, "former": []})
    gone = {former.code: former for former in old.former}
    gone |= {area.code: Former(code=area.code, name=area.name, area=area.id) for area in old.areas}
    kept = []
    for code, former in gone.items():
        present = new.of_code(code)
        if present is None:
            kept.append(_row(former, _heir(old, new, former)))
        elif present.id != former.area and not _same(old, new, former, present):
            raise AreaError(
                f"area {present.id}: code {code} was {former.name}'s; open incidents and gateways still say it, "
                "so give a new one · 该编码曾属于其他区域,请使用新编码"
            )
    if len(kept) > FORMER_MAX:
        raise AreaError(f"more than {FORMER_MAX} former codes; begin a new centre · 历史编码过多")
    return {**{key: value for key, value in table.items() if key != "former"}, **({"former": kept} if kept else {})}


def _same(old: AreaTree, new: AreaTree, former: Former, present: Area) -> bool:
    """A former code may go back to whoever answers for it, and an area may get another id with its old code."""
    return not new.has(former.area) or old.of_code(former.code) == old.get(present.id)


def _heir(old: AreaTree, new: AreaTree, former: Former) -> str:
    """Who answers for a code that is given away: its area, or the lowest above it that is still there."""
    chain = old.chain(former.area) if old.has(former.area) else ()
    for area in chain:
        if new.has(area.id):
            return area.id
    return next(area.id for area in new.areas if area.parent is None)


def _row(former: Former, heir: str) -> dict[str, str]:
    return {"code": former.code, "name": former.name, "area": heir}

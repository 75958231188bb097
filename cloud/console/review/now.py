"""What a supervisor needs to know at once: what endangers lives, is supervised or overdue, who has it, what is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cloud.board.views import IncidentRow
from domain.grids import AreaTree

SHOWN = 8  # a short list, no second board
SUPERVISED = "supervised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The present, whatever period is chosen."""

    rows: tuple[IncidentRow, ...]  # the most urgent ones
    more: int  # as urgent, not shown


def now_of(rows: Iterable[IncidentRow], tree: AreaTree, at: str) -> Now:
    """From the open incidents of the board that somebody sees; `at` an area of his, or empty."""
    mine = (row for row in rows if row.parent_id is None and _urgent(row) and _within(tree, row, at))
    urgent = sorted(mine, key=_order)
    return Now(rows=tuple(urgent[:SHOWN]), more=max(0, len(urgent) - SHOWN))


def _within(tree: AreaTree, row: IncidentRow, at: str) -> bool:
    return not at or any(area.id == at for area in tree.locate(row.grid, row.site))


def _urgent(row: IncidentRow) -> bool:
    return row.life_safety or row.overdue or row.urge == SUPERVISED


def _order(row: IncidentRow) -> tuple[bool, bool, bool, int]:
    return not row.life_safety, row.urge != SUPERVISED, not row.overdue, row.deadline_ms or row.raised_at_ms

"""Which of what is open somebody is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from cloud.board.book import Line
from cloud.board.filters import Choice, Filter, choose
from cloud.board.views import IncidentRow
from cloud.plan import Plan

BOARD_MAX = 1000  # a screen shows twenty; in a storm the rest waits in its order

Sees = Callable[[str, str], bool]  # (grid, site)


def everything(_grid: str, _site: str) -> bool:
    """Sees all there is."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Rows of the board, and what was divided off."""

    rows: tuple[IncidentRow, ...]  # life safety first, then by deadline; the most urgent BOARD_MAX
    more: int
    choice: Choice


def chosen(lines: Mapping[str, Line], plan: Plan, sees: Sees, wish: Filter, now_ms: int) -> Chosen:
    """What somebody may see of these lines, as far as he wants to see it."""
    seen = cache(sees)
    chain = cache(lambda grid, site: frozenset(area.id for area in plan.areas.locate(grid, site)))
    choice = choose((one.light for one in lines.values() if seen(one.row.grid, one.row.site)), wish, chain, now_ms)
    wanted = [lines[one] for one in choice.kept]
    wanted.sort(key=lambda line: not line.row.life_safety)  # whatever else belongs to the family of one cuts off none
    kept = sorted(wanted[:BOARD_MAX], key=lambda line: line.rank)
    return Chosen(rows=tuple(line.row for line in kept), more=max(0, len(choice.kept) - BOARD_MAX), choice=choice)

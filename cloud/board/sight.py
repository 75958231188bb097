"""What of the board somebody may see: what stands in his areas."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from cloud.board.views import Board, GatewayRow, IncidentDetail
from cloud.store.engine import Store
from cloud.trust.door import Caller
from cloud.trust.places import StoredPlaces


def seen(board: Board, caller: Caller) -> Board:
    """The board as far as the caller's areas go."""
    sees = cache(caller.sees)
    return replace(
        board,
        open=tuple(row for row in board.open if sees(row.grid, row.site)),
        recently_closed=tuple(row for row in board.recently_closed if sees(row.grid, row.site)),
        gateways=seen_gateways(board.gateways, caller),
    )


def detail_of(store: Store, caller: Caller, detail: IncidentDetail) -> IncidentDetail:
    """An incident without those neighbours that stand elsewhere."""
    places = StoredPlaces(store).incidents(one.id for one in detail.neighbours)
    near = tuple(one for one in detail.neighbours if one.id in places and caller.sees(*places[one.id]))
    return replace(detail, neighbours=near)


def seen_gateways(rows: tuple[GatewayRow, ...], caller: Caller) -> tuple[GatewayRow, ...]:
    """The gateways of the caller's areas. A grid worker sees the one of his community: it carries his endpoints."""
    return tuple(row for row in rows if caller.reaches(row.site))

"""The list beside the map: the same content for who does not see it, or has no scripts."""

from __future__ import annotations

from dataclasses import dataclass

from cloud.desk import Desk
from cloud.maps.desk import Opened, Seen
from cloud.maps.features import WORST_FIRST
from cloud.maps.rows import EndpointState, OpenRow
from cloud.trust.door import Caller
from cloud.trust.rights import Action
from domain.grids import Area

INCIDENTS_SHOWN = 60
DEVICES_SHOWN = 40
NOT_WELL = ("offline", "unknown", "fault")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One area with something open in it."""

    area: Area
    open: int
    life: int
    worst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Everything of the list."""

    incidents: tuple[OpenRow, ...]
    incidents_all: int
    nowhere: int  # incidents that have no place on the map
    areas: tuple[Line, ...]
    devices: tuple[EndpointState, ...]  # that are not well
    devices_all: int
    states: tuple[tuple[str, int], ...]


def listed(desk: Desk, caller: Caller, opened: Opened) -> Side:
    """As far as the caller's areas go."""
    maps, tree = desk.maps, desk.plan.areas
    found, counts = opened.rows, opened.counts
    lowest = tree.levels[0]
    lines = [
        Line(area=area, open=counts[area.id]["open"], life=counts[area.id]["life"], worst=counts[area.id]["worst"])
        for area in tree.areas
        if area.id in counts and area.level == lowest
    ]
    lines.sort(key=lambda line: (-line.life, -line.open, line.area.code))
    may = caller.guard.may(caller.principal, Action.GATEWAY_READ)
    devices = [one for one, _ in maps.devices(Seen(sees=caller.sees, reaches=caller.reaches))] if may else []
    unwell = sorted((one for one in devices if one.state in NOT_WELL), key=lambda one: (one.state, one.device))
    states = ((state, sum(one.state == state for one in devices)) for state in WORST_FIRST)
    return Side(
        incidents=found[:INCIDENTS_SHOWN], incidents_all=len(found), nowhere=len(found) - len(opened.spots),
        areas=tuple(lines), devices=tuple(unwell[:DEVICES_SHOWN]), devices_all=len(unwell),
        states=tuple((state, count) for state, count in states if count),
    )  # fmt: skip

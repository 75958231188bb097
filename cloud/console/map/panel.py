"""What is said of one mark of the map: an area, an incident, a device, several devices in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cloud.desk import Desk
from cloud.maps.desk import Maps, Seen
from cloud.maps.frame import Frame, FrameError, read_box
from cloud.maps.rows import EndpointState, OpenRow
from cloud.maps.whereabouts import Spot
from cloud.trust.door import Caller
from cloud.trust.rights import Action
from domain.grids import Area

TOGETHER_DEG = 0.0001  # default: about 10 m, a stair of a building
LISTED = 30  # incidents or devices of one panel; their own pages have all


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """`kind`: area, incident, spot, device, here, or none for what is not there or not his."""

    kind: str
    key: str = ""
    areas: tuple[Area, ...] = ()  # lowest first
    incidents: tuple[OpenRow, ...] = ()
    more: int = 0
    devices: tuple[EndpointState, ...] = ()
    on_duty: tuple[str, ...] = ()
    exact: str = ""
    at: tuple[float, float] | None = None  # as drawn
    box: tuple[float, float, float, float] | None = None  # of an area, as drawn
    facility: str = ""
    count: dict[str, Any] = field(default_factory=dict)


NONE = Panel(kind="none")


class Panels:
    """Fills panels, each for who asks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def _maps(self) -> Maps:
        return self._desk.maps

    def of(self, caller: Caller, show: str) -> Panel:
        """`area:`, `incident:`, `spot:` (all at that incident), `device:`, `gateway:` and an ID, or `here:BOX`."""
        kind, _, key = show.partition(":")
        if kind == "area":
            return self._area(caller, key)
        if kind == "incident":
            return self._incident(caller, key)
        if kind == "spot":
            return self._spot(caller, key)
        if kind in ("device", "gateway"):
            return self._device(caller, key)
        return self._here(caller, key) if kind == "here" else NONE

    def _area(self, caller: Caller, key: str) -> Panel:
        tree = self._desk.plan.areas
        area = tree.get(key) or tree.of_code(key)
        if area is None:
            return NONE
        found = self._maps.open_rows(caller.sees)
        inside = [row for row in found if any(one.id == area.id for one in tree.locate(row.grid, row.site))]
        frame = Frame(datum=self._maps.datum)
        return Panel(
            kind="area", key=area.id, areas=tree.chain(area.id), incidents=tuple(inside[:LISTED]),
            more=max(0, len(inside) - LISTED), on_duty=self._on_duty(caller, area),
            box=self._maps.bounds([area.id], frame) if area.id in tree.shapes else None,
            count=self._maps.counts(inside).get(area.id, {}),
        )  # fmt: skip

    def _incident(self, caller: Caller, key: str) -> Panel:
        row = self._maps.incident(key)
        if row is None or not caller.sees(row.grid, row.site):
            return NONE
        spot = self._maps.spots([row]).get(row.id)
        return Panel(
            kind="incident", key=row.id, incidents=(row,), areas=self._desk.plan.areas.locate(row.grid, row.site),
            facility=self._desk.plan.facilities.told(row.device), **self._placed(spot),
        )  # fmt: skip

    def _spot(self, caller: Caller, key: str) -> Panel:
        one = self._incident(caller, key)
        rows = self._maps.open_rows(caller.sees)
        spots = self._maps.spots(rows)
        spot = spots.get(key)
        if spot is None:
            return one
        there = [row for row in rows if row.id in spots and _together(spots[row.id].at, spot.at)]
        return replace(one, kind="spot", incidents=tuple(there[:LISTED]), more=max(0, len(there) - LISTED))

    def _device(self, caller: Caller, key: str) -> Panel:
        caller.also(Action.GATEWAY_READ)
        pair = next((pair for pair in self._devices(caller) if pair[0].device == key), None)
        if pair is None:
            return NONE
        one, spot = pair
        item = self._desk.plan.facilities.of_device(one.device)
        tree = self._desk.plan.areas
        at_fault = tuple(row for row in self._maps.open_rows(caller.sees) if row.device == one.device)
        return Panel(
            kind="device", key=one.device, devices=(one,), incidents=at_fault[:LISTED],
            areas=tree.chain(item.area) if item else tree.locate(one.grid, one.site),
            facility=self._desk.plan.facilities.told(one.device), **self._placed(spot),
        )  # fmt: skip

    def _here(self, caller: Caller, key: str) -> Panel:
        caller.also(Action.GATEWAY_READ)
        try:
            frame = Frame(box=read_box(key), datum=self._maps.datum)
        except FrameError:
            return NONE
        found = [one for one, spot in self._devices(caller) if frame.holds(_rounded(frame.drawn(spot.at)))]
        found.sort(key=lambda one: (one.state == "online", one.device))
        return Panel(kind="here", key=key, devices=tuple(found[:LISTED]), more=max(0, len(found) - LISTED))

    def _devices(self, caller: Caller) -> Sequence[tuple[EndpointState, Spot]]:
        return self._maps.devices(Seen(sees=caller.sees, reaches=caller.reaches))

    def _placed(self, spot: Spot | None) -> dict[str, Any]:
        if spot is None:
            return {"exact": "nowhere"}
        return {"exact": spot.exact, "at": Frame(datum=self._maps.datum).drawn(spot.at)}

    def _on_duty(self, caller: Caller, area: Area) -> tuple[str, ...]:
        if not caller.guard.may(caller.principal, Action.PEOPLE_READ, area.code):
            return ()
        working = self._desk.plan.roster.working(area.id, self._desk.clock.now_ms())
        return tuple(one.person.name for one in working)


def _together(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """As near as that no zoom tells them apart."""
    return abs(one[0] - other[0]) <= TOGETHER_DEG and abs(one[1] - other[1]) <= TOGETHER_DEG


def _rounded(at: tuple[float, float]) -> tuple[float, float]:
    """As the features of the map are written; the box of a cluster is made of them."""
    return round(at[0], 6), round(at[1], 6)

"""Finds areas, buildings, devices and open incidents by a part of their name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from cloud.desk import Desk
from cloud.maps.frame import Frame, Lonlat
from cloud.maps.whereabouts import POINT, Spot
from cloud.trust.door import Caller
from cloud.trust.rights import Action

FOUND_MAX = 20
EACH_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One hit. `show` is what the panel opens; `at` where it is, as drawn."""

    kind: str  # area, incident, building, device
    name: str
    within: str
    show: str
    at: Lonlat | None


def found_by(desk: Desk, caller: Caller, text: str) -> tuple[Found, ...]:
    """The first hits of each kind; nothing for no text."""
    if not text:
        return ()
    finder = _Finder(desk, caller, text.casefold())
    kinds = (finder.incidents(), finder.areas(), finder.buildings(), finder.devices())
    return tuple(one for kind in kinds for one in islice(kind, EACH_MAX))[:FOUND_MAX]


class _Finder:
    def __init__(self, desk: Desk, caller: Caller, text: str) -> None:
        self._maps = desk.maps
        self._where = desk.maps.whereabouts
        self._caller = caller
        self._text = text
        self._frame = Frame(datum=desk.maps.datum)

    def _hit(self, *words: str) -> bool:
        return self._text in "\n".join(words).casefold()

    def _name(self, area_id: str) -> str:
        chain = self._where.read.areas.chain(area_id)
        return " · ".join(area.name for area in reversed(chain[:2]))

    def areas(self) -> Iterator[Found]:
        """By name or code."""
        tree = self._where.read.areas
        for area in tree.areas:
            if self._hit(area.name, area.code):
                spot = self._where.of_area(area.id) if area.id in tree.shapes else None
                above = tree.chain(area.id)[1:2]
                yield self._found("area", area.name, above[0].name if above else "", f"area:{area.id}", spot)

    def incidents(self) -> Iterator[Found]:
        """By place."""
        rows = [row for row in self._maps.open_rows(self._caller.sees) if self._hit(row.place, row.device)]
        spots = self._maps.spots(rows[:EACH_MAX])
        for row in rows[:EACH_MAX]:
            name = self._where.read.areas.name_of(row.grid)
            spot = spots.get(row.id)
            yield self._found("incident", row.place, name, f"incident:{row.id}", spot)

    def buildings(self) -> Iterator[Found]:
        """By name, with the area before it: numbers of buildings repeat."""
        for one in self._where.read.facilities.buildings:
            within = self._name(one.area)
            if one.point and self._hit(f"{within} {one.name}", f"{within}{one.name}".replace(" · ", "")):
                yield self._found("building", one.name, within, f"area:{one.area}", Spot(at=one.point, exact=POINT))

    def devices(self) -> Iterator[Found]:
        """By device or facility, then those that gateways told of and nobody has put into the plan."""
        yield from self._planned()
        if not self._caller.guard.may(self._caller.principal, Action.GATEWAY_READ):
            return
        planned = self._where.read.facilities
        for device, place, grid, site in self._maps.heard_like(self._text, self._caller.sees):
            if planned.of_device(device) is None:
                spot = self._where.of_device(device, grid, site)
                within = self._where.read.areas.name_of(grid)
                yield self._found("device", f"{device} {place}".strip(), within, f"device:{device}", spot)

    def _planned(self) -> Iterator[Found]:
        for item in self._where.read.facilities.facilities:
            area = self._where.read.areas.get(item.area)
            if item.device and area and self._hit(item.device, item.name) and self._caller.sees(area.code):
                spot = self._where.of_device(item.device)
                yield self._found(
                    "device", f"{item.device} {item.name}", self._name(item.area), f"device:{item.device}",
                    spot,
                )  # fmt: skip

    def _found(self, kind: str, name: str, within: str, show: str, spot: Spot | None) -> Found:
        at = self._frame.drawn(spot.at) if spot else None
        return Found(kind=kind, name=name, within=within, show=show, at=at)

"""Where things of the plan stand, as exactly as anybody has written it down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cloud.maps.frame import Lonlat
from cloud.maps.rows import EndpointState
from cloud.plan.sections import Read
from domain.geo import middle
from domain.grids import Area

WATCHED = ("endpoint", "gateway", "handheld", "lift", "camera", "fire_panel")  # facilities that are devices
POINT, BUILDING, AREA, TOLD = "point", "building", "area", "told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in WGS 84. `exact`: its own point, its building's, told with a report, or only the middle of its area."""

    at: Lonlat
    exact: str


class Whereabouts:
    """Of one version of the plan."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self._middles: dict[str, Spot | None] = {}

    @cached_property
    def planned(self) -> tuple[EndpointState, ...]:
        """Devices that the plan names, as long as no gateway has told of them."""
        tree = self.read.areas
        sites = {area: site for site, area in tree.sites.items()}
        found = []
        for item in self.read.facilities.facilities:
            if item.device and item.kind in WATCHED:
                chain = tree.chain(item.area)
                found.append(EndpointState(
                    device=item.device, kind=item.kind, place=item.place, grid=chain[0].code, gateway="",
                    site=next((sites[area.id] for area in chain if area.id in sites), ""), state="unheard",
                    last_seen_ms=None,
                ))  # fmt: skip
        return tuple(found)

    def of_device(self, device: str, grid: str = "", site: str = "") -> Spot | None:
        """Where an endpoint or gateway is: what the plan says of it, else its grid, else its site; None for nowhere."""
        item = self.read.facilities.of_device(device) if device else None
        if item is None:
            return self.of_place(grid, site)
        if item.point is not None:
            return Spot(at=item.point, exact=POINT)
        home = self.read.facilities.building(item.building or "")
        if home is not None and home.point is not None:
            return Spot(at=home.point, exact=BUILDING)
        return self.of_area(item.area)

    def places(self) -> Iterator[Lonlat]:
        """Of everything in the plan that is a device."""
        for item in self.read.facilities.facilities:
            spot = self.of_device(item.device) if item.device else None
            if spot is not None:
                yield spot.at

    def of_place(self, grid: str, site: str) -> Spot | None:
        """The middle of an area by its code, or of that of a site."""
        area = self.area(grid, site)
        return self.of_area(area.id) if area else None

    def area(self, grid: str, site: str) -> Area | None:
        """Which area that is; the top of the tree is no place."""
        return self.read.areas.of_code(grid) or self.read.areas.site_area(site)

    def of_area(self, area_id: str) -> Spot | None:
        """The middle of an area with a boundary; of the lowest one above it that has one."""
        if area_id not in self._middles:
            shapes = self.read.areas.shapes
            above = (area.id for area in self.read.areas.chain(area_id))
            found = next((one for one in above if one in shapes), None)
            self._middles[area_id] = Spot(at=middle(shapes[found]), exact=AREA) if found else None
        return self._middles[area_id]

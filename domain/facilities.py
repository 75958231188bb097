"""Buildings and facilities of a district: what stands where, and which endpoint watches it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from domain.geo import ShapeError, read_point
from domain.grids import AreaTree

# 消防设施 of domain part 2, and what else a grid keeps a list of: code -> (Chinese, English)
FACILITY_KINDS: Mapping[str, tuple[str, str]] = {
    "hydrant": ("消火栓", "hydrant"),
    "sprinkler": ("自动喷水灭火设施", "sprinkler"),
    "extinguisher": ("灭火器", "extinguisher"),
    "fire_panel": ("火灾报警控制器", "fire alarm panel"),
    "escape_route": ("疏散通道", "escape route"),
    "fire_door": ("防火门", "fire door"),
    "lift": ("电梯", "lift"),
    "camera": ("摄像机", "camera"),
    "charging": ("电动自行车充电设施", "charging place of bicycles"),
    "gas": ("燃气设施", "gas"),
    "endpoint": ("监测终端", "endpoint"),
    "gateway": ("网关", "gateway"),
    "handheld": ("手持终端", "handheld"),
    "key_unit": ("消防安全重点单位", "key fire unit"),
    "other": ("其他", "other"),
}
STOREYS_MAX = 200
TEXT_MAX = 200


class FacilityError(ValueError):
    """The list is not usable; the text names the building or facility and says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """A building or courtyard of an area."""

    id: str
    name: str
    area: str
    point: tuple[float, float] | None = None
    storeys: int | None = None
    households: int | None = None
    way: str = ""  # how to get there, for somebody who has never been

    def __post_init__(self) -> None:
        _texts(self, "building", ("id", "name", "area"))
        if self.households is not None and (type(self.households) is not int or self.households < 0):
            raise FacilityError(f"building {self.id}: households must be a whole number · 户数须为整数")
        if not isinstance(self.way, str) or len(self.way) > TEXT_MAX:
            raise FacilityError(f"building {self.id}: way must be text up to {TEXT_MAX} letters · 到达方式须为文字")
        if self.storeys is not None and (type(self.storeys) is not int or not 1 <= self.storeys <= STOREYS_MAX):
            raise FacilityError(f"building {self.id}: storeys must be 1 to {STOREYS_MAX} · 层数有误")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """One thing that somebody has to look after. `device`: the endpoint that watches it, or that it is."""

    id: str
    name: str
    kind: str
    area: str
    building: str | None = None
    place: str = ""
    point: tuple[float, float] | None = None
    device: str | None = None

    def __post_init__(self) -> None:
        _texts(self, "facility", ("id", "name", "kind", "area"))
        if self.kind not in FACILITY_KINDS:
            raise FacilityError(
                f"facility {self.id}: unknown kind {self.kind}; one of {', '.join(FACILITY_KINDS)} · 未知设施类别"
            )
        for name in ("building", "device"):
            if getattr(self, name) is not None:
                _texts(self, "facility", (name,))
        if not isinstance(self.place, str) or len(self.place) > TEXT_MAX:
            raise FacilityError(f"facility {self.id}: place must be text up to {TEXT_MAX} letters · 位置须为文字")


def _texts(thing: Building | Facility, what: str, names: Iterable[str]) -> None:
    for name in names:
        value = getattr(thing, name)
        if not isinstance(value, str) or not 0 < len(value) <= TEXT_MAX:
            raise FacilityError(f"{what} {thing.id}: {name} must be text of 1 to {TEXT_MAX} letters · {name} 须为文字")


T = TypeVar("T", Building, Facility)


class Facilities:
    """The list, checked once against the areas."""

    def __init__(self, buildings: Iterable[Building], facilities: Iterable[Facility], areas: AreaTree) -> None:
        self._buildings = _by_id(buildings, "buildings")
        self._facilities = _by_id(facilities, "facilities")
        self._by_device = {item.device: item for item in self._facilities.values() if item.device}
        self._check(areas)

    @classmethod
    def from_table(cls, table: Mapping[str, Any], areas: AreaTree) -> Facilities:
        """From a document with `buildings` and `facilities`; an area may be left out where a point tells it."""
        if unknown := sorted(set(table) - {"buildings", "facilities"}):
            raise FacilityError(f"unknown {', '.join(unknown)}; known: buildings, facilities · 未知字段")
        buildings = [_row(Building, row, areas) for row in table.get("buildings", ())]
        return cls(buildings, [_row(Facility, row, areas) for row in table.get("facilities", ())], areas)

    def _check(self, areas: AreaTree) -> None:
        things: list[Building | Facility] = [*self.buildings, *self.facilities]
        for thing in things:
            if not areas.has(thing.area):
                raise FacilityError(f"{thing.id} is in area {thing.area}, which does not exist · 所属区域不存在")
        devices = 0
        for item in self._facilities.values():
            devices += item.device is not None
            home = self._buildings.get(item.building) if item.building else None
            if item.building and home is None:
                raise FacilityError(f"facility {item.id}: building {item.building} does not exist · 所在楼栋不存在")
            if home is not None and not areas.within(item.area, home.area):
                raise FacilityError(f"facility {item.id}: its building is in {home.area} · 与所在楼栋的区域不一致")
        if devices != len(self._by_device):
            raise FacilityError("two facilities have the same device; each endpoint watches one · 终端编号重复")

    @property
    def buildings(self) -> tuple[Building, ...]:
        """All buildings."""
        return tuple(self._buildings.values())

    @property
    def facilities(self) -> tuple[Facility, ...]:
        """All facilities."""
        return tuple(self._facilities.values())

    def building(self, building_id: str) -> Building | None:
        """One building."""
        return self._buildings.get(building_id)

    def of_device(self, device: str) -> Facility | None:
        """What an endpoint watches."""
        return self._by_device.get(device)

    def told(self, device: str) -> str:
        """What an endpoint watches, for people: building and facility; empty where nobody has written it down."""
        item = self._by_device.get(device)
        if item is None:
            return ""
        home = self._buildings.get(item.building or "")
        return " ".join(filter(None, (home.name if home else "", item.place, item.name)))

    def of_area(self, area_id: str) -> tuple[Facility, ...]:
        """What stands in an area itself."""
        return tuple(item for item in self._facilities.values() if item.area == area_id)


def _by_id(things: Iterable[T], what: str) -> dict[str, T]:
    found: dict[str, T] = {}
    for thing in things:
        if thing.id in found:
            raise FacilityError(f"two {what} have the id {thing.id} · 编号重复")
        found[thing.id] = thing
    return found


def _row(cls: type[T], row: Any, areas: AreaTree) -> T:
    try:
        values = {key: value for key, value in row.items() if value is not None}
        if "point" in values:
            values["point"] = read_point(values["point"])
            if "area" not in values and (area := areas.at(*values["point"])):
                values["area"] = area.id
        return cls(**values)
    except (ShapeError, TypeError, AttributeError) as error:
        name = row.get("id", "?") if isinstance(row, dict) else "?"
        raise FacilityError(f"{cls.__name__.lower()} {name}: {error}") from None

"""The ground of the sample district: a bent lattice, so that all boundaries fit exactly; areas and their codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from cloud.plan.sections import Document
from domain.geo import DIGITS
from domain.grid_codes import EXCLUSIVE, ORDINARY

SEED = 110105
WEST, NORTH = 116.4800, 39.9200  # degrees; a map needs some place
STEP_LON, STEP_LAT = 0.0019, 0.0020  # a cell is about 160 m by 220 m: 300 to 500 households of a city
BEND = 0.12  # of a cell: how far a corner or the middle of an edge is moved
ACROSS, DOWN = 4, 2  # cells of a community; six communities side by side, three rows of them
ROW = 6
LEVELS = ["grid", "community", "street", "district"]
DISTRICT, STREET = "shili", "xiangyang"
DISTRICT_CODE = "110105"
# the first two are those of the small sample, with the same ids and codes
COMMUNITIES = (
    ("chunfeng", "春风"), ("heping", "和平"), ("mingyue", "明月"), ("songhe", "松鹤"), ("yulan", "玉兰"),
    ("ziteng", "紫藤"), ("yinxing", "银杏"), ("wanghu", "望湖"), ("liuan", "柳岸"), ("chenguang", "晨光"),
    ("wutong", "梧桐"), ("lanting", "兰亭"), ("jingui", "金桂"), ("yunxi", "云溪"), ("hetang", "荷塘"),
    ("qingsong", "青松"), ("danfeng", "丹枫"), ("haitang", "海棠"),
)  # fmt: skip
WIDE = frozenset({"songhe", "yinxing", "lanting", "danfeng"})  # two cells make one grid there: 14 × 8 + 4 × 7 = 140
# the last grid of these belongs to one unit alone
EXCLUSIVES = {
    "mingyue": "明月小学", "ziteng": "紫藤医院", "wanghu": "望湖工业园", "chenguang": "晨光中学", "jingui": "金桂市场",
    "qingsong": "青松养老院",
}  # fmt: skip
ORDINALS = ("一", "二", "三", "四", "五", "六", "七", "八")

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One grid of the sample; `cells` (column, row) from and to, both inclusive."""

    id: str
    community: str
    number: int  # in its community, west to east, north to south
    name: str
    kind: str
    cells: tuple[int, int, int, int]

    @property
    def middle(self) -> Point:
        """A point well inside."""
        left, top, right, bottom = self.cells
        return round(WEST + STEP_LON * (left + right + 1) / 2, DIGITS), round(
            NORTH - STEP_LAT * (top + bottom + 1) / 2, DIGITS
        )


def grids() -> tuple[Grid, ...]:
    """All 140, community by community."""
    return tuple(grid for index in range(len(COMMUNITIES)) for grid in _grids_of(index))


def _grids_of(index: int) -> Iterator[Grid]:
    community, name = COMMUNITIES[index]
    left, top = index % ROW * ACROSS, index // ROW * DOWN
    cells = [(left + x, top + y, left + x, top + y) for y in range(DOWN) for x in range(ACROSS)]
    if community in WIDE:
        cells[:2] = [(left, top, left + 1, top)]
    for number, cell in enumerate(cells, start=1):
        unit = EXCLUSIVES.get(community) if number == len(cells) else None
        yield Grid(
            id=f"{community}-{number}",
            community=community,
            number=number,
            name=f"{unit}专属网格" if unit else f"{name}第{ORDINALS[number - 1]}网格",
            kind=EXCLUSIVE if unit else ORDINARY,
            cells=cell,
        )


def document(found: tuple[Grid, ...]) -> Document:
    """The section `areas`."""
    columns, rows = ROW * ACROSS, len(COMMUNITIES) // ROW * DOWN
    whole = (0, 0, columns - 1, rows - 1)
    street_code = f"{DISTRICT_CODE}001"
    areas = [
        _area(DISTRICT, None, "district", "示例区", DISTRICT_CODE, whole),
        _area(STREET, DISTRICT, "street", "向阳街道", street_code, whole),
    ]
    for index, (community, name) in enumerate(COMMUNITIES):
        left, top = index % ROW * ACROSS, index // ROW * DOWN
        code = f"{street_code}{index + 1:03}"
        cells = (left, top, left + ACROSS - 1, top + DOWN - 1)
        areas.append(_area(community, STREET, "community", f"{name}社区", code, cells))
        for grid in (grid for grid in found if grid.community == community):
            row = _area(grid.id, community, "grid", grid.name, f"{code}{grid.number:03}", grid.cells)
            households = 0 if grid.kind == EXCLUSIVE else 300 + (index * 37 + grid.number * 53) % 200
            areas.append({**row, "kind": grid.kind, "households": households})
    digits = {"street": 3, "community": 3, "grid": 3}
    return {
        "levels": LEVELS,
        "scheme": {"name": "division", "serial_digits": digits},
        "areas": areas,
        "sites": [{"site": community, "area": community} for community, _ in COMMUNITIES],
    }


def _area(
    area_id: str, parent: str | None, level: str, name: str, code: str, cells: tuple[int, int, int, int]
) -> dict[str, Any]:
    boundary = {"type": "Polygon", "coordinates": [[list(point) for point in ring(*cells)]]}
    row = {"id": area_id, "level": level, "name": name, "code": code, "boundary": boundary}
    return {**row, "parent": parent} if parent else row


def ring(left: int, top: int, right: int, bottom: int) -> list[Point]:
    """The boundary of a block of cells, counter-clockwise as GeoJSON has it; neighbours share every point."""
    lattice = _lattice()
    west = [(2 * left, y) for y in range(2 * top, 2 * bottom + 2)]
    south = [(x, 2 * bottom + 2) for x in range(2 * left, 2 * right + 2)]
    east = [(2 * right + 2, y) for y in range(2 * bottom + 2, 2 * top, -1)]
    north = [(x, 2 * top) for x in range(2 * right + 2, 2 * left, -1)]
    points = [lattice[at] for at in (*west, *south, *east, *north)]
    return [*points, points[0]]


@cache
def _lattice() -> dict[tuple[int, int], Point]:
    """Corners at even places, middles of edges between them, each moved a little."""
    random = Random(SEED)  # noqa: S311 - draws a map
    columns, rows = ROW * ACROSS, len(COMMUNITIES) // ROW * DOWN
    return {
        (x, y): (
            round(WEST + STEP_LON * (x / 2 + random.uniform(-BEND, BEND)), DIGITS),
            round(NORTH - STEP_LAT * (y / 2 + random.uniform(-BEND, BEND)), DIGITS),
        )
        for y in range(2 * rows + 1)
        for x in range(2 * columns + 1)
    }

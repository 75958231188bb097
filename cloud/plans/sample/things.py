"""Buildings, fire-fighting facilities, endpoints, gateways and handhelds of the sample district."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cloud.plan.sections import Document
from cloud.plans.sample.ground import COMMUNITIES, STEP_LON, Grid
from domain.geo import DIGITS

Row = dict[str, Any]
BUILDINGS = 2  # of a grid
SHIFT = STEP_LON * 0.15  # from the middle of the grid, to either side


def document(grids: tuple[Grid, ...]) -> Document:
    """The section `facilities`."""
    buildings: list[Row] = []
    facilities: list[Row] = []
    for index, grid in enumerate(grids):
        for number in range(1, BUILDINGS + 1):
            building = _building(grid, number)
            buildings.append(building)
            facilities += _inside(building, index * BUILDINGS + number)
        device = f"handheld-{index + 1:04}"
        facilities.append(
            {"id": device, "name": f"{grid.name}手持终端", "kind": "handheld", "area": grid.id, "device": device}
        )
    for community, name in COMMUNITIES:
        gateway = f"gw-{community}"
        facilities.append(
            {"id": gateway, "name": f"{name}社区网关", "kind": "gateway", "area": community, "device": gateway}
        )
    return {"buildings": buildings, "facilities": facilities}


def _building(grid: Grid, number: int) -> Row:
    lon, lat = grid.middle
    side = -1 if number % 2 else 1
    return {
        "id": f"{grid.id}-b{number}",
        "name": f"{number} 号楼",
        "area": grid.id,
        "point": [round(lon + side * SHIFT, DIGITS), lat],
        "storeys": 6 if number % 2 else 18,
        "households": 36 if number % 2 else 72,
        "way": f"从{grid.name}南门进，直行到底{'左' if number % 2 else '右'}转",
    }


def _inside(building: Row, number: int) -> Iterator[Row]:
    here = {"area": building["area"], "building": building["id"], "point": building["point"]}
    yield {"id": f"hydrant-{number:04}", "name": "室内消火栓", "kind": "hydrant", "place": "一层楼道", **here}
    fire = f"fire-{number:04}"
    yield {"id": fire, "name": "楼道消防终端", "kind": "endpoint", "place": "三层楼道", "device": fire, **here}
    if building["storeys"] > 7:  # GB 50096: from seven storeys on a dwelling house has a lift
        lift = f"lift-{number:04}"
        yield {"id": lift, "name": "客梯", "kind": "lift", "place": "一单元", "device": lift, **here}

"""A boundary out of a file that somebody chose, for one area; and areas drawn before and after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, UploadFile

from cloud.console.area_map import AreaMap, draw
from cloud.console.planning.fields import Row
from cloud.tables.faults import CellError
from domain.geo import Shape, ShapeError, read_shape, write_shape
from domain.grids import AreaTree

FILE_MAX = 4 << 20  # bytes; the boundary of one area
DRAWN_MAX = 400  # areas in one drawing


def take_boundary(row: Row, form: FormData) -> tuple[Row, dict[str, CellError]]:
    """The row with the boundary of a file, or without one where that is ticked."""
    if form.get("boundary:drop"):
        return {name: value for name, value in row.items() if name != "boundary"}, {}
    file = form.get("boundary:file")
    if not isinstance(file, UploadFile) or not file.filename:
        return row, {}
    try:
        return {**row, "boundary": _geometry(file.file.read(FILE_MAX + 1))}, {}
    except (ValueError, ShapeError, RecursionError) as error:
        text = str(error)[:200]
        return row, {"boundary": CellError(f"边界文件不能用：{text}", f"the boundary cannot be used: {text}")}


def _geometry(data: bytes) -> Any:
    """Raises ValueError, ShapeError."""
    if len(data) > FILE_MAX:
        raise ValueError(f"more than {FILE_MAX >> 20} MB")
    found = json.loads(data.decode("utf-8-sig"))
    if isinstance(found, dict) and found.get("type") == "FeatureCollection":
        features = found.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise ValueError("one feature is wanted here; load several by the page of files · 这里只收一个要素")
        found = features[0]
    if isinstance(found, dict) and found.get("type") == "Feature":
        found = found.get("geometry")
    return write_shape(read_shape(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A drawing before or after, with what is other in it."""

    map: AreaMap
    names: Mapping[str, str]
    changed: frozenset[str]


def drawings(old: AreaTree, new: AreaTree) -> tuple[Drawn | None, Drawn | None]:
    """Before and after: the areas whose boundaries are others, with their neighbours. Nothing where none is."""
    changed = {one for one in {*old.shapes, *new.shapes} if not _same(old.shapes.get(one), new.shapes.get(one))}
    if not changed:
        return None, None
    return _drawn(old, changed), _drawn(new, changed)


def _same(one: Shape | None, other: Shape | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(one.equals_exact(other, 0))


def _drawn(tree: AreaTree, changed: set[str]) -> Drawn | None:
    """The areas of the lowest level that changed, with all that hang on the same one."""
    mine = [area for area in tree.areas if area.id in changed]
    if not mine:
        return None
    lowest = min(tree.rank(area.level) for area in mine)
    parents = {area.parent for area in mine if tree.rank(area.level) == lowest}
    ids = [area.id for area in tree.areas if area.parent in parents and tree.rank(area.level) == lowest]
    found = draw(tree.shapes, ids[:DRAWN_MAX])
    names = {area.id: area.name for area in tree.areas}
    return Drawn(map=found, names=names, changed=frozenset(changed)) if found else None

"""Boundaries as GeoJSON (RFC 7946): out as one collection, in by code or id, feature by feature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.geo import ShapeError, read_shape, write_shape
from domain.grid_codes import ORDINARY
from domain.grids import AreaTree

OWN = ("id", "parent", "level", "name", "code", "kind", "households")  # properties that make an area
FAULTS_SHOWN = 50


class GeoJsonError(ValueError):
    """The collection cannot be taken in; the text names each feature and says what to mend."""


def write_areas(tree: AreaTree) -> dict[str, Any]:
    """Every area as a feature, with its boundary where it has one."""
    features = []
    for area in tree.areas:
        values = {name: getattr(area, name) for name in OWN}
        shape = tree.shapes.get(area.id)
        features.append(
            {
                "type": "Feature",
                "id": area.id,
                "properties": {name: value for name, value in values.items() if value is not None},
                "geometry": write_shape(shape) if shape is not None else None,
            }
        )
    return {"type": "FeatureCollection", "features": features}


def read_areas(document: Mapping[str, Any], collection: object) -> dict[str, Any]:
    """The document with what a collection says: boundaries of areas that it knows, and new areas. Raises GeoJsonError.

    A feature names its area by the property `code` or `id`; a new one has level, name, code and parent.
    """
    if not isinstance(collection, dict) or not isinstance(collection.get("features"), list):
        raise GeoJsonError("must be a GeoJSON FeatureCollection · 须为 GeoJSON FeatureCollection")
    rows = {row["id"]: dict(row) for row in document.get("areas", ())}
    by_code = {row["code"]: row["id"] for row in rows.values()}
    faults: list[str] = []
    for number, feature in enumerate(collection["features"], start=1):
        try:
            row = _row(rows, by_code, feature)
            rows[row["id"]] = row
        except (ShapeError, GeoJsonError) as error:
            faults.append(f"feature {number}: {error}")
    if faults:
        more = f" (+{len(faults) - FAULTS_SHOWN})" if len(faults) > FAULTS_SHOWN else ""
        raise GeoJsonError("; ".join(faults[:FAULTS_SHOWN]) + more)
    return {**document, "areas": list(rows.values())}


def _row(rows: Mapping[str, dict[str, Any]], by_code: Mapping[str, str], feature: object) -> dict[str, Any]:
    said = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or not isinstance(said, dict):
        raise GeoJsonError("is not a feature with properties · 不是带属性的要素")
    given = {name: said[name] for name in OWN if said.get(name) not in (None, "")}
    if isinstance(given.get("code"), int):  # a spreadsheet or a map programme took it for a number
        given["code"] = str(given["code"])
    known = rows.get(str(given.get("id"))) or rows.get(by_code.get(str(given.get("code")), ""))
    if known is None:
        if lacking := [name for name in ("level", "name", "code") if name not in given]:
            names = ", ".join(lacking)
            raise GeoJsonError(f"no area has its code or id, and for a new one {names} is missing · 找不到对应区域")
        known = {"id": given["code"]}
    if given.get("kind") == ORDINARY and "kind" not in known:
        del given["kind"]  # the default, that nobody wrote
    row = {**known, **given, "id": given.get("id", known["id"])}
    if feature.get("geometry") is not None:
        row["boundary"] = _boundary(known.get("boundary"), feature["geometry"])
    return row


def _boundary(known: Any, geometry: object) -> Any:
    """The new one; the known one where they are the same to the centimetre."""
    new = write_shape(read_shape(geometry))
    return known if known is not None and write_shape(read_shape(known)) == new else new

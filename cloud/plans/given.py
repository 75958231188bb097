"""A document that somebody gives as a file: JSON, TOML, and for areas GeoJSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cloud.plan.errors import PlanError
from cloud.plan.files import load_toml
from cloud.plan.sections import Document
from cloud.plans.desk import Plans
from cloud.plans.writing import DOCUMENT_MAX_BYTES
from domain.geojson import read_areas


def document_of(plans: Plans, section: str, file: Path) -> Document:
    """The document; boundaries are put into the present areas. Raises PlanError, GeoJsonError, OSError."""
    if file.stat().st_size > DOCUMENT_MAX_BYTES:
        raise PlanError(f"{file.name} has more than {DOCUMENT_MAX_BYTES >> 20} MB · 文件过大")
    document = load_toml(file) if file.suffix == ".toml" else _load_json(file)
    if section == "areas" and document.get("type") == "FeatureCollection":
        return read_areas(plans.show("areas").document, document)
    return document


ENCODINGS = ("utf-8-sig", "gb18030")  # GBK is part of GB 18030, which map and office programs in China write


def text_of(data: bytes) -> str:
    """The text of a file, UTF-8 or GBK. Raises UnicodeDecodeError where it is neither."""
    try:
        return data.decode(ENCODINGS[0])
    except UnicodeDecodeError:
        return data.decode(ENCODINGS[1])


def _load_json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(text_of(file.read_bytes()))
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{file.name} is not JSON in UTF-8 or GBK: {error} · 不是 UTF-8 或 GBK 编码的 JSON") from None
    if not isinstance(found, dict):
        raise PlanError(f"{file.name} must hold one JSON object · 须为一个 JSON 对象")
    return found

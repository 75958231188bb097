"""The documents of a config folder: TOML in, JSON out. They are the first versions of a new centre."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import structlog

from cloud.plan.errors import PlanError
from cloud.plan.sections import SECTIONS, Document, Section
from cloud.settings import SAMPLES
from domain.geojson import read_areas
from domain.matters import PARTS

log = structlog.get_logger()


def documents_of(folder: Path) -> tuple[dict[str, Document], dict[str, str]]:
    """(section -> document, section -> file) of a folder. Raises PlanError."""
    documents, names = {}, {}
    for name, section in SECTIONS.items():
        path = _file(folder, section)
        documents[name] = _known(name, _bounded(load_toml(path), path), path) if path else dict(section.empty or {})
        names[name] = str(path) if path else name
    return documents, names


def _file(folder: Path, section: Section) -> Path | None:
    path = folder / f"{section.file}.toml"
    if path.exists():
        return path
    if section.empty is not None:  # a folder of an earlier release does not have it
        sample = folder / f"sample_{section.file}.toml"
        if sample.exists() and not (folder / "areas.toml").exists():  # it belongs to the sample's areas
            return sample
        shipped = SAMPLES / f"{section.file}.toml"
        return shipped if shipped.exists() else None
    sample = folder / f"sample_{section.file}.toml"
    log.warning("sample_configuration", file=sample.name, remedy=f"put your own {path.name} into the config folder")
    return sample


def _known(section: str, document: Document, path: Path) -> Document:
    """Without parts that earlier releases let pass: a centre must start after an upgrade. Who applies one is told."""
    unknown = sorted(set(document) - set(PARTS)) if section == "matters" else []
    if unknown:
        log.warning("unknown_parts_ignored", file=str(path), parts=unknown, remedy=f"it has {', '.join(PARTS)}")
    return {key: value for key, value in document.items() if key not in unknown}


def _bounded(document: Document, path: Path) -> Document:
    """The areas with the boundaries that stand beside their file (areas.geojson), where there are any."""
    boundaries = path.with_suffix(".geojson")
    if "areas" not in document or not boundaries.exists():
        return document
    try:
        return read_areas(document, json.loads(boundaries.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError, RecursionError) as error:
        raise PlanError(f"{boundaries} cannot be used: {error}") from None


def load_toml(path: Path) -> Document:
    """A TOML file as JSON would hold it. Raises PlanError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        name = path.with_name(path.name.removeprefix("sample_"))
        raise PlanError(f"{name} cannot be read: {error.strerror}; set the config folder") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PlanError(f"{path} is not TOML: {error}") from None
    return {key: plain(value) for key, value in table.items()}


def plain(value: Any) -> Any:
    """Without what TOML knows and JSON does not: dates and times become their ISO text."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, (date, datetime, time)) else value

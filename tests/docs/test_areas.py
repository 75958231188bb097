"""docs/areas.md says what the code does."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import cast

from fastapi import FastAPI

from cloud.api.plans import build_router
from cloud.cli import plans as cli
from cloud.cli import plans_desk
from cloud.desk import Desk
from cloud.plan.sections import SECTIONS
from cloud.plans import sample
from domain.facilities import FACILITY_KINDS
from domain.grid_codes import SCHEMES
from domain.grids import LEVELS_MAX, TOLERANCE_M2, Area

PAGE = (Path(__file__).parents[2] / "docs" / "areas.md").read_text(encoding="utf-8")


def test_sections_and_their_files() -> None:
    """Every section with the file that it begins with."""
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| `(\w+)\.toml` \|$", PAGE, re.MULTILINE))

    assert told == {name: section.file for name, section in SECTIONS.items()}


def test_fields_kinds_and_schemes() -> None:
    """Every field of an area, kind of a facility and scheme of codes, and no other."""
    of_areas = PAGE.split("| 字段 field", 1)[1].split("\n\n", 1)[0]
    names = {
        name for row in re.findall(r"^\| (`[^|]+)\|", of_areas, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert names == {field.name for field in fields(Area)} | {"boundary"}

    kinds = dict(re.findall(r"^\| `(\w+)` \| ([^|]+\| [^|]+) \|$", PAGE.split("| `kind` | 中文", 1)[1], re.MULTILINE))
    assert kinds == {kind: " | ".join(words) for kind, words in FACILITY_KINDS.items()}

    codes = PAGE.split("| `scheme.name`", 1)[1].split("\n\n", 1)[0]
    assert tuple(re.findall(r"^\| `(\w+)`", codes, re.MULTILINE)) == SCHEMES


def test_numbers() -> None:
    """Limits and sizes as they are."""
    district = sample.district()
    assert f"默认 {TOLERANCE_M2:g} m²" in PAGE
    assert LEVELS_MAX == 8
    assert f"{len(district['people']['people'])} 人" in PAGE
    assert (
        f"{len(district['facilities']['buildings'])} 栋楼和 {len(district['facilities']['facilities'])} 个设施" in PAGE
    )
    exclusive = [row for row in district["areas"]["areas"] if row.get("kind") == "exclusive"]
    assert f"{len(exclusive)} 个专属网格" in PAGE
    codes = {int(code): words for code, words in re.findall(r"(\d) (内容有误|他人已先行修改|边界有重叠或空白)", PAGE)}
    assert list(codes) == [plans_desk.MISTAKE, plans_desk.CONFLICT, plans_desk.FINDINGS]


def test_every_request() -> None:
    """The routes of the plan, and no other."""
    app = FastAPI()
    app.include_router(build_router(cast("Desk", None)))  # only its paths are looked at
    paths = app.openapi()["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}

    assert set(re.findall(r"^\| `((?:GET|POST) [^`]+)` \|", PAGE, re.MULTILINE)) == routes


def test_every_command() -> None:
    """Each subcommand is shown."""
    commands = [(command.name, command.callback) for command in cli.app.registered_commands]
    names = {name or (callback.__name__ if callback else "") for name, callback in commands}

    assert names <= set(re.findall(r"gridwhistle cloud plan (\w+)", PAGE))

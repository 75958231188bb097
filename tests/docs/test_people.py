"""docs/people.md names exactly the roles, fields, limits and defaults of the code."""

from __future__ import annotations

import importlib
import re
from dataclasses import fields
from pathlib import Path

import pytest
from typer.main import get_command

from cloud.cli.tables import CONFLICT, FAULTS, MISTAKE
from cloud.tables import sheets
from cloud.tables.specs import ROLES_ZH, SPECS
from domain.departments import Department
from domain.duty_book import CHAIN_MAX
from domain.people import NAMES, PAGED, STAND_BY, Person, Role
from domain.roster import DutyPolicy
from domain.shifts import Duty

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "people.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """The text below a heading, up to the next one."""
    return re.split(r"\n##+ ", PAGE.split(f" {heading}\n", 1)[1])[0]


def first_cells(heading: str) -> list[str]:
    """Code words in the first column of the table below a heading."""
    rows = re.findall(r"^\| (`[^|]+) \|", section(heading), re.MULTILINE)
    return [word for row in rows for word in re.findall(r"`(\w+)`", row)]


def test_every_role_and_whether_it_is_called() -> None:
    """With the word that tables use for it."""
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", section("Roles"), re.MULTILINE))

    assert set(rows) == set(Role)
    assert {role for role, called in rows.items() if "yes" in called} == PAGED
    assert {role for role, called in rows.items() if "only" in called} == STAND_BY
    assert all(zh in PAGE for zh in ROLES_ZH if zh not in ("值班员", "部门人员"))
    assert all(name in PAGE for name in NAMES if name != "grid_operator")


@pytest.mark.parametrize(
    ("heading", "cls", "apart"),
    [
        ("The people", Person, set()),
        ("The duty roster", Duty, set()),
        ("Departments", Department, set()),
        ("The duty key of the handheld", DutyPolicy, set()),
    ],
)
def test_every_field_is_explained(heading: str, cls: type, apart: set[str]) -> None:
    """No field too many, none missing."""
    assert set(first_cells(heading)) == {field.name for field in fields(cls)} - apart


def test_defaults_limits_and_exit_codes() -> None:
    """The numbers that the page tells."""
    told = dict(re.findall(r"^\| `(\w+)` \| `?([\w]+)`? \|", section("The duty key of the handheld"), re.MULTILINE))
    policy = DutyPolicy()

    assert told == {"handheld": str(policy.handheld), "on_max_h": str(policy.on_max_h)}
    assert CHAIN_MAX == 5
    assert "five deep" in PAGE
    limits = (f"{sheets.FILE_MAX // 1_000_000} MB", f"{sheets.ROWS_MAX:,} 行", f"{sheets.COLUMNS_MAX} 列", "1,000 字")
    assert all(limit in PAGE for limit in limits)
    assert sheets.CELL_MAX == 1_000
    assert (FAULTS, MISTAKE, CONFLICT) == (1, 2, 3)


def test_tables_and_commands() -> None:
    """Every table is named; every command is there, with the options that the page shows."""
    assert set(re.findall(r"`(\w+)` [人值部区楼设]", section("Tables in and out"))) == set(SPECS)
    cloud = get_command(importlib.import_module("gridwhistle").app).commands["cloud"]  # type: ignore[attr-defined]
    for command, options in re.findall(r"^gridwhistle cloud ([\w-]+)(.*)$", PAGE, re.MULTILINE):
        known = {option for parameter in cloud.commands[command].params for option in parameter.opts}
        assert set(re.findall(r"--[\w-]+", options)) <= known, command

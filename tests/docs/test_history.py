"""docs/history.md says what the code does: routes, bounds, levels, ages."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from cloud.api.history import build_router
from cloud.api.history_exports import WishIn
from cloud.history import freezing, ice
from cloud.history.asking import CHANNELS_MAX, DEVICES_MAX, POINTS_MAX
from cloud.history.devices import NEIGHBOURS_MAX
from cloud.history.exports import book, desk
from cloud.history.exports.wish import Format
from cloud.history.exports.writing import ROW_GROUP
from cloud.history.levels import LEVELS, MERGED, MISSED, PER_PX
from cloud.history.port import DAY_MS, HOUR_MS, MINUTE_MS
from cloud.history.telling import COLUMNS
from cloud.settings import Settings
from tests.cloud.conftest import opened

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "history.md").read_text(encoding="utf-8")


def test_every_route_is_in_the_table(tmp_path: Path, sqlite_url: str) -> None:
    """And no other."""
    with contextmanager(opened)(tmp_path, sqlite_url) as centre:
        routes = [route for route in build_router(centre.desk).routes if isinstance(route, APIRoute)]
    there = {f"{method} {route.path}" for route in routes for method in route.methods or ()}

    assert set(re.findall(r"^\| `((?:GET|POST|DELETE) [^`]+)` \|", PAGE, re.MULTILINE)) == there


@pytest.mark.parametrize("name", [*COLUMNS, *WishIn.model_fields, *Format, *LEVELS])
def test_every_name_is_explained(name: str) -> None:
    """Columns, fields, formats, levels."""
    assert f"`{name.removesuffix('s') if name in ('devices', 'channels') else name}`" in PAGE


def test_the_bounds_are_those_of_the_code() -> None:
    """In both languages."""
    ages = freezing.AGES_MS
    assert (f"{PER_PX} × {MERGED}" in PAGE, MISSED) == (True, 5)
    assert f"(1–{DEVICES_MAX} " in PAGE
    assert f"(0–{CHANNELS_MAX}" in PAGE
    assert f"{POINTS_MAX})" in PAGE
    assert f"{desk.DIRECT_ROWS:,} rows" in PAGE
    assert f"groups of {ROW_GROUP:,} rows" in PAGE
    assert f"at most {desk.FILES_MAX} and" in PAGE
    assert f"{book.OWN_MAX} may wait per person, {book.WAITING_MAX} in all" in PAGE
    assert f"{NEIGHBOURS_MAX} at most" in PAGE
    assert f"({freezing.CHANNELS_MAX} at most)" in PAGE
    assert f"{ice.POINTS_MAX:,} readings per channel" in PAGE
    assert ages[1:4] == (10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS)
    assert [age // DAY_MS for age in ages[4:]] == [1, 3, 7, 14, 28]
    assert Settings().keep_evidence_days == 0

"""docs/sources.md says what matters.toml, the table of routes and the code say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cloud.api.sources import build_router
from cloud.console.texts import LANGUAGES
from cloud.plan.files import load_toml
from cloud.review.figures.reading import PERIOD_MAX_MS
from cloud.settings import SAMPLES, Settings
from cloud.sources import finding, report, site_rows, tracks
from cloud.sources.desk import NEAR_SHOWN
from domain.matters import Matter, Matters
from domain.sources import Source

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
MATTERS = Matters.from_table(load_toml(SAMPLES / "matters.toml"))


@pytest.mark.parametrize("matter", MATTERS.matters, ids=lambda matter: matter.code)
def test_every_matter_stands_in_the_table(matter: Matter) -> None:
    """With its words, kind, the terminal's word and the mildest severity."""
    words = ", ".join(f"`{word}`" for word in matter.handheld)
    cells = [f"`{matter.code}`", f"{matter.zh} {matter.en}", matter.kind, words, matter.at_least]

    assert f"| {' | '.join(cells)} |".replace("|  |", "| |") in PAGE


def test_the_page_names_no_other_matter() -> None:
    """What went from the table goes from the page."""
    section = PAGE.split("## 事项")[1].split("\n## ")[0]

    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == {matter.code for matter in MATTERS.matters}


def test_urgencies_duplicates_and_missed_kinds_are_those_of_the_table() -> None:
    """Numbers and words."""
    for word, severity in MATTERS.urgency.items():
        assert re.search(rf"`{word}` {LANGUAGES['zh'][f'urgency.{word}']} → {severity}", PAGE)
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    told = {frozenset(cells[0].split(", ")): cells[1:] for cells in rows}
    for rule in MATTERS.duplicates:
        near, hours = told[frozenset(rule.kinds)]
        assert (f"{rule.within_m} m" in near, hours) == (True, f"{rule.hours} h")
    (missed,) = re.findall(r"（((?:\w+, )+\w+)），此前", PAGE)
    assert set(missed.split(", ")) == MATTERS.missed
    assert f"{MATTERS.related.within_m} m and {MATTERS.related.hours // 24} days" in PAGE
    assert all(line.code in PAGE for line in MATTERS.lines)


def test_every_source_is_explained() -> None:
    """And worded by the console."""
    for source in Source:
        assert f"| `{source}` |" in PAGE
        assert f"source.{source}" in LANGUAGES["zh"]


def test_every_route_on_the_page_exists() -> None:
    """Method and path."""

    class Nothing:
        sources = None

    router = build_router(Nothing())  # type: ignore[arg-type]
    known = {(method, route.path) for route in router.routes for method in route.methods}  # type: ignore[attr-defined]
    named = re.findall(r"`(GET|POST) (/api/[\w/{}]+)", PAGE)

    assert named
    assert set(named) <= known


def test_bounds_are_those_of_the_code() -> None:
    """Every limit that the page names."""
    assert f"the newest {finding.LOOKED_AT} of a kind" in PAGE
    assert f"place {report.PLACE_MAX}, text {report.TEXT_MAX} letters, number 64" in PAGE
    assert f"{tracks.SHOWN} patrols, {NEAR_SHOWN} neighbours" in PAGE
    assert f"{site_rows.TOLD_MAX} of a site, {site_rows.PLACE_MAX} and {site_rows.TEXT_MAX} letters" in PAGE
    assert f"at most {PERIOD_MAX_MS // 86_400_000} days" in PAGE
    assert f"`GRIDWHISTLE_CLOUD_KEEP_TRACKS_DAYS` 天后（默认 {Settings().keep_tracks_days}；" in PAGE

"""The sample district, and the plan's commands on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cloud.plan import files, sections
from cloud.plan.sections import Read
from cloud.plans import sample, versions
from cloud.settings import SAMPLES
from cloud.store.engine import open_store
from domain.coverage import findings
from domain.people_check import warnings
from gridwhistle import app
from tests.cloud.conftest import START_MS

Command = Callable[..., Result]


@pytest.fixture(scope="module")
def district() -> Read:
    """The sample, read and checked with the shipped routing and calendar."""
    documents, _ = files.documents_of(SAMPLES)
    return sections.read({**documents, **sample.district()}, {})


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`gridwhistle cloud ...` on a data folder of its own."""
    monkeypatch.setenv("GRIDWHISTLE_CLOUD_DATA_DIR", str(tmp_path / "data"))
    return lambda *words: CliRunner().invoke(app, ["cloud", *(str(word) for word in words)])


def test_the_sample_is_as_large_as_it_says(district: Read) -> None:
    """One street of 18 communities and 140 grids, a worker with a handheld in each, no name twice."""
    levels = [area.level for area in district.areas.areas]
    assert {level: levels.count(level) for level in district.areas.levels} == {
        "grid": 140, "community": 18, "street": 1, "district": 1,
    }  # fmt: skip
    people = district.roster.people
    assert len({person.name for person in people}) == len(people)
    assert len({person.device for person in people if person.device}) == 140
    assert sample.district() == sample.district()


def test_its_boundaries_fit(district: Read) -> None:
    """Seamless, nothing twice: also with no tolerance at all."""
    tree = district.areas
    tree.tolerance_m2 = 0.01
    assert findings(tree) == ()
    assert set(tree.shapes) == {area.id for area in tree.areas}


def test_every_building_stands_in_its_grid(district: Read) -> None:
    """A point finds the grid that the list says."""
    for building in district.facilities.buildings:
        assert building.point is not None
        found = district.areas.at(*building.point)
        assert found is not None
        assert found.id == building.area


def test_everywhere_somebody_hears_it_at_any_hour(district: Read) -> None:
    """Every area and department has people on duty: no hole in the roster calls everybody."""
    assert warnings((area.id for area in district.areas.areas), district.roster, district.departments) == ()
    for hour in range(0, 24 * 8, 5):
        at_ms = START_MS + hour * 3_600_000
        for area in district.areas.areas:
            assert district.roster.working(area.id, at_ms), (area.id, hour)
        for department in district.departments.all:
            assert district.roster.department_working(department.id, at_ms)


def test_one_command_loads_it(cloud: Command) -> None:
    """Twice is once; a plan of one's own is not overwritten by mistake; back leads to where it was and forth again."""
    assert cloud("sample").exit_code == 0
    again = cloud("sample")
    assert "areas: 0" in again.stdout

    assert cloud("plan", "back", "areas:1", "--why", "x").exit_code == 2  # people of the sample have no grid there
    both = cloud("plan", "back", "areas:1", "people:1", "departments:1", "facilities:1", "--why", "试用结束")
    assert both.exit_code == 0, both.output
    refused = cloud("sample")
    assert refused.exit_code == 2
    assert "--replace" in refused.output
    assert cloud("sample", "--replace").exit_code == 0

    rows = json.loads(cloud("plan", "history", "areas", "--json").stdout)
    assert [(row["number"], row["why"]) for row in rows][1] == (3, "试用结束")


def test_what_is_stored_by_command_is_on_record(cloud: Command, tmp_path: Path) -> None:
    """In the audit log of a centre that has one, in the transaction that stores it; a refused one is not."""
    cloud("account", "add", "boss", "--role", "administrator", "--reason", "first day")
    cloud("sample")
    cloud("plan", "back", "areas:9", "--why", "x")
    cloud("plan", "back", "dispatch:1", "--why", "复原")
    file = tmp_path / "calendar.json"
    file.write_text('{"national": "none"}', encoding="utf-8")
    assert cloud("plan", "apply", "calendar", file, "--why", "本地").exit_code == 0
    shown = cloud("audit", "show", "--limit", "20").stdout
    assert (shown.count("plan_write"), shown.count("people_write")) == (4, 2), shown
    assert all(word in shown for word in ("calendar", "dispatch", "departments", "cli:")), shown


def test_a_map_goes_out_is_changed_and_comes_in(cloud: Command, tmp_path: Path) -> None:
    """Export, check, apply: findings stop it with an exit code of their own, unless accepted by name."""
    cloud("sample")
    collection: dict[str, Any] = json.loads(cloud("plan", "show", "areas", "--geojson").stdout)
    file = tmp_path / "grids.geojson"
    file.write_text(json.dumps(collection), encoding="utf-8")
    assert "0 处变更" in cloud("plan", "check", "areas", file).stdout

    grid = next(one for one in collection["features"] if one["id"] == "heping-2")
    grid["properties"]["name"] = "和平新网格"
    for point in grid["geometry"]["coordinates"][0]:
        point[0] = round(point[0] + 0.0001, 7)
    file.write_text(json.dumps(collection), encoding="utf-8")
    checked = cloud("plan", "check", "areas", file)
    assert checked.exit_code == 0
    assert "重叠" in checked.stdout
    assert "m²" in checked.stdout
    assert cloud("plan", "apply", "areas", file, "--why", "测绘").exit_code == 4
    assert cloud("plan", "apply", "areas", file, "--why", "测绘", "--accept-findings").exit_code == 0
    assert cloud("plan", "apply", "areas", file, "--why", "x", "--expected", "1").exit_code == 3
    assert "和平新网格" in cloud("plan", "diff", "areas", "2", "3").stdout


def test_a_stored_plan_that_no_longer_fits_can_be_mended(cloud: Command, tmp_path: Path) -> None:
    """A new release may ask for more than a stored version has: the commands work all the same."""
    cloud("plan", "list")
    with closing(open_store(f"sqlite:///{tmp_path / 'data' / 'incidents.db'}")) as store, store.write() as session:
        for section in ("areas", "dispatch"):
            worse = versions.VersionRow(section=section, number=2, at_ms=1, who="x", why="old release")
            versions.append(session, worse, {"levels": [], "areas": []} if section == "areas" else {"placements": []})

    assert cloud("plan", "list").exit_code == 0
    assert cloud("plan", "back", "areas:1", "dispatch:1", "--why", "x").exit_code == 0
    with closing(open_store(f"sqlite:///{tmp_path / 'data' / 'incidents.db'}")) as store, store.write() as session:
        worse = versions.VersionRow(section="dispatch", number=4, at_ms=1, who="x", why="old release")
        versions.append(session, worse, {"placements": []})
    mended = cloud("plan", "apply", "dispatch", SAMPLES / "dispatch.toml", "--why", "新版本缺项")
    assert mended.exit_code == 0, mended.output
    assert "cannot be used" not in cloud("plan", "list").output


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.json", "[", "not JSON"),
        ("a.json", "[]", "one JSON object"),
        ("a.toml", "x", "not TOML"),
        ("a.json", '{"type": "FeatureCollection"}', "FeatureCollection"),
    ],
)
def test_a_broken_file_is_named(cloud: Command, tmp_path: Path, name: str, text: str, says: str) -> None:
    """Exit code 2 and what to mend; nothing is stored."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    result = cloud("plan", "apply", "areas", tmp_path / name, "--why", "x")

    assert result.exit_code == 2
    assert says in result.output

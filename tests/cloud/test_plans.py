"""The versioned plan: stored whole, checked as a whole, live at once, and never forgotten."""

from __future__ import annotations

import copy
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cloud.plan import load_plan, sections
from cloud.plan.errors import PlanError
from cloud.plan.files import documents_of
from cloud.plan.sections import SECTIONS, Document
from cloud.plans import versions, writing
from cloud.plans.desk import FILES, Plans
from cloud.plans.drafts import Drafts
from cloud.plans.errors import FindingsOpen, PlanConflict, UnknownVersion
from cloud.plans.writing import Trial, Wish
from cloud.settings import SAMPLES
from domain.coverage import findings
from domain.incidents import Move
from tests.cloud.conftest import Centre

HE = "zhou-mingyuan"


def square(lon: float, lat: float, size: float = 0.01) -> dict[str, Any]:
    """A boundary."""
    corners = [[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]
    return {"type": "Polygon", "coordinates": [corners]}


def areas(centre: Centre) -> Document:
    """A copy of the present areas."""
    return copy.deepcopy(centre.desk.plan.document("areas"))


def bare(centre: Centre) -> Document:
    """The same without boundaries."""
    document = areas(centre)
    for one in document["areas"]:
        one.pop("boundary", None)
    return document


def row(document: Document, area_id: str) -> dict[str, Any]:
    """One area of a document."""
    return next(row for row in document["areas"] if row["id"] == area_id)


def store(centre: Centre, section: str, document: Document, **more: Any) -> Trial:
    """Somebody stores a version."""
    return centre.desk.plans.apply(Wish(**{"section": section, "document": document, "who": HE, "why": "调整", **more}))


def test_a_building_can_be_the_lowest_of_five_levels(sqlite_centre: Centre) -> None:
    """Live at once: what happens in it goes to its grid and community, and keeps the whole chain."""
    document = areas(sqlite_centre)
    document["levels"] = ["building", *document["levels"]]
    house = {"id": "house-3", "parent": "chunfeng-1", "level": "building", "name": "3号楼"}
    document["areas"].append({**house, "code": "110105001001001003"})
    sqlite_centre.desk.plans.start(SAMPLES)
    store(sqlite_centre, "areas", document)
    found = sqlite_centre.desk.detail(sqlite_centre.take(1, grid="110105001001001003"))

    assert found.row.tiers == ("grid", "community")
    assert found.areas == ("示例区", "向阳街道", "春风社区", "春风第一网格", "3号楼")


@pytest.fixture
def started(centre: Centre) -> Centre:
    """A centre whose plan is stored."""
    centre.desk.plans.start(SAMPLES)
    return centre


def test_the_first_start_stores_the_files(started: Centre) -> None:
    """Version 1 of every section, by whom and from which file; a second start adds nothing."""
    started.desk.plans.start(SAMPLES)

    rows = started.desk.plans.overview()
    assert [(row.section, row.number, row.who) for row in rows] == [(name, 1, FILES) for name in SECTIONS]


def test_a_new_version_is_the_plan_at_once(started: Centre) -> None:
    """Nobody restarts anything; the history says who and why."""
    document = areas(started)
    row(document, "chunfeng-1")["name"] = "春风一号网格"
    trial = store(started, "areas", document, why="居民投票改名")

    assert [(change.where, change.fields) for change in trial.changes] == [
        ("areas[chunfeng-1]", {"name": ["春风第一网格", "春风一号网格"]})
    ]
    assert started.desk.plan.areas.name_of("110105001001001") == "春风一号网格"
    newest = started.desk.plans.history("areas")[0]
    assert (newest.number, newest.who, newest.why) == (2, HE, "居民投票改名")


def test_another_process_takes_it_when_it_looks(started: Centre) -> None:
    """Workers share the database, not the memory."""
    other = load_plan()
    plans = Plans(started.store, other, started.clock)
    plans.start(SAMPLES)
    document = areas(started)
    row(document, "heping")["name"] = "和平里社区"
    store(started, "areas", document)

    assert plans.refresh()
    assert other.areas.name_of("110105001002") == "和平里社区"
    assert not plans.refresh()


def test_a_version_that_this_program_cannot_read_changes_nothing_and_is_seen(started: Centre) -> None:
    """Another release stored it: the plan stays as it was, /readyz says why, and the next good one counts."""
    with started.store.write() as session:
        other = versions.VersionRow(section="areas", number=2, at_ms=1, who="x", why="newer release")
        versions.append(session, other, {"shape": "of tomorrow"})

    assert not started.desk.plans.refresh()
    assert "shape" in str(started.desk.plans.health()["unusable"])
    assert started.desk.plan.areas.has("chunfeng")
    started.desk.plans.back({"areas": 1}, who=HE, why="x")
    assert started.desk.plans.health() | {"unusable": ""} == started.desk.plans.health()
    assert started.desk.plans.health()["areas"] == 3


def test_a_version_that_breaks_another_section_is_refused(started: Centre) -> None:
    """People of an area that goes away: said by name, and nothing changed."""
    document = areas(started)
    document["areas"].remove(row(document, "heping-1"))

    with pytest.raises(PlanError, match=r"people: .*pei-xingzhou"):
        store(started, "areas", document)
    assert started.desk.plans.history("areas")[0].number == 1
    assert started.desk.plan.areas.has("heping-1")


def test_two_people_at_the_same_time(started: Centre) -> None:
    """The second one sees that somebody was faster; his version is not lost over it."""
    document = areas(started)
    row(document, "heping")["name"] = "甲"
    store(started, "areas", document, expected_number=1)

    with pytest.raises(PlanConflict, match="version 2"):
        store(started, "areas", document, expected_number=1)


def test_of_two_at_the_same_moment_one_is_first(started: Centre) -> None:
    """Two threads, two databases: one version, one conflict; never two versions of one number, never none."""

    def change(name: str) -> str:
        document = areas(started)
        row(document, "heping")["name"] = name
        try:
            store(started, "areas", document, expected_number=1)
        except PlanConflict:
            return "late"
        return "first"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(change, ("甲", "乙"))) == ["first", "late"]
    assert [row.number for row in started.desk.plans.history("areas")] == [2, 1]


def test_two_sections_that_only_fit_one_way_are_checked_one_after_the_other(started: Centre) -> None:
    """One takes an area away while the other sends somebody there: never both."""
    without = areas(started)
    without["areas"] = [one for one in without["areas"] if one["id"] != "chunfeng-3"]
    people = copy.deepcopy(started.desk.plan.document("people"))
    people["people"] = [one for one in people["people"] if one["area"] != "chunfeng-3"]
    store(started, "people", people)
    there = copy.deepcopy(people)
    there["people"].append({"id": "new", "name": "新人", "role": "grid_worker", "area": "chunfeng-3", "duty": []})

    def change(wanted: tuple[str, Document]) -> str:
        try:
            store(started, *wanted)
        except PlanError:
            return "refused"
        return "stored"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(change, (("areas", without), ("people", there)))) == ["refused", "stored"]


def test_what_was_checked_against_an_older_plan_is_not_stored(started: Centre) -> None:
    """Checking holds no lock; where another section changed meanwhile, it is checked anew."""
    people = copy.deepcopy(started.desk.plan.document("people"))
    people["utc_offset_min"] = 420
    wishes = [Wish(section="people", document=people, who=HE, why="x")]
    with started.store.read() as session:
        attempted = writing.prepare(session, started.desk.plan, wishes)
    document = areas(started)
    row(document, "heping")["name"] = "甲"
    store(started, "areas", document)

    with started.store.write() as session:
        assert not writing.store(session, wishes, attempted, 1)
    store(started, "people", people)
    assert started.desk.plan.roster.utc_offset_min == 420


def test_nothing_new_is_no_version(started: Centre) -> None:
    """The same document twice is one version."""
    store(started, "areas", areas(started))

    assert started.desk.plans.history("areas")[0].number == 1


def test_a_change_says_why(started: Centre) -> None:
    """No version without a reason and a name."""
    for lacking in ({"why": " "}, {"who": ""}):
        with pytest.raises(PlanError):
            store(started, "areas", areas(started), **lacking)


@pytest.mark.parametrize("document", [{}, {"levels": []}, {"areas": 3}, {"levels": ["a"], "areas": [{"id": 1}]}])
def test_nonsense_is_refused_with_its_section(started: Centre, document: Document) -> None:
    """A broken document names the section."""
    with pytest.raises(PlanError, match="areas: "):
        store(started, "areas", document)


def test_what_does_not_exist(started: Centre) -> None:
    """Sections and versions that nobody knows."""
    for section, number in (("nothing", None), ("areas", 7)):
        with pytest.raises(UnknownVersion):
            started.desk.plans.show(section, number)


def test_back_makes_a_new_version(started: Centre) -> None:
    """Nothing is overwritten: going back is a third version with the content of the first."""
    document = areas(started)
    row(document, "heping")["name"] = "甲"
    store(started, "areas", document)
    started.desk.plans.back({"areas": 1}, who=HE, why="改错了")

    assert [row.number for row in started.desk.plans.history("areas")] == [3, 2, 1]
    assert started.desk.plan.areas.name_of("110105001002") == "和平社区"
    assert started.desk.plans.diff("areas", 1, 3) == ()


def test_the_small_sample_is_drawn_and_furnished() -> None:
    """Boundaries beside the file fit without a gap; the rooms of the demo stand in their building, on their floor."""
    found = sections.read(documents_of(SAMPLES)[0], {})

    assert findings(found.areas) == ()
    assert set(found.areas.shapes) == {area.id for area in found.areas.areas}
    assert found.facilities.told("fire-a") == "春风里 1 号楼 三层 301 室 室内消防终端"
    assert all(found.facilities.of_device(f"fire-{letter}") for letter in "abcdef")
    things = (*found.facilities.buildings, *found.facilities.facilities)
    for thing in (one for one in things if one.point is not None):
        where = found.areas.at(*thing.point) if thing.point else None
        assert where is not None
        assert found.areas.within(where.id, thing.area), thing.id


@pytest.mark.parametrize("text", ["{", "[]", '{"features": [{"properties": {"id": "shili"}, "geometry": 1}]}'])
def test_boundaries_that_cannot_be_used_are_named(tmp_path: Path, text: str) -> None:
    """The file is in the text."""
    (tmp_path / "areas.toml").write_bytes((SAMPLES / "sample_areas.toml").read_bytes())
    for name in ("roster", "departments"):
        (tmp_path / f"{name}.toml").write_bytes((SAMPLES / f"sample_{name}.toml").read_bytes())
    (tmp_path / "dispatch.toml").write_bytes((SAMPLES / "dispatch.toml").read_bytes())
    (tmp_path / "areas.geojson").write_text(text, encoding="utf-8")
    with pytest.raises(PlanError, match=r"areas\.geojson cannot be used"):
        documents_of(tmp_path)


def test_files_are_followed_until_a_person_stores_a_version(started: Centre, tmp_path: Path) -> None:
    """An edited file counts at the next start, as before; a stored version of a person is never undone by a file."""
    folder = tmp_path / "config"
    folder.mkdir()
    for name in ("sample_areas", "sample_roster", "sample_departments", "dispatch"):
        text = (SAMPLES / f"{name}.toml").read_text(encoding="utf-8")
        (folder / f"{name.removeprefix('sample_')}.toml").write_text(
            text.replace("和平社区", "和平里"), encoding="utf-8"
        )
    started.desk.plans.start(folder)
    assert started.desk.plan.areas.name_of("110105001002") == "和平里"

    document = areas(started)
    row(document, "heping")["name"] = "新和平"
    store(started, "areas", document)
    started.desk.plans.start(folder)
    assert started.desk.plan.areas.name_of("110105001002") == "新和平"


def test_an_incident_keeps_the_grid_it_happened_in(started: Centre) -> None:
    """Its name and chain of that time stay; who answers for the place now is asked of the present plan."""
    old = started.take()
    document = areas(started)
    row(document, "chunfeng-1").update(name="改名网格", code="110105001001009")
    store(started, "areas", document)
    new = started.take(2, device="fire-0002")

    rows = {found.id: found.grid_name for found in started.desk.board().open}
    assert rows[old] == "春风第一网格"
    assert rows[new] == "春风第一网格"  # the gateway still says the former code
    started.move(old, Move.ACCEPT, "lin-zhixia")
    detail = started.desk.detail(old)
    assert detail.areas == ("示例区", "向阳街道", "春风社区", "春风第一网格")
    people = [person for person, _, _ in detail.people]
    assert people[:2] == ["lin-zhixia", "he-anping"]


def test_an_incident_says_what_its_device_watches(started: Centre) -> None:
    """Building, place and facility, as the list has them now."""
    here = {"area": "chunfeng-1", "building": "b", "place": "三层"}
    things = {
        "buildings": [{"id": "b", "name": "1 号楼", "area": "chunfeng-1"}],
        "facilities": [{"id": "f", "name": "消防终端", "kind": "endpoint", "device": "fire-0001", **here}],
    }
    store(started, "facilities", things)

    assert started.desk.detail(started.take(device="fire-0001")).facility == "1 号楼 三层 消防终端"
    assert started.desk.detail(started.take(2, device="fire-0002")).facility == ""


def test_a_grid_that_is_gone_is_answered_by_whom_it_belonged_to(started: Centre) -> None:
    """Its incidents and gateways reach its community, and its code is never given to somebody else."""
    people = copy.deepcopy(started.desk.plan.document("people"))
    people["people"] = [person for person in people["people"] if person["area"] != "heping-1"]
    store(started, "people", people)
    document = areas(started)
    document["areas"].remove(row(document, "heping-1"))
    store(started, "areas", document)

    tree = started.desk.plan.areas
    assert [area.id for area in tree.locate("110105001002001", "elsewhere")] == ["heping", "xiangyang", "shili"]
    assert tree.name_of("110105001002001") == "和平第一网格"
    document = areas(started)
    document["areas"].append(
        {"id": "new", "parent": "heping", "level": "grid", "name": "新网格", "code": "110105001002001"}
    )
    with pytest.raises(PlanError, match="give a new one"):
        store(started, "areas", document)


def test_overlaps_must_be_accepted_by_name(started: Centre) -> None:
    """Boundaries that do not fit are refused, with their square metres, unless somebody says that he knows."""
    document = bare(started)
    row(document, "chunfeng-1")["boundary"] = square(116.50, 39.90)
    row(document, "chunfeng-2")["boundary"] = square(116.51, 39.90)
    row(document, "chunfeng-3")["boundary"] = square(116.519, 39.90)

    with pytest.raises(FindingsOpen, match=r"重叠.*m²"):
        store(started, "areas", document)
    trial = store(started, "areas", document, accept_findings=True)
    assert [finding.what for finding in trial.findings] == ["overlap", "unbounded"]
    found = started.desk.plan.grid_at(116.505, 39.905)
    assert found is not None
    assert found.id == "chunfeng-1"


def test_preview_changes_nothing(started: Centre) -> None:
    """A dry run shows what would change."""
    document = areas(started)
    row(document, "heping")["name"] = "甲"

    assert len(started.desk.plans.preview("areas", document).changes) == 1
    assert started.desk.plans.history("areas")[0].number == 1


def test_what_belongs_to_a_change_is_stored_with_it_or_not_at_all(started: Centre) -> None:
    """`beside` runs in the same transaction."""
    document = areas(started)
    row(document, "heping")["name"] = "甲"

    def fail(_session: object) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        started.desk.plans.apply(Wish(section="areas", document=document, who=HE, why="x"), fail)
    assert started.desk.plans.history("areas")[0].number == 1


def test_matters_of_an_earlier_release_are_used_and_said(
    sqlite_centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that is empty stops no start; the same as a new version is refused with what to mend."""
    folder = shutil.copytree(SAMPLES, sqlite_centre.folder / "config")
    path = folder / "matters.toml"
    path.write_text(re.sub(r'zh = "[^"]+"', 'zh = ""', path.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    plan = load_plan(folder)
    plans = Plans(sqlite_centre.store, plan, sqlite_centre.clock)
    plans.start(folder)

    (nameless,) = [row for row in plan.document("matters")["lines"] if not row["zh"]]
    line = plan.matters.line(nameless["code"])
    assert line is not None
    assert line.zh == nameless["en"]
    wrong = f"line {line.code}: zh must be a text"
    assert wrong in capsys.readouterr().out
    with pytest.raises(PlanError, match=wrong):
        plans.apply(Wish(section="matters", document=plan.document("matters"), who=HE, why="as it was"))


def test_only_the_newest_versions_are_kept(started: Centre) -> None:
    """As many as the setting says, never fewer than twenty; what a draft was begun from stays with it."""
    plans = started.desk.plans
    plans.keep = 3
    drafts = Drafts(started.store, plans, started.clock)
    drafts.save(drafts.of("calendar", HE), {"days_off": [{"date": "2026-12-24", "name": "平安夜"}]})
    for number in range(2, 25):
        store(started, "calendar", {"days_off": [{"date": f"2026-12-{number:02}", "name": "停电"}]})
    assert [row.number for row in plans.history("calendar")] == [*range(24, 4, -1), 1]
    with pytest.raises(UnknownVersion, match="no longer"):
        plans.back({"calendar": 4}, who=HE, why="退回")
    drafts.drop("calendar", HE)
    plans.back({"calendar": 5}, who=HE, why="退回")
    assert [row.number for row in plans.history("calendar")] == [*range(25, 5, -1)]
    assert plans.history("areas")[0].number == 1

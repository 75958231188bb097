"""The area tree, the roster and the sample district."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.grids import AreaError, AreaTree
from domain.roster import DAY_MIN, Roster, RosterError, Shift

CONFIG = Path(__file__).parents[2] / "cloud" / "config"
AREAS = tomllib.loads((CONFIG / "sample_areas.toml").read_text(encoding="utf-8"))
PEOPLE = tomllib.loads((CONFIG / "sample_roster.toml").read_text(encoding="utf-8"))
MIDNIGHT_UTC = 1_795_305_600_000  # 2026-11-22T00:00Z, 08:00 at +08:00


def area(id: str, level: str, parent: str | None = None) -> dict[str, Any]:
    """A row of the file."""
    return {"id": id, "level": level, "name": id, "code": id, **({"parent": parent} if parent else {})}


def tree(*areas: dict[str, Any], levels: tuple[str, ...] = ("grid", "community", "street")) -> AreaTree:
    """A tree from rows."""
    return AreaTree.from_table({"levels": list(levels), "areas": list(areas)})


def test_chain_leads_from_grid_to_district() -> None:
    """An incident climbs its own tree."""
    found = AreaTree.from_table(AREAS).locate("110105001001001", "chunfeng")

    assert [a.name for a in found] == ["春风第一网格", "春风社区", "向阳街道", "示例区"]


def test_an_unknown_grid_falls_back_to_its_site_and_an_unknown_site_to_the_top() -> None:
    """Nothing happens nowhere: somebody always gets it."""
    areas = AreaTree.from_table(AREAS)

    assert [a.level for a in areas.locate("999", "chunfeng")] == ["community", "street", "district"]
    assert [a.level for a in areas.locate("999", "nowhere")] == ["district"]
    assert areas.name_of("999") == "999"


def test_any_depth() -> None:
    """Three or five levels are as good as four."""
    deep = tree(
        area("d", "district"),
        area("s", "street", "d"),
        area("c", "community", "s"),
        area("g", "grid", "c"),
        area("b", "building", "g"),
        levels=("building", "grid", "community", "street", "district"),
    )

    assert [a.id for a in deep.locate("b", "")] == ["b", "g", "c", "s", "d"]
    assert len(tree(area("s", "street"), area("c", "community", "s")).locate("c", "")) == 2


@pytest.mark.parametrize(
    ("areas", "says"),
    [
        ([area("s", "street"), area("g", "grid", "s")], "its parent must be a community"),
        ([area("g", "grid")], "its parent must be a community"),
        ([area("c", "community", "s")], "its parent s does not exist"),
        ([area("s", "street"), area("s", "street")], "share an id"),
        ([area("x", "planet")], "unknown level planet"),
        ([area("s", "street"), area("t", "street", "s")], "its parent must be a nothing"),
        ([{"id": "s", "level": "street"}], "name"),
        ([{**area("s", "street"), "colour": "red"}], "colour"),
    ],
)
def test_a_wrong_tree_is_named(areas: list[dict[str, Any]], says: str) -> None:
    """A mistake stops the start with the area in the text; a cycle cannot pass the levels."""
    with pytest.raises(AreaError, match=says):
        tree(*areas)


def test_a_site_must_lie_somewhere() -> None:
    """A site in an unknown area is refused."""
    with pytest.raises(AreaError, match="site x is in area y"):
        AreaTree.from_table({"levels": ["a"], "areas": [area("a", "a")], "sites": [{"site": "x", "area": "y"}]})


def test_every_area_of_the_sample_has_people() -> None:
    """The sample district has no empty tier."""
    roster = Roster.from_table(PEOPLE)
    hours = range(MIDNIGHT_UTC, MIDNIGHT_UTC + 86_400_000, 3_600_000)

    assert all(roster.on_duty(a.id, at) for a in AreaTree.from_table(AREAS).areas for at in hours)


def test_duty_follows_the_local_clock() -> None:
    """08:00 at +08:00 is the day shift, 20:00 the night shift."""
    roster = Roster.from_table(PEOPLE)

    assert [p.name for p in roster.on_duty("chunfeng", MIDNIGHT_UTC)] == ["周明远"]
    assert [p.name for p in roster.on_duty("chunfeng", MIDNIGHT_UTC + 12 * 3_600_000)] == ["秦越"]


def test_a_hole_in_the_roster_calls_everybody() -> None:
    """Nobody on duty means everybody of the area, never nobody."""
    row = {"id": "a", "name": "甲", "role": "grid_worker", "area": "g", "duty": ["08:00-09:00"]}
    roster = Roster.from_table({"utc_offset_min": 0, "people": [row]})

    assert [p.id for p in roster.on_duty("g", MIDNIGHT_UTC)] == ["a"]
    assert roster.on_duty("elsewhere", MIDNIGHT_UTC) == ()


@given(st.integers(0, DAY_MIN), st.integers(0, DAY_MIN), st.integers(0, DAY_MIN - 1))
def test_a_shift_and_the_rest_of_the_day(start: int, end: int, minute: int) -> None:
    """A minute is in a shift or in the one that begins where it ends, never in both."""
    if start != end:
        first = Shift(start_min=start, end_min=end).covers(minute)
        second = Shift(start_min=end, end_min=start).covers(minute)
        assert not (first and second)
        assert first or second or {start, end} == {0, DAY_MIN}


@pytest.mark.parametrize("duty", [["8"], ["08:00-25:00"], "x", [7]])
def test_a_wrong_roster_names_the_person(duty: Any) -> None:
    """A mistake in a shift stops the start."""
    row = {"id": "lin", "name": "林", "role": "grid_worker", "area": "g", "duty": duty}
    with pytest.raises(RosterError, match="person lin"):
        Roster.from_table({"people": [row]})


def test_two_people_cannot_share_an_id() -> None:
    """The log must say who."""
    row = {"id": "lin", "name": "林", "role": "grid_worker", "area": "g", "duty": []}
    with pytest.raises(RosterError, match="two people"):
        Roster.from_table({"people": [row, row]})

"""Placement: complete, reachable, the closest rule wins, and the times of the documents."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import WorkCalendar
from domain.dispatch import DispatchError, Placement, PlacementTable
from domain.escalation import TIMES_MAX, Chain, ChainStep, escalation
from domain.grids import AreaTree
from domain.incidents import Kind, Severity
from domain.spans import Span, Unit, seconds

LEVELS = ("grid", "community", "street", "district")
CONFIG = Path(__file__).parents[2] / "cloud" / "config"
RAW = tomllib.loads((CONFIG / "dispatch.toml").read_text(encoding="utf-8"))
AREAS = AreaTree.from_table(tomllib.loads((CONFIG / "sample_areas.toml").read_text(encoding="utf-8")))
TABLE = PlacementTable.from_table(RAW, LEVELS, AREAS, ())
CLOCK = WorkCalendar()


def steps_of(placement: Placement, has: tuple[str, ...] = ()) -> list[tuple[str, int]]:
    """The chain of a placement whose acceptance is overdue at 0, in seconds."""
    return [(s.code, s.due_ms // 1000) for s in escalation(placement.chain, 0, CLOCK, has)]


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_and_severity_is_placed_and_reaches_the_street(kind: Kind, severity: Severity) -> None:
    """Nothing is unplaced, and what nobody accepts climbs at least to the street."""
    placement = TABLE.of(kind, severity)
    tiers = {*placement.placed, *placement.chain.tiers}

    assert placement.placed
    assert "street" in tiers
    if kind.life_safety:
        assert "district" in tiers
        assert {placement.limits.accept.unit, placement.limits.overall.unit} == {Unit.CLOCK}, "day and night"


def test_a_confirmed_fire_goes_to_three_tiers_at_once_and_to_the_district_after_a_minute() -> None:
    """确认火警: grid, community and street at once; 60 s; then the district; then everybody again, five times."""
    placement = TABLE.of("fire", "critical")

    assert placement.placed == ("grid", "community", "street")
    assert placement.limits.accept == seconds(60)
    assert steps_of(placement) == [("escalate:district", 0), *((f"repeat:{n}", 120 * n) for n in range(1, 6))]


def test_a_suspected_fire_climbs_by_the_street() -> None:
    """疑似火警: grid and community at once; 120 s; street; district."""
    placement = TABLE.of("fire", "major")

    assert placement.placed == ("grid", "community")
    assert placement.limits.accept == seconds(120)
    assert steps_of(placement)[:2] == [("escalate:street", 0), ("escalate:district", 120)]


def test_a_tier_that_has_it_is_not_called_again() -> None:
    """What comes after a tier that was placed by a worse severity before takes its time."""
    assert steps_of(TABLE.of("fire", "major"), has=("street",))[0] == ("escalate:district", 0)


def test_what_people_report_has_the_working_days_of_the_documents() -> None:
    """1 inside the community, 2 inside the street office, 3 where another unit is needed, 5 at the very latest."""
    placement = TABLE.of("environment", "minor")
    days = [str(placement.limits_at(tier).feed_back) for tier in LEVELS]

    assert days == ["1 working day", "1 working day", "2 working days", "3 working days"]
    assert str(placement.limits.overall) == "5 working days"


waits = st.integers(1, 100_000).map(seconds) | st.integers(1, 10).map(
    lambda days: Span(amount=days, unit=Unit.WORKING_DAYS)
)
chain_steps = st.builds(ChainStep, notify=st.sampled_from(["all", "person:a"]), wait=waits, times=st.integers(1, 10))
climbs = st.builds(ChainStep, notify=st.sampled_from([f"tier:{tier}" for tier in LEVELS]), wait=st.none() | waits)


@given(
    st.lists(climbs, max_size=4, unique_by=lambda s: s.notify),
    st.lists(chain_steps, max_size=3),
    st.integers(0, 1 << 41),
    st.sets(st.sampled_from(LEVELS)),
)
def test_steps_come_in_order_and_once(up: list[ChainStep], then: list[ChainStep], due_ms: int, has: set[str]) -> None:
    """Codes are unique, times never fall, nothing comes before its time, nobody is called as new twice."""
    steps = escalation(Chain(id="c", steps=(*up, *then)), due_ms, CLOCK, has)

    assert len({s.code for s in steps}) == len(steps)
    assert [s.due_ms for s in steps] == sorted(s.due_ms for s in steps)
    assert all(s.due_ms >= due_ms for s in steps)
    assert not {s.tier for s in steps} & has
    assert len(steps) == sum(s.tier not in has for s in up) + sum(s.times for s in then)


def other(**changes: Any) -> dict[str, Any]:
    """The file with its first rule changed; None takes a field out."""
    table = copy.deepcopy(RAW)
    row = table["placements"][0]
    row.update(changes)
    table["placements"][0] = {name: value for name, value in row.items() if value is not None}
    return table


def more(**rule: Any) -> dict[str, Any]:
    """The file with one more rule, as the first one but for these fields."""
    return {**RAW, "placements": [*RAW["placements"], {**RAW["placements"][0], **rule}]}


def with_chain(*steps: dict[str, Any], id: str = "confirmed") -> dict[str, Any]:
    """The file with another chain for the first rule."""
    rest = [chain for chain in RAW["chains"] if chain["id"] != id]
    return {**RAW, "chains": [{"id": id, "steps": list(steps)}, *rest]}


ALL = {"wait": "60 s", "notify": "all"}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({**RAW, "placements": RAW["placements"][1:]}, "no placement for fire critical"),
        ({**RAW, "placements": [*RAW["placements"], RAW["placements"][0]]}, "fire critical is placed twice"),
        (more(severity=["critical", "major"]), "fire critical is placed twice"),
        (more(kind=["fire", "fire"], areas=["chunfeng"]), "placed twice"),
        (other(placed=["street", "grid"]), "named twice or below"),
        (other(placed=["grid", "district"]), "named twice or below"),
        (other(placed=["grid", "community"]), "leaves out street"),
        (other(placed=[]), "nobody would hear"),
        (other(placed=["province"]), "unknown tier province; tiers: community"),
        (other(accept="0 s"), "accept: '0 s'"),
        (other(accept=60), "accept: 60"),
        (other(accept=None), "accept is missing"),
        (other(accept="25 h"), "accept = 25 h is longer than overall = 24 h"),
        (other(feed_back="2 d"), "feed_back = 2 d is longer"),
        (other(overall="5 min", feed_back="4 min"), "goes on after overall = 5 min"),
        (other(chase_times=1000), "chase_times"),
        (other(chase_every="soon"), "soon"),
        (other(accepts=0), "accepts must be"),
        (other(accepts=4), "accepts must be"),
        (other(yellow_percent=100), "yellow_percent"),
        (other(remind_yellow=1), "remind_yellow"),
        (other(accept_m=1), "accept_m"),
        (other(kind=["flood"]), "flood"),
        (other(kind=[]), "matches nothing"),
        (other(severity=["terrible"]), "terrible"),
        (other(chain="nobody"), "chain 'nobody' does not exist"),
        (other(departments=["parks"]), "unknown department parks"),
        (other(tiers={"province": {"accept": "1 h"}}), "unknown tier province"),
        (other(tiers={"street": {"rest": "1 h"}}), "rest: no such time"),
        (more(areas=["atlantis"]), "unknown area atlantis"),
        (more(areas=["shili"]), "could never be reached"),
        (more(areas=["chunfeng", "chunfeng-1"]), "chunfeng-1 lies inside chunfeng"),
        ({**RAW, "chains": [*RAW["chains"], {"id": "spare", "steps": [ALL]}]}, "chain spare: no rule uses it"),
        ({**RAW, "chains": [*RAW["chains"], RAW["chains"][0]]}, "two chains have the id"),
        (with_chain(), "has no step"),
        (with_chain({"wait": "60 s", "notify": "all", "times": TIMES_MAX + 1}), "times = 11"),
        (with_chain({"notify": "all", "times": 2}), "without a wait"),
        (with_chain({"notify": "everybody"}), "everybody"),
        (with_chain({"notify": "role:operator"}), "role:operator"),
        (with_chain({"notify": "tier:@matter"}), "tier:@matter"),
        (with_chain({"notify": "role:operator@province"}), "unknown tier province"),
        (with_chain({"notify": "role:boss@street"}), "unknown role boss; roles: administrator"),
        (with_chain({"notify": "department:parks"}), "unknown department parks"),
        (with_chain({"notify": "tier:district"}, {**ALL, "notify": "tier:district"}), "called twice"),
        (with_chain({"notify": "tier:street"}), "named twice or below"),
        (with_chain({"then": "tier:street"}), "then"),
        ({"chains": []}, "no placement for"),
        ({**RAW, "rules": []}, "rules: no such table"),
    ],
)
def test_a_wrong_table_is_refused(table: dict[str, Any], says: str) -> None:
    """A hole, an overlap, a typo or a step that can never be reached stops the start."""
    with pytest.raises(DispatchError, match=says):
        PlacementTable.from_table(table, LEVELS, AREAS, ())


def test_every_mistake_is_said_at_once() -> None:
    """One a line, so that a person mends them together."""
    with pytest.raises(DispatchError) as caught:
        PlacementTable.from_table(other(placed=["province"], departments=["parks"]), LEVELS, AREAS, ())

    assert len(str(caught.value).splitlines()) >= 2


def test_the_closest_rule_wins() -> None:
    """One that names the matter, then the smallest area, then the general one."""
    rows = (
        {"areas": ["xiangyang"], "accepts": 2},
        {"areas": ["chunfeng-1"], "accepts": 3},
        {"matters": ["dumped_rubbish"], "yellow_percent": 10},
        {"matters": ["dumped_rubbish"], "areas": ["chunfeng"], "yellow_percent": 20},
    )
    rules = [{**RAW["placements"][0], **row} for row in rows]
    table = PlacementTable.from_table({**RAW, "placements": [*RAW["placements"], *rules]}, LEVELS, AREAS, ())

    def found(area: str, matter: str | None = None) -> tuple[int, int]:
        chain = [above.id for above in AREAS.chain(area)]
        placement = table.of("fire", "critical", areas=chain, matter=matter)
        return placement.accepts, placement.yellow_percent

    assert found("shili") == (1, 75)
    assert found("heping-1") == (2, 75)
    assert found("chunfeng-2") == (2, 75)
    assert found("chunfeng-1") == (3, 75)
    assert found("heping-1", "dumped_rubbish") == (1, 10)
    assert found("chunfeng-1", "dumped_rubbish") == (1, 20)
    assert found("chunfeng-1", "something else") == (3, 75)

"""What of the board is shown: nothing is lost, and what endangers lives is never hidden nor drawn into one."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from cloud.board.filters import ALL, Filter, Light, choose, read_filter
from cloud.board.views import IncidentRow
from cloud.console.board.floods import FLOOD_GAP_MS, FLOOD_MIN, Flood, grouped, nodes_of
from cloud.console.picture import Node, node_of
from cloud.plan import load_plan
from domain.incidents import Kind, is_grave

TREE = load_plan().areas
GRIDS = ("110105001001001", "110105001001002", "110105001002001", "nowhere")
KINDS = ("fire", "sos", "sensor_fault", "endpoint_offline")
STAGES = ("reported", "accepted", "dispatched")


def chain(grid: str, site: str) -> tuple[str, ...]:
    return tuple(area.id for area in TREE.locate(grid, site))


@st.composite
def lights(draw: Any) -> tuple[Light, ...]:
    """Families are one level deep."""
    parents = draw(st.lists(st.sampled_from([None, None, "gone", "0", "1"]), max_size=12))
    parents[:2] = [None] * len(parents[:2])
    return tuple(
        Light(
            id=str(number),
            parent_id=parent,
            kind=draw(st.sampled_from(KINDS)),
            severity=draw(st.sampled_from(["minor", "minor", "critical"])),
            grid=draw(st.sampled_from(GRIDS)),
            site="",
            stage=draw(st.sampled_from(STAGES)),
            tiers=draw(st.sampled_from([("grid",), ("grid", "street")])),
            holder=draw(st.sampled_from([None, "me", "you"])),
            due_ms=draw(st.sampled_from([None, 5, 15])),
        )
        for number, parent in enumerate(parents)
    )


FILTERS = st.builds(
    Filter,
    at=st.sampled_from(["", "chunfeng", "chunfeng-1", "shili"]),
    kind=st.sampled_from(["", *KINDS]),
    tier=st.sampled_from(["", "grid", "street"]),
    stage=st.sampled_from(["", *STAGES]),
    mine=st.sampled_from(["", "me"]),
    late=st.sampled_from(["", "1"]),
)


@given(lights(), FILTERS)
def test_what_is_not_shown_is_counted_and_lives_are_always_shown(every: tuple[Light, ...], wish: Filter) -> None:
    choice = choose(every, wish, chain, 10)
    assert len(set(choice.kept)) == len(choice.kept)
    left = {one.id: one for one in every if one.id not in choice.kept}
    assert not any(is_grave(one.kind, one.severity) for one in left.values())
    roots = {one.parent_id if one.parent_id in left else one.id for one in left.values()}
    assert choice.hidden <= len(roots) <= len(left)
    assert bool(left) == bool(choice.hidden)
    assert choice.hidden_late <= choice.hidden
    assert choice.outside <= set(choice.kept)


@given(lights())
def test_without_a_filter_everything_is_shown(every: tuple[Light, ...]) -> None:
    choice = choose(every, ALL, chain, 10)
    assert sorted(choice.kept) == sorted(one.id for one in every)
    assert (choice.outside, choice.hidden) == (frozenset(), 0)


def test_an_area_is_everything_below_it() -> None:
    one, two = (Light(id=grid, parent_id=None, kind="sensor_fault", severity="minor", grid=grid, site="",
                      stage="reported", tiers=(), holder=None, due_ms=None) for grid in GRIDS[:2])  # fmt: skip
    for area, kept in (("chunfeng-1", (one.id,)), ("chunfeng", (one.id, two.id)), ("heping", ())):
        assert choose((one, two), Filter(at=area), chain, 0).kept == kept


def test_what_nobody_knows_counts_as_not_said() -> None:
    said = {"at": "moon", "kind": "x", "tier": "street", "stage": "closed", "mine": "1", "late": "yes"}
    assert read_filter(said, "me", ["chunfeng"], ["grid", "street"]) == Filter(tier="street", mine="me")
    assert Filter(tier="street", mine="me").said() == {"tier": "street", "mine": "1"}


def row(number: int, kind: str, severity: str, grid: str, raised_at_ms: int, **more: Any) -> IncidentRow:
    fields: dict[str, Any] = {
        "id": str(number), "parent_id": None, "kind": kind, "severity": severity, "life_safety": Kind(kind).life_safety,
        "condition": "active", "stage": "reported", "site": "s", "device": "d", "grid": grid, "grid_name": "G",
        "place": "A", "tiers": ("grid",), "raised_at_ms": raised_at_ms, "cleared_at_ms": None,
        "deadline_ms": number + 1, "deadline_stage": "accept", "overdue": False, "holder": None,
        "holder_name": None, "next_step": None,
        "next_step_ms": None, "signals": (), "version": 1,
    }  # fmt: skip
    return IncidentRow(**{**fields, **more})


@st.composite
def nodes(draw: Any) -> tuple[Node, ...]:
    found, at_ms = [], 0
    for number in range(draw(st.integers(0, 40))):
        at_ms += draw(st.sampled_from([0, 1000, 1000, FLOOD_GAP_MS, FLOOD_GAP_MS + 1]))
        kind = draw(st.sampled_from(["sensor_fault"] * 8 + list(KINDS)))
        severity = draw(st.sampled_from(["minor", "minor", "minor", "critical"]))
        found.append(node_of(row(number, kind, severity, draw(st.sampled_from(GRIDS[:3])), at_ms), ()))
    return tuple(found)


@settings(max_examples=40)
@given(nodes())
def test_a_flood_loses_nothing_doubles_nothing_and_takes_no_lives(every: tuple[Node, ...]) -> None:
    entries = grouped(every, TREE)
    drawn = [node for entry in entries for node in nodes_of(entry)]
    assert Counter(node.row.id for node in drawn) == Counter(node.row.id for node in every)
    for flood in (entry for entry in entries if isinstance(entry, Flood)):
        assert len(flood.nodes) >= FLOOD_MIN
        assert {node.row.kind for node in flood.nodes} == {flood.kind}
        assert not any(is_grave(node.row.kind, node.severity) for node in flood.nodes)
        assert sum(count for _, count in flood.stages) == len(flood.nodes)
        assert flood.first.deadline_ms == min(node.row.deadline_ms or 0 for node in flood.nodes)
        times = sorted(node.row.raised_at_ms for node in flood.nodes)
        assert all(later - earlier <= FLOOD_GAP_MS for earlier, later in pairwise(times))
    assert len({entry.key for entry in entries if isinstance(entry, Flood)}) == sum(
        isinstance(entry, Flood) for entry in entries
    )


@settings(max_examples=40)
@given(nodes())
def test_rows_keep_their_order(every: tuple[Node, ...]) -> None:
    """Each stands where its first one stood."""
    place = {node.row.id: number for number, node in enumerate(every)}
    firsts = [min(place[node.row.id] for node in nodes_of(entry)) for entry in grouped(every, TREE)]
    assert firsts == sorted(firsts)


def test_a_street_that_loses_its_power_is_one_row() -> None:
    """Two grids of one community: the row names the community; ten are too few."""
    every = tuple(
        node_of(row(number, "endpoint_offline", "minor", GRIDS[number % 2], number * 1000), ()) for number in range(11)
    )
    (flood,) = grouped(every, TREE)
    assert isinstance(flood, Flood)
    assert flood.area is not None
    assert (flood.area.name, len(flood.nodes)) == ("春风社区", 11)
    assert len(grouped(every[:10], TREE)) == 10

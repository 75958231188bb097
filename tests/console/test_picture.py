"""What stands apart, what stands inside what, and the one line above all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cloud.board.views import Board, GatewayRow, IncidentRow, ShelfRow
from cloud.console.picture import arrange, next_move

ROW = IncidentRow(
    id="1", parent_id=None, kind="fire", severity="major", life_safety=True, condition="active", stage="reported",
    site="s", device="d", grid="g", grid_name="G", place="A", tiers=("grid",), raised_at_ms=0, cleared_at_ms=None,
    deadline_ms=60_000, deadline_stage="accept", overdue=False, holder=None, holder_name=None, next_step=None,
    next_step_ms=None, signals=(), version=1,
)  # fmt: skip
GATEWAY = GatewayRow(
    gateway="gw", site="s", state="online", last_seen_ms=5, outbox_pending=0, quarantine=0, endpoints=()
)


def board(*rows: IncidentRow, gateways: tuple[GatewayRow, ...] = (GATEWAY,)) -> Board:
    return Board(now_ms=10, speed=1, open=rows, recently_closed=(), gateways=gateways)


@pytest.mark.parametrize(
    ("rows", "gateways", "state"),
    [
        ((), (GATEWAY,), "quiet"),
        ((), (), "unsure"),
        ((), (replace(GATEWAY, state="offline"),), "unsure"),
        ((ROW,), (GATEWAY,), "alarm"),
        ((replace(ROW, stage="accepted"),), (GATEWAY,), "taken"),
        ((replace(ROW, life_safety=False),), (GATEWAY,), "quiet"),
    ],
)
def test_headline_state(rows: Any, gateways: Any, state: str) -> None:
    assert arrange(board(*rows, gateways=gateways)).headline.state == state


def test_members_stand_inside_and_the_worst_of_them_marks_the_whole() -> None:
    child = replace(ROW, id="2", parent_id="1", place="B", severity="critical")
    picture = arrange(board(ROW, child))
    assert [(node.row.id, [row.id for row in node.members], node.severity) for node in picture.fires] == [
        ("1", ["2"], "critical")
    ]
    assert (picture.headline.fires, picture.headline.free) == (2, 2)


def test_a_member_whose_parent_is_closed_stands_for_itself() -> None:
    assert [node.row.id for node in arrange(board(replace(ROW, id="2", parent_id="1"))).fires] == ["2"]


def test_a_rise_in_severity_sounds_again() -> None:
    assert arrange(board(ROW)).headline.ring == ("1:major",)
    assert arrange(board(replace(ROW, severity="critical"))).headline.ring == ("1:critical",)
    assert arrange(board(replace(ROW, stage="accepted"))).headline.ring == ()


@pytest.mark.parametrize(
    ("stage", "move"),
    [
        ("reported", "accept"),
        ("accepted", "dispatch"),
        ("dispatched", "feed_back"),
        ("fed_back", "verify"),
        ("verified", "close"),
        ("closed", None),
    ],
)
def test_next_move(stage: str, move: str | None) -> None:
    assert next_move(stage) == move


def test_what_is_critical_inside_stands_first() -> None:
    """Beside lives: the desk has it by its own severity, the board by its worst member."""
    small = replace(ROW, id="1", kind="hazard", life_safety=False, severity="minor")
    other, gas = replace(small, id="2"), replace(small, id="3", parent_id="2", severity="critical")
    assert [node.row.id for node in arrange(board(small, other, gas)).rest] == ["2", "1"]


def test_a_common_cause_is_counted_once_and_lists_the_worst_of_many() -> None:
    cause = replace(ROW, kind="endpoints_offline", life_safety=False)
    away = [replace(cause, id=f"m{n}", parent_id="1", severity="major" if n == 99 else "minor") for n in range(100)]
    picture = arrange(board(cause, *away))
    (node,) = picture.rest

    assert (picture.headline.others, len(node.members), len(node.listed)) == (1, 100, 100)
    assert node.listed[0].id == "m99"


def test_a_shelved_fire_is_no_quiet_board() -> None:
    shelf = ShelfRow(where="A", kinds=("fire",), life_safety=True, author="x", reason="y", until_ms=9, waiting=0)
    gateway = replace(GATEWAY, shelved=(shelf,))
    assert arrange(board(gateways=(gateway,))).headline.state == "shelved"
    assert arrange(board(ROW, gateways=(gateway,))).headline.state == "alarm"
    assert arrange(board(gateways=(gateway, replace(GATEWAY, state="offline")))).headline.state == "unsure"

"""What is kept back at a site stands on the board of the centre, lives first."""

from __future__ import annotations

from typing import Any

import pytest

from cloud.board.shelf_rows import shelf_rows
from tests.cloud.conftest import Centre

SHELF = {
    "id": "s1",
    "device": "fire-a",
    "via": None,
    "kinds": ["escape_door"],
    "rule": None,
    "author": "lin-zhixia",
    "reason": "更换门磁",
    "from_ms": 1,
    "until_ms": 5,
    "waiting": 1,
}


def test_the_board_says_who_keeps_what_back(centre: Centre) -> None:
    """Told by the status; the place of the endpoint, life safety first."""
    centre.status(shelved=[SHELF, {**SHELF, "kinds": ["fire"], "device": None, "via": "switch-3", "until_ms": 3}])
    fire, door = centre.desk.board().gateways[0].shelved

    assert (fire.where, fire.kinds, fire.life_safety) == ("switch-3", ("fire",), True)
    assert (door.where, door.author, door.reason, door.until_ms, door.waiting) == (
        "Room A", "lin-zhixia", "更换门磁", 5, 1,
    )  # fmt: skip


@pytest.mark.parametrize("said", [None, 3, "x", {}, [None], [{}], [{"kinds": 3, "until_ms": "x", "author": []}]])
def test_a_strange_status_takes_no_board_away(said: Any) -> None:
    """Another version, or a fault of ours."""
    assert len(shelf_rows(said, {})) <= 1

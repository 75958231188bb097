"""Rights by role and area: one table, one judge."""

from __future__ import annotations

import pytest

from cloud.plan import load_plan
from cloud.trust.principals import Grant, Principal
from cloud.trust.rights import CENTRE_WIDE, RIGHTS, Action, Forbidden, Guard, action_of
from domain.people import Role

AREAS = load_plan().areas
GUARD = Guard(lambda: AREAS)
GRID = "110105001001001"
CHANGES = {action for action in Action if not action.endswith("_read")} - {Action.PEOPLE_PERSONAL}


def somebody(role: Role, area: str | None = None, **more: object) -> Principal:
    """With one grant."""
    return Principal(actor="somebody", grants=(Grant(role=role, area=area),), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", list(Role))
def test_every_pair_of_role_and_action(role: Role) -> None:
    """The table is what is judged, for the whole district and for each area of the chain, and nowhere beside it."""
    for action in Action:
        allowed = action in RIGHTS[role]
        for area in (None, "shili", "xiangyang", "chunfeng", "chunfeng-1"):
            reaches = allowed and (action not in CENTRE_WIDE or area in (None, "shili"))
            assert GUARD.may(somebody(role, area), action, GRID) == reaches, action
        for beside in ("chunfeng-2", "heping", "heping-1", "gone"):
            assert not GUARD.may(somebody(role, beside), action, GRID), action


def test_the_table_keeps_duties_apart() -> None:
    """Every action has somebody; who audits changes nothing; who keeps the system decides no incident."""
    assert set().union(*RIGHTS.values()) == set(Action)
    assert not RIGHTS[Role.AUDITOR] & (CHANGES | {Action.PEOPLE_PERSONAL})
    moving = {Action.INCIDENT_MOVE, Action.INCIDENT_VOID, Action.INCIDENT_MERGE, Action.INCIDENT_CREATE}
    assert not RIGHTS[Role.ADMINISTRATOR] & moving
    for role in set(Role) - {Role.ADMINISTRATOR}:
        assert not RIGHTS[role] & {Action.ACCOUNT_WRITE, Action.TOKEN_WRITE, Action.PLAN_WRITE, Action.PEOPLE_WRITE}


def test_a_place_nobody_knows_belongs_to_the_top() -> None:
    """It still reaches somebody, but not everybody."""
    assert GUARD.may(somebody(Role.OPERATOR, "shili"), Action.INCIDENT_READ, "999")
    assert not GUARD.may(somebody(Role.OPERATOR, "chunfeng"), Action.INCIDENT_READ, "999")


def test_a_site_serves_those_who_work_in_a_part_of_its_area() -> None:
    """A grid worker sees the gateway of his community, an operator of another community does not."""
    for area, sees in (("chunfeng-1", True), ("chunfeng", True), ("shili", True), ("heping", False), ("gone", False)):
        assert GUARD.reaches(somebody(Role.GRID_LEADER, area), Action.GATEWAY_READ, "chunfeng") == sees


def test_scopes_only_narrow() -> None:
    """A token gets no right that its grant does not carry."""
    narrow = somebody(Role.OPERATOR, None, scopes=frozenset({"board_read", "account_write"}))
    assert GUARD.may(narrow, Action.BOARD_READ)
    assert not GUARD.may(narrow, Action.ACCOUNT_WRITE)
    assert not GUARD.may(narrow, Action.INCIDENT_READ)


def test_a_refusal_names_right_and_place() -> None:
    """And what to do next."""
    with pytest.raises(Forbidden, match=f"incident_void at {GRID}; ask somebody"):
        GUARD.check(somebody(Role.OPERATOR, "heping"), Action.INCIDENT_VOID, GRID)


def test_moves_need_their_right() -> None:
    """Taking something off the board is more than working on it."""
    assert [action_of(move) for move in ("accept", "void", "merge")] == [
        Action.INCIDENT_MOVE,
        Action.INCIDENT_VOID,
        Action.INCIDENT_MERGE,
    ]

"""The roster gives the administrator's right, and does not take it from the last one who can log in."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cloud.plan.errors import PlanError
from cloud.plans.writing import Wish
from cloud.trust.principals import Grant
from domain.people import Role
from tests.cloud.conftest import Centre
from tests.cloud.web import web_trust

KEEPER = "zhou-mingyuan"


def people(centre: Centre, role: str, **more: Any) -> dict[str, Any]:
    """The roster with another role of one person."""
    document = copy.deepcopy(centre.desk.plan.document("people"))
    row = next(row for row in document["people"] if row["id"] == KEEPER)
    top = next(area.id for area in centre.desk.plan.areas.areas if area.parent is None)
    row |= {"role": role, "area": top} | more
    return document


def apply(centre: Centre, document: dict[str, Any]) -> None:
    """Somebody stores it."""
    centre.desk.plans.apply(Wish(section="people", document=document, who="boss", why="换岗"))


def kept(centre: Centre) -> Centre:
    """One administrator, by the roster, with a password."""
    apply(centre, people(centre, "administrator"))
    web_trust(centre).accounts.add(KEEPER, by="test")
    return centre


@pytest.mark.parametrize("change", [{"role": "operator"}, {"role": "administrator", "active": False}], ids=str)
def test_the_last_one_stays(centre: Centre, change: dict[str, Any]) -> None:
    """Whatever the roster would do to him; nothing is stored, and a preview says it too."""
    kept(centre)
    number = centre.desk.plan.read.numbers["people"]
    document = people(centre, **change)
    with pytest.raises(PlanError, match=f"{KEEPER} would be the last administrator"):
        apply(centre, document)
    with pytest.raises(PlanError, match="last administrator"):
        centre.desk.plans.preview("people", document)

    assert centre.desk.plan.read.numbers["people"] == number


@pytest.mark.parametrize(("links_only", "goes"), [(False, True), (True, False)])
def test_one_of_two_may_go(sqlite_centre: Centre, *, links_only: bool, goes: bool) -> None:
    """Where the other one has a password; who only comes in by links is no replacement."""
    kept(sqlite_centre)
    web_trust(sqlite_centre).accounts.add("boss", (Grant(role=Role.ADMINISTRATOR),), by="test", links_only=links_only)
    if goes:
        apply(sqlite_centre, people(sqlite_centre, "operator"))
        return
    with pytest.raises(PlanError, match="last administrator"):
        apply(sqlite_centre, people(sqlite_centre, "operator"))


def test_without_accounts_the_roster_is_free(sqlite_centre: Centre) -> None:
    """Before the first log-in, and in tests of districts."""
    apply(sqlite_centre, people(sqlite_centre, "administrator"))
    apply(sqlite_centre, people(sqlite_centre, "operator"))

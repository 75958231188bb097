"""The roster gives the administrator's right, and does not take it from the last one who can log in."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from cloud.plan.errors import PlanError
from cloud.plans import writing
from cloud.plans.writing import Wish
from cloud.trust.errors import LastKeeper
from cloud.trust.principals import Grant
from domain.people import Role
from tests.cloud.conftest import Centre, opened
from tests.cloud.web import web_trust
from tests.gateway.site import wait_for

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


def two_keepers(centre: Centre) -> Centre:
    """One by the roster, one by his account."""
    kept(centre)
    web_trust(centre).accounts.add("boss", (Grant(role=Role.ADMINISTRATOR),), by="test")
    return centre


def disable(centre: Centre, account: str) -> None:
    """Another administrator throws him out."""
    web_trust(centre).accounts.enable(account, on=False, by="somebody")


def test_an_account_that_went_while_a_roster_was_checked_counts(centre: Centre) -> None:
    """Checking holds no lock; who is left is asked once more by whoever stores."""
    two_keepers(centre)
    wishes = [Wish(section="people", document=people(centre, "operator"), who="boss", why="换岗")]
    with centre.store.read() as session:
        attempted = writing.prepare(session, centre.desk.plan, wishes)
    disable(centre, "boss")
    with pytest.raises(PlanError, match=f"{KEEPER} would be the last"), centre.store.write() as session:
        writing.store(session, wishes, attempted, 1)


def test_a_roster_that_another_process_has_just_stored_counts(centre: Centre) -> None:
    """This one has not read it yet."""
    two_keepers(centre)
    plan = centre.desk.plan
    old = plan.read
    apply(centre, people(centre, "operator"))
    plan.use(old)
    with pytest.raises(LastKeeper, match="boss is the last"):
        disable(centre, "boss")


@pytest.mark.postgres
@pytest.mark.parametrize("first", ["account", "roster"])
def test_of_an_account_and_a_roster_at_one_moment_one_is_refused(tmp_path: Path, postgres_url: str, first: str) -> None:
    """Two connections of a real PostgreSQL, both waiting for the same lock; whoever had it first has his will."""
    for centre in opened(tmp_path, postgres_url):
        two_keepers(centre)
        document = people(centre, "operator")
        refused: list[str] = []

        def run(work: Callable[[], None], refused: list[str] = refused) -> None:
            try:
                work()
            except (PlanError, LastKeeper) as error:
                refused.append(type(error).__name__)

        deeds = {"account": lambda: disable(centre, "boss"), "roster": lambda: apply(centre, document)}  # noqa: B023
        threads = [
            threading.Thread(target=run, args=(deeds[name],)) for name in sorted(deeds, key=lambda n: n != first)
        ]
        with centre.store.write(["a site"]):
            for number, thread in enumerate(threads, 1):
                thread.start()
                wait_for(lambda number=number: waiting(centre) == number)  # type: ignore[misc]  # noqa: B023
        for thread in threads:
            thread.join()
        assert refused == ["PlanError" if first == "account" else "LastKeeper"]


def waiting(centre: Centre) -> int:
    """How many transactions wait for a lock."""
    with centre.store.read() as session:
        return session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) or 0

"""Gateway and centre agree again, whichever of the two lost or restored its database; a person does nothing."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gateway.beliefs.agreement import SETTLE_LOOKS
from gateway.store.schema import open_database
from protocol import desk
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS

BURNING = {"smoke": 0.05, "temp": 20.0}
QUIET = {"smoke": 0.0, "temp": 20.0}


class Site(Bench):
    """A bench whose owed messages the centre takes."""

    def delivered(self) -> None:
        """The centre has acknowledged everything."""
        self._commit(lambda: self.db.execute("DELETE FROM outbox"))

    def hear(self, *rows: dict[str, Any]) -> None:
        """The list of the centre comes."""
        payload = desk.encode(7, [{"stage": "reported", "version": 1, "answers": 0, **row} for row in rows])
        self._commit(lambda: self.pipeline.agreement.hear(self.db, payload))

    def pass_time(self, second: float, looks: int = 1) -> None:
        """Once a second."""
        for _ in range(looks):
            self._commit(lambda: self.pipeline.let_time_pass(self.db, START_MS + round(second * 1000), 0))

    def unknown(self) -> list[str]:
        """What the status names."""
        return list(self.pipeline.agreement.fields(self.db)["unknown"])

    def use_backup(self, backup: Path) -> None:
        """Somebody puts an older file back."""
        self.db.close()
        shutil.copyfile(backup, self.folder / "gateway.sqlite")
        self.db, _ = open_database(self.folder / "gateway.sqlite")
        self.restart()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site at rest."""
    return Site(tmp_path)


def burn(site: Site) -> str:
    """A fire that the centre knows; its id."""
    site.run(0, 10, QUIET)
    site.run(10, 10, BURNING)
    (told,) = [event.data for event in site.events() if "incident_id" in event.data]
    site.delivered()
    return str(told["incident_id"])


def test_an_older_backup_goes_on_above_what_the_centre_knows(site: Site, tmp_path: Path) -> None:
    """Revisions of before the restore are used up: the fire is told again above them, and clears above that."""
    fire = burn(site)
    with sqlite3.connect(tmp_path / "backup") as backup:
        site.db.backup(backup)
    site.run(20, 5, {**BURNING, "temp": 70.0})
    site.run(25, 70, QUIET)
    revisions = [event.data["revision"] for event in site.events() if event.data.get("incident_id") == fire]
    assert revisions[-1] >= 3

    site.use_backup(tmp_path / "backup")
    site.hear({"id": fire, "revision": revisions[-1], "active": False})
    site.pass_time(100)
    site.pass_time(101)
    site.run(101, 100, QUIET)
    told = [(e.data["revision"], e.data["condition"]) for e in site.events() if e.data.get("incident_id") == fire]
    assert [revision for revision, _ in told] == list(range(revisions[-1] + 1, revisions[-1] + 1 + len(told)))
    assert (told[0][1], told[-1][1]) == ("active", "cleared")


def test_nothing_is_told_twice_where_both_agree(site: Site) -> None:
    """The list says what we said."""
    fire = burn(site)
    site.hear({"id": fire, "revision": 1, "active": True})
    site.pass_time(200, SETTLE_LOOKS)
    assert (site.told(), site.unknown()) == ([], [])


def test_a_centre_that_lost_its_database_hears_of_it_again(site: Site) -> None:
    """Its list has everything but this fire; not where the list came while we still owed it."""
    fire = burn(site)
    site.hear()
    site.pass_time(30)
    assert site.told() == []  # told ten seconds ago: the list may be older than that
    site.hear()
    site.pass_time(200)
    (again,) = site.told()
    assert again[1:3] == (2, "active")
    site.hear()
    site.pass_time(400)
    site.delivered()
    site.pass_time(401)
    assert site.told() == []
    site.hear({"id": fire, "revision": 2, "active": True})
    site.pass_time(402)
    assert site.told() == []


def test_a_clock_that_was_set_back_keeps_nothing_from_the_centre(site: Site) -> None:
    """It ran a year ahead when the fire was told; then the centre loses its database."""
    burn(site)
    site.hear()
    site.pass_time(-365 * 86_400)
    assert [revision for _, revision, *_ in site.told()] == [2]


def test_a_list_is_worked_in_again_where_its_transaction_was_undone(site: Site) -> None:
    """Another job of the same commit failed, perhaps."""
    fire = burn(site)
    site.delivered()
    site.hear({"id": fire, "revision": 7, "active": True})
    site.db.execute("BEGIN")
    site.pipeline.let_time_pass(site.db, START_MS + 100_000, 0)
    site.db.execute("ROLLBACK")
    site.forget()
    site.pipeline.agreement.forget()
    site.pass_time(101)

    assert [revision for _, revision, *_ in site.told()] == [8]


def test_what_a_lost_database_knew_is_named_to_the_centre(site: Site) -> None:
    """Not before what still burns has raised its new incident, and not while something is owed."""
    site.run(0, 5, QUIET)
    site.hear({"id": "gone", "revision": 4, "active": True}, {"id": "over", "revision": 9, "active": False})
    site.pass_time(10, SETTLE_LOOKS - 1)
    assert site.unknown() == []
    site.pass_time(70)
    assert site.unknown() == ["gone"]
    site.run(71, 10, BURNING)
    assert site.unknown() == []
    site.delivered()
    assert site.unknown() == ["gone"]
    site.hear({"id": "gone", "revision": 5, "active": False})
    assert site.unknown() == []


def test_an_old_centre_and_a_broken_list_change_nothing(site: Site) -> None:
    """Rows without revision are of a centre before this; what cannot be read is ignored here."""
    burn(site)
    site.hear({"id": "something"})
    site.pass_time(200, SETTLE_LOOKS)
    site._commit(lambda: site.pipeline.agreement.hear(site.db, b"{"))
    assert (site.told(), site.unknown()) == ([], [])

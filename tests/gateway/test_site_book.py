"""The rules of a site in the gateway: on a real database, over restarts, through the contract to the centre."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.incidents import Kind, Severity
from domain.shelving import Shelf
from domain.standing import Problem
from gateway.beliefs.believed import believed
from gateway.pipeline.arrivals import Arrival
from gateway.site_file.site import load
from gateway.store.counters import all_counters
from protocol import status
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS, write_site

DEVICES = tuple(f"fire-{letter}" for letter in "abcdef")
CALM = {"smoke": 0.0, "temp": 20.0}
SMOKE = {"smoke": 0.05, "temp": 20.0}


class SiteBench(Bench):
    """Six endpoints, three of them behind a switch."""

    def configure(self, settings: str) -> None:
        """Write the site file anew; `restart` reads it."""
        path = write_site(self.folder, 1883, DEVICES, settings)
        text = path.read_text()
        for letter in "abc":
            text = text.replace(f'device = "fire-{letter}"', f'device = "fire-{letter}"\nvia = "switch-3"')
        path.write_text(text)
        self.site = load(path)

    def leave(self, device: str, second: int) -> None:
        """Its last will."""
        self.take(status.last_will(1), device, kind="status", at_ms=START_MS + second * 1000)

    def tick(self, second: int) -> None:
        """Time passes."""
        self._commit(lambda: self.pipeline.let_time_pass(self.db, START_MS + second * 1000, 0))

    def shelve(self, **changes: Any) -> None:
        """fire-a for an hour."""
        facts: dict[str, Any] = {"id": "s1", "device": "fire-a", "via": None, "kinds": (), "rule": None}
        facts |= {"author": "lin", "reason": "works", "from_ms": START_MS, "until_ms": START_MS + 3_600_000}
        self._commit(lambda: self.pipeline.book.shelve(self.db, Shelf(**{**facts, **changes})))

    def said(self) -> list[tuple[str, str, str, bool]]:
        """(place, kind, condition, inside another) of every incident message."""
        data = [event.data for event in self.events() if "incident_id" in event.data]
        return [(d["place"], d["kind"], d["condition"], d["parent"] is not None) for d in data]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SiteBench]:
    """A bench of its own."""
    bench = SiteBench(tmp_path)
    yield bench
    bench.db.close()


def test_anchor_12_the_children_of_a_dead_switch_stay_inside_over_a_restart(bench: SiteBench) -> None:
    """Three last wills, kill -9 between any two: one parent first, three members, nothing twice."""
    for second, device in enumerate(DEVICES[:3]):
        bench.leave(device, second)
        bench.restart()
    bench.tick(60)

    assert bench.said() == [
        ("switch-3", "endpoints_offline", "active", False),
        ("Room fire-a", "endpoint_offline", "active", True),
        ("Room fire-b", "endpoint_offline", "active", True),
        ("Room fire-c", "endpoint_offline", "active", True),
        ("switch-3", "endpoints_offline", "active", False),
    ]
    parents = {event.data["parent"] for event in bench.events()[1:4]}
    assert parents == {bench.events()[0].data["incident_id"]}


def test_an_endpoint_alone_is_told_after_the_wait(bench: SiteBench) -> None:
    """Ten seconds, over a restart; its place, not the switch's."""
    bench.leave("fire-a", 0)
    assert bench.said() == []
    bench.restart()
    bench.tick(10)

    assert bench.said() == [("Room fire-a", "endpoint_offline", "active", False)]
    assert bench.rows()[0]["state"] == "offline"


def test_two_endpoints_of_a_grid_confirm_a_fire(bench: SiteBench) -> None:
    """Smoke at the one, then at the other: both critical, the revisions go on, also after a restart."""
    bench.run(0, 4, SMOKE)
    bench.run(0, 4, SMOKE, "fire-b")
    bench.restart()
    bench.run(4, 70, CALM)

    said = [(e.data["device"], e.data["revision"], e.data["severity"], e.data["condition"]) for e in bench.events()]
    assert said == [
        ("fire-a", 1, "major", "active"),
        ("fire-b", 1, "critical", "active"),
        ("fire-a", 2, "critical", "active"),
        ("fire-a", 3, "critical", "active"),
        ("fire-a", 4, "critical", "cleared"),
    ]
    assert all_counters(bench.db)["site.confirmed"] == 2


def test_a_group_is_narrower_than_a_grid(bench: SiteBench) -> None:
    """Two stairwells of one grid, each with its group: they do not confirm each other."""
    path = bench.folder / "site.toml"
    text = path.read_text().replace('device = "fire-a"', 'device = "fire-a"\ngroup = "stairs-1"')
    path.write_text(text)
    bench.site = load(path)
    bench.restart()
    bench.run(0, 4, SMOKE)
    bench.run(0, 4, SMOKE, "fire-b")

    assert [event.data["severity"] for event in bench.events()] == ["major", "major"]


def test_a_shelf_is_kept_over_a_restart_and_ends_by_itself(bench: SiteBench) -> None:
    """Nothing is told, the status says who, why and until when; at its end what is true is told."""
    bench.shelve(kinds=(Kind.FIRE,))
    bench.run(0, 4, SMOKE)
    bench.restart()

    assert bench.said() == []
    (row,) = bench.pipeline.book.shelved(bench.db, START_MS + 10_000)
    assert [row[name] for name in ("device", "author", "reason", "waiting")] == ["fire-a", "lin", "works", 1]
    assert list(row["kinds"]) == ["fire"]
    bench.tick(3600)
    assert bench.said() == [("Room fire-a", "fire", "active", False)]
    assert bench.pipeline.book.shelved(bench.db, START_MS + 3_600_000) == []
    assert bench.db.execute("SELECT ended_by FROM shelves").fetchall() == [("time",)]


def test_unshelved_by_a_person(bench: SiteBench) -> None:
    """At once with the next look; a second time there is nothing to take away."""
    bench.shelve(kinds=(Kind.FIRE,))
    bench.run(0, 4, SMOKE)
    ends = [bench._commit(lambda: bench.pipeline.book.unshelve(bench.db, "s1", "lin", START_MS)) for _ in range(2)]
    bench.tick(5)

    assert ends == [True, False]
    assert len(bench.said()) == 1


def test_another_site_file_is_followed(bench: SiteBench) -> None:
    """An endpoint that was away is taken out of the file: its incident ends, and says why."""
    bench.leave("fire-a", 0)
    bench.tick(10)
    members = {name: member for name, member in bench.site.endpoints.items() if name != "fire-a"}
    object.__setattr__(bench.site, "endpoints", members)
    bench.pipeline.book.use(bench.site)
    bench.tick(11)
    bench.tick(12)

    last = bench.events()[-1].data
    assert (last["condition"], last["signals"][-1]["rule"]) == ("cleared", "removed")


def test_the_centre_and_the_endpoint_mean_the_same_alarm(bench: SiteBench) -> None:
    """A housing that is opened again and again: one incident at the centre; who takes it knows of the newest."""
    for turn in range(5):
        bench.run(turn * 50, 10, {"tamper": True})
        if turn < 4:
            bench.run(turn * 50 + 10, 40, {"tamper": False})
    told = [event.data for event in bench.events() if event.data.get("kind") == "tamper"]
    last = told[-1]["incident_id"]
    own = bench.memory.look(bench.db, "fire-a").incidents[Kind.TAMPER].id

    assert len({data["incident_id"] for data in told}) == 3
    assert own != last
    assert bench.pipeline.book.source_of(bench.db, last) == own
    assert bench.pipeline.book.source_of(bench.db, "nothing") == "nothing"
    bench.pipeline._known(bench.db, "fire-a", Kind.TAMPER, last)
    assert str(bench.memory.look(bench.db, "fire-a").alarms[Kind.TAMPER]) == "acked"


def test_an_undone_transaction_leaves_no_trace(bench: SiteBench) -> None:
    """A disk that failed in the middle: the same message again is told once, from revision 1."""
    payload = status.last_will(1)
    arrival = Arrival(
        device="fire-d", kind="status", topic="gw/1/chunfeng/fire-d/status", payload=payload, received_ms=START_MS,
        received_s=0.0,
    )  # fmt: skip
    bench.db.execute("BEGIN")
    bench.pipeline.take(bench.db, arrival)
    bench.db.execute("ROLLBACK")
    for cache in (bench.memory, bench.counters, bench.pipeline.batch, bench.pipeline.book):
        cache.forget()
    bench.leave("fire-d", 1)
    bench.tick(20)

    assert [(d["device"], d["revision"]) for d in (event.data for event in bench.events())] == [("fire-d", 1)]


def test_a_book_that_was_lost_forgets_no_fire(bench: SiteBench) -> None:
    """A torn page, or the first start of a version with a book: what burns and who is away stay known, and end."""
    bench.run(0, 4, SMOKE)
    bench.leave("fire-d", 1)
    bench.tick(20)
    told = {event.data["incident_id"] for event in bench.events()}
    bench.db.execute("DELETE FROM told_incidents")
    bench.restart()
    bench.tick(21)

    assert all(bench.pipeline.book.knows(bench.db, incident) for incident in told)
    assert len(bench.events()) == 2
    bench.restart()
    bench.run(4, 70, CALM)
    bench.run(80, 1, CALM, "fire-d")
    last = {event.data["incident_id"]: event.data["condition"] for event in bench.events()}
    assert last == dict.fromkeys(told, "cleared")


def test_whatever_the_gateway_itself_believes_is_taken_over_too(bench: SiteBench) -> None:
    """The link to the endpoints' broker, and what it finds wrong with itself."""
    bench.note_site_link(30, 0)
    problem = Problem(rule="disk_full", severity=Severity.MAJOR)
    bench._commit(lambda: bench.pipeline.note_own(bench.db, Kind.GATEWAY_FAULT, [problem], START_MS))
    told = {event.data["incident_id"] for event in bench.events()}
    bench.db.execute("DELETE FROM told_incidents")
    bench.restart()

    assert len(told) == 2
    assert all(bench.pipeline.book.knows(bench.db, incident) for incident in told)


@pytest.mark.parametrize("state", [b"{", b"{}", b'{"id": 3}', b"\xff", b"null"])
def test_a_record_that_cannot_be_read_stops_nothing(bench: SiteBench, state: bytes) -> None:
    """A torn page: counted, and what burns is taken over from the endpoint."""
    bench.run(0, 4, SMOKE)
    bench.shelve(kinds=(Kind.FIRE,))
    bench.db.execute("UPDATE told_incidents SET record = ?", (state,))
    bench.db.execute("UPDATE site_rules SET state = ?", (state,))
    bench.db.execute("UPDATE shelves SET shelf = ?", (state,))
    bench.restart()
    bench.run(4, 70, CALM)

    assert [event.data["condition"] for event in bench.events()][-1] == "cleared"
    assert all_counters(bench.db)["site.unreadable"] == 2
    assert bench.pipeline.book.shelved(bench.db, START_MS + 1000) == []


def test_every_table_of_beliefs_is_read(bench: SiteBench) -> None:
    """Fires and presence alike, of endpoints and of panels; what is over and what is no incident is left alone."""
    bench.run(0, 4, SMOKE)
    bench.leave("fire-d", 1)
    found = {(device, incident.kind) for device, incident in believed(bench.db, "gw")}
    assert found == {("fire-a", Kind.FIRE), ("fire-d", Kind.ENDPOINT_OFFLINE)}

    state = json.dumps({"condition": "active", "x": [{"condition": "active"}]}, separators=(",", ":")).encode()
    columns = len(bench.db.execute("PRAGMA table_info(panels)").fetchall())
    bench.db.execute(f"INSERT INTO panels VALUES ('p'{', ?' * (columns - 1)})", [state] * (columns - 1))  # noqa: S608
    assert {device for device, _ in believed(bench.db, "gw")} == {"fire-a", "fire-d"}

"""Snapshots that show an incident: which of them the centre is owed, when, and that they go behind what matters."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.incidents import Kind
from gateway.outward.pictures import PER_INCIDENT
from gateway.site_file.site import load
from gateway.store.counters import Counters, all_counters
from gateway.store.outbox import Message, Outbox, Priority
from gateway.store.quarantine import by_reason
from gateway.store.schema import DATABASE
from protocol import events, pieces
from protocol.events import MAX_BYTES, MAX_PICTURE
from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.gateway.bench import Bench
from tests.gateway.peers import Cloud, cloud, endpoint, until
from tests.gateway.site import START_MS, Process, outbox, sample, write_site
from tests.pictures import jpeg

CAMERA = "fire-a"  # the site file of the tests calls it so


def with_camera(path: Path) -> Path:
    """The first endpoint of a site file is a camera."""
    path.write_text(path.read_text().replace('kind = "fire"', 'kind = "video"', 1))
    return path


class CameraBench(Bench):
    """A bench whose first endpoint is a camera."""

    def configure(self, settings: str) -> None:
        """Write the site file anew."""
        super().configure(settings)
        self.site = load(with_camera(self.folder / "site.toml"))

    def move(self, seq: int, at_s: int, motion: bool = True) -> None:
        """Somebody is, or is not, where nobody should be."""
        self.take(sample(CAMERA, seq, START_MS + at_s * 1000, motion=motion), CAMERA, at_ms=START_MS + at_s * 1000)

    def shoot(self, number: int, at_s: int, picture: bytes | None = None, received_s: int | None = None) -> str:
        """A snapshot comes, all of it."""
        for payload in parts(f"{CAMERA}-1-{number}", START_MS + at_s * 1000, picture or jpeg(seed=number)):
            self.take(payload, CAMERA, "piece", START_MS + (at_s if received_s is None else received_s) * 1000)
        return f"{CAMERA}-1-{number}"

    def owed(self) -> list[events.Event]:
        """Pictures in the outbox."""
        query = "SELECT payload FROM outbox WHERE priority = ? ORDER BY n"
        return [events.decode(row[0]) for row in self.db.execute(query, (Priority.PICTURE,))]

    def names(self) -> list[str]:
        """Their ids."""
        return [event.data["picture"] for event in self.owed()]


def parts(id: str, at_ms: int, picture: bytes) -> list[bytes]:
    """The pieces of a snapshot."""
    head = {
        "id": id, "size": len(picture), "sha256": hashlib.sha256(picture).hexdigest(), "at_ms": at_ms, "why": "motion",
    }  # fmt: skip
    step = pieces.PIECE_BYTES
    return [pieces.encode(head | {"offset": at}, picture[at : at + step]) for at in range(0, len(picture), step)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[CameraBench]:
    """A camera and a fire detector."""
    bench = CameraBench(tmp_path)
    yield bench
    bench.db.close()


def test_what_belongs_to_an_incident_is_owed_once(bench: CameraBench) -> None:
    """From a minute before the breach until it clears, by the camera's clock, whatever came first."""
    bench.shoot(1, -120)
    before = bench.shoot(2, -30)
    assert bench.owed() == []
    bench.move(1, 0)
    during = bench.shoot(3, 10)
    bench.shoot(3, 10)  # its receipt was lost
    bench.restart()
    bench.shoot(3, 10)
    bench.move(2, 20, motion=False)
    bench.move(3, 60, motion=False)
    late = bench.shoot(4, 15, received_s=90)
    bench.shoot(5, 300)
    first = bench.owed()[0]

    assert bench.names() == [before, during, late]
    assert first.type == events.PICTURE
    assert base64.b64decode(first.data["jpeg"]) == jpeg(seed=2)
    assert (first.data["taken_ms"], first.data["why"], first.data["device"]) == (START_MS - 30_000, "motion", CAMERA)
    raised = next(row for row in sent(bench) if row.type == events.RAISED)
    assert first.subject == first.data["incident_id"] == raised.subject


def sent(bench: Bench) -> list[events.Event]:
    """Everything that is owed."""
    return [events.decode(row[0]) for row in bench.db.execute("SELECT payload FROM outbox ORDER BY n")]


def test_few_for_each_incident_the_first_and_the_newest(bench: CameraBench) -> None:
    """Of those that wait the middle gives way; what the centre has counts."""
    bench.move(1, 0)
    names = [bench.shoot(number, number) for number in range(1, PER_INCIDENT + 3)]
    assert bench.names() == [names[0], *names[1 - PER_INCIDENT :]]
    bench.db.execute("DELETE FROM outbox")  # the centre has all of them
    bench.shoot(50, 30)

    assert bench.names() == []
    assert all_counters(bench.db)["pictures.superseded"] == 2
    assert all_counters(bench.db)["pictures.enough"] == 1


def test_what_was_there_before_the_raise_is_bounded_the_same(bench: CameraBench) -> None:
    names = [bench.shoot(number, number - 40) for number in range(1, 9)]
    bench.move(1, 0)
    assert bench.names() == [names[0], *names[1 - PER_INCIDENT :]]


@pytest.mark.parametrize(
    ("picture", "why"),
    [(jpeg(MAX_PICTURE + 1), "too_large"), (b"GIF89a" + bytes(100), "not_jpeg")],
)
def test_what_the_centre_would_not_take_stays_here(bench: CameraBench, picture: bytes, why: str) -> None:
    bench.move(1, 0)
    bench.shoot(1, 1, picture)
    assert bench.owed() == []
    assert all_counters(bench.db)[f"pictures.{why}"] == 1


def test_the_largest_fits_into_a_message(bench: CameraBench) -> None:
    bench.move(1, 0)
    bench.shoot(1, 1, jpeg(MAX_PICTURE))
    (size,) = bench.db.execute("SELECT max(length(payload)) FROM outbox").fetchone()
    assert 250_000 < size < MAX_BYTES


def test_incidents_of_others_take_no_pictures(bench: CameraBench) -> None:
    """Its picture shows a camera's own incidents only."""
    bench.shoot(1, 0)
    bench.take(sample("fire-b", 1, START_MS, call_point=True), "fire-b")
    assert bench.owed() == []
    assert Kind.FIRE in {Kind(event.data["kind"]) for event in sent(bench)}


def message(number: int, priority: Priority, size: int = 100) -> Message:
    """One row of the outbox."""
    return Message(id=f"m{number}", priority=priority, kind="history", created_ms=number, payload=bytes(size))


def test_order_of_importance(bench: CameraBench) -> None:
    """After incidents, answers and status, before readings; one at a time; the first to go when there is no room."""
    counters = Counters()
    box = Outbox(1_000, counters)
    order = [Priority.BACKFILL, Priority.LIVE, Priority.PICTURE, Priority.PICTURE, Priority.STATUS,
             Priority.INCIDENT, Priority.LIFE_SAFETY]  # fmt: skip
    for number, priority in enumerate(order):
        box.add(bench.db, message(number, priority))

    def turn(*flying: str) -> list[str]:
        return [one.id for one in box.next(bench.db, set(flying), 10, 10)]

    assert turn() == ["m6", "m5", "m4", "m2", "m1", "m0"]
    assert turn("m2", "m5") == ["m6", "m4", "m1", "m0"], "the next picture waits for the one that flies"
    box.add(bench.db, message(8, Priority.LIFE_SAFETY, 450))
    counters.flush(bench.db)

    assert turn() == ["m6", "m8", "m5", "m4", "m1", "m0"], "the pictures went, nothing else"
    assert all_counters(bench.db)["outbox.dropped.picture"] == 2


@pytest.mark.mosquitto
async def test_through_a_real_broker(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """The largest goes through whatever stands between; one that a centre of before refuses is not sent for ever."""
    process = Process(with_camera(write_site(tmp_path, mosquitto.port)), tmp_path / "data")
    process.start()
    async with cloud(mosquitto.port) as centre, endpoint(mosquitto.port) as board:
        await until(centre.hears_a_listening_gateway)
        now_ms = Clock().now_ms()
        board.sample(1, now_ms, motion=True)
        await until(centre.incidents)
        for payload in parts(f"{CAMERA}-1-1", now_ms, jpeg(MAX_PICTURE)):
            board.send("piece", payload)
        (first,) = await until(lambda: pictures(centre))
        centre.refusing = True
        for payload in parts(f"{CAMERA}-1-2", now_ms, jpeg()):
            board.send("piece", payload)
        await until(lambda: len(pictures(centre)) == 2)
        await until(lambda: not owing(tmp_path))
    process.stop()

    assert base64.b64decode(first.data["jpeg"]) == jpeg(MAX_PICTURE)
    db = sqlite3.connect(tmp_path / "data" / DATABASE)
    assert "cloud:no" in by_reason(db)
    db.close()


def pictures(centre: Cloud) -> list[events.Event]:
    """Those that a centre got."""
    return [event for event in centre.events if event.type == events.PICTURE]


def owing(folder: Path) -> list[str]:
    """Pictures in the outbox of a process."""
    return [event.id for event in outbox(folder / "data") if event.type == events.PICTURE]

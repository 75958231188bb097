"""A writer on a disk that is really full or read-only: works on, says that nothing is durable, and lands again."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.outward.relief import MakeRoom
from gateway.outward.snapshots import Snapshots
from gateway.store import lifeboat
from gateway.store.counters import Counters, all_counters
from gateway.store.disk import MOVES, RESERVE, Disk, DiskSign, Footing, IllegalFooting, move
from gateway.store.outbox import Message, Outbox, Priority
from gateway.store.schema import DATABASE, open_database
from gateway.store.writer import Writer
from gateway.telemetry.telemetry import Telemetry
from gateway.work.terminals import revoked
from tests.gateway.disks import SmallDisk, small_disk
from tests.gateway.test_telemetry import reading

RESERVE_BYTES = 4_000_000


class House:
    """A writer with everything that may give way."""

    def __init__(self, folder: Path, reserve_bytes: int = RESERVE_BYTES) -> None:
        self.path = folder / DATABASE
        self.counters = Counters()
        self.outbox = Outbox(10**9, self.counters)
        self.telemetry = Telemetry(("fire-a",))
        self.disk = Disk(folder, reserve_bytes)
        relief = MakeRoom(self.outbox, Snapshots(self.counters), self.counters)
        self.writer = Writer(self.path, (self.telemetry, self.counters), self.disk, relief)
        self._numbers = itertools.count()

    async def owe(self, priority: Priority, size: int = 20_000) -> str:
        """One more message and one more sample."""
        number = next(self._numbers)

        def job(db: sqlite3.Connection) -> str:
            self.telemetry.add(reading("fire-a", number))
            message = Message(id=f"m{number}", priority=priority, kind="x", created_ms=0, payload=b"x" * size)
            self.outbox.add(db, message)
            return message.id

        return await self.writer.do(job)

    async def ids(self, priority: Priority) -> list[str]:
        """What is owed."""
        return await self.writer.do(lambda db: _ids(db, priority))

    async def until(self, footing: Footing) -> None:
        """Return once the database stands so."""
        async with asyncio.timeout(30):
            while self.writer.raft.footing is not footing:
                await asyncio.sleep(0.02)


def _ids(db: sqlite3.Connection, priority: Priority) -> list[str]:
    return [row[0] for row in db.execute("SELECT id FROM outbox WHERE priority = ? ORDER BY n", (priority,))]


@asynccontextmanager
async def running(house: House) -> AsyncIterator[House]:
    """With its writer at work."""
    task = asyncio.create_task(house.writer.run())
    try:
        yield house
    finally:
        task.cancel()
        house.writer.close()


@pytest.mark.parametrize(("footing", "sign"), list(itertools.product(Footing, DiskSign)))
def test_every_pair_of_footing_and_sign(footing: Footing, sign: DiskSign) -> None:
    """In the table, or refused by name."""
    if (footing, sign) in MOVES:
        assert move(footing, sign) in Footing
    else:
        with pytest.raises(IllegalFooting, match=f"{footing} does not know {sign}"):
            move(footing, sign)
    assert len(MOVES) == 5


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallDisk]:
    """Sixteen megabytes, and an impatient writer."""
    monkeypatch.setattr("gateway.store.raft.RESERVE_EVERY_S", 0.2)
    monkeypatch.setattr("gateway.store.raft.LAND_EVERY_S", 0.2)
    monkeypatch.setattr("gateway.store.writer.LAND_EVERY_S", 0.2)
    with small_disk(tmp_path / "disk", 16_000) as made:
        yield made


async def test_the_reserve_keeps_incidents_durable_on_a_full_disk(disk: SmallDisk) -> None:
    """History gives way inside the file, oldest first; every incident is committed, and survives a kill."""
    async with running(House(disk.data)) as house:
        assert house.disk.take_reserve()
        for _ in range(40):
            await house.owe(Priority.LIVE)
        disk.fill()
        raised = [await house.owe(Priority.LIFE_SAFETY, 3_000) for _ in range(150)]
        await house.owe(Priority.LIVE)
        await house.until(Footing.TIGHT)
        assert not (disk.data / RESERVE).exists()
        for _ in range(60):
            await house.owe(Priority.BACKFILL)
        assert not house.writer.afloat
        counted = await house.writer.do(all_counters)
        assert await house.ids(Priority.LIFE_SAFETY) == raised
        assert counted["telemetry.dropped"] > 0
        assert counted["outbox.dropped.backfill"] > 0
        killed = House(disk.data, 0)  # another process would see just this
        async with running(killed):
            assert await killed.ids(Priority.LIFE_SAFETY) == raised
        disk.free()
        house.writer.raft._next_try_s = 0.0
        await house.owe(Priority.LIVE)
        await house.until(Footing.FIRM)
        assert (disk.data / RESERVE).stat().st_size == RESERVE_BYTES


async def test_without_any_room_work_goes_on_in_memory_and_lands(disk: SmallDisk) -> None:
    """No reserve at all: jobs see what those before did, a bad one is undone alone, and one commit lands it all."""
    async with running(House(disk.data, 0)) as house:
        await house.owe(Priority.LIVE)
        disk.fill()
        told = [await house.owe(Priority.LIFE_SAFETY, 3_000)]
        while not house.writer.afloat:
            told.append(await house.owe(Priority.LIFE_SAFETY, 50_000))

        def bad(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM outbox")
            raise ValueError("bad")

        with pytest.raises(ValueError, match="bad"):
            await house.writer.do(bad)
        told += [await house.owe(Priority.LIFE_SAFETY, 3_000) for _ in range(50)]
        assert await house.ids(Priority.LIFE_SAFETY) == told
        assert house.writer.afloat
        disk.free()
        await house.until(Footing.FIRM)
        assert await house.ids(Priority.LIFE_SAFETY) == told
    db, moved = open_database(house.path)
    assert (_ids(db, Priority.LIFE_SAFETY), moved) == (told, None)
    db.close()


async def test_afloat_the_memory_is_bounded(disk: SmallDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    """History in memory is dropped, counted; incidents are not."""
    monkeypatch.setattr("gateway.store.raft.MEMORY_BYTES", 2_000_000)
    async with running(House(disk.data, 0)) as house:
        disk.fill()
        while not house.writer.afloat:
            await house.owe(Priority.LIVE)
        first = await house.owe(Priority.INCIDENT)
        for _ in range(300):
            await house.owe(Priority.LIVE)
        pages = await house.writer.do(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
        counted = await house.writer.do(all_counters)
        assert pages * 4096 < 4_000_000
        assert counted["outbox.dropped.live"] > 100
        assert await house.ids(Priority.INCIDENT) == [first]


async def test_started_on_a_full_disk(disk: SmallDisk) -> None:
    """Without room even for the helper files of the database, and what it knew it still knows."""
    async with running(House(disk.data, 0)) as house:
        first = await house.owe(Priority.LIFE_SAFETY)
    disk.fill()
    again = House(disk.data, 0)
    again._numbers = itertools.count(1)
    assert again.writer.next_boot() == 1
    async with running(again):
        second = await again.owe(Priority.LIFE_SAFETY)
        assert again.writer.afloat
        assert await again.ids(Priority.LIFE_SAFETY) == [first, second]
        disk.free()
        await again.until(Footing.FIRM)
        assert await again.ids(Priority.LIFE_SAFETY) == [first, second]


async def test_started_with_the_reserve_of_before(disk: SmallDisk) -> None:
    """The reserve is for just this: the start is durable."""
    async with running(House(disk.data)) as house:
        assert house.disk.take_reserve()
        first = await house.owe(Priority.LIFE_SAFETY)
    disk.fill()
    again = House(disk.data)
    again._numbers = itertools.count(1)
    async with running(again):
        second = await again.owe(Priority.LIFE_SAFETY)
        await again.until(Footing.TIGHT)
        assert await again.ids(Priority.LIFE_SAFETY) == [first, second]


async def test_started_on_a_read_only_disk(disk: SmallDisk) -> None:
    """In memory, with what the file tells; when the disk can be written again all of it is in the file."""
    async with running(House(disk.data, 0)) as house:
        first = await house.owe(Priority.LIFE_SAFETY)
        live = await house.owe(Priority.LIVE)
    disk.read_only(True)
    again = House(disk.data, 0)
    again._numbers = itertools.count(2)
    assert again.writer.next_boot() == 1
    async with running(again):
        second = await again.owe(Priority.LIFE_SAFETY)
        assert again.writer.afloat
        assert await again.ids(Priority.LIFE_SAFETY) == [first, second]
        disk.read_only(False)
        await again.until(Footing.FIRM)
        assert await again.ids(Priority.LIFE_SAFETY) == [first, second]
        assert await again.ids(Priority.LIVE) == [live]


async def test_a_file_too_large_for_memory_on_a_read_only_disk(
    disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is needed is read where it lies: coming ashore must not wipe the revoked, the shelved and the believed."""
    async with running(House(disk.data, 0)) as house:
        await house.writer.do(lambda db: db.execute("INSERT INTO terminals VALUES ('hand-07', 0, 2)"))
    disk.read_only(True)
    monkeypatch.setattr(lifeboat, "MAX_COPY_BYTES", 1_000)
    again = House(disk.data, 0)
    async with running(again):
        assert again.writer.afloat
        disk.read_only(False)
        await again.until(Footing.FIRM)
        assert await again.writer.do(revoked) == {"hand-07"}


async def test_a_torn_file_on_a_full_disk(disk: SmallDisk) -> None:
    """What judging needs is saved even where there is no room for a second file; the torn one is not touched."""
    async with running(House(disk.data, 0)) as house:
        for _ in range(100):
            await house.owe(Priority.LIVE)
        first = await house.owe(Priority.LIFE_SAFETY)
        await house.writer.do(lambda db: db.execute("INSERT INTO endpoints VALUES ('fire-a', 1, x'7b7d')"))
    data = bytearray(house.path.read_bytes())
    middle = len(data) // 8192 * 4096
    data[middle : middle + 32_768] = b"\x55" * 32_768
    house.path.write_bytes(data)
    disk.fill()
    again = House(disk.data, 0)
    again._numbers = itertools.count(200)
    async with running(again):
        assert again.writer.afloat
        second = await again.owe(Priority.LIFE_SAFETY)
        assert await again.ids(Priority.LIFE_SAFETY) == [first, second]
        assert await again.writer.do(lambda db: db.execute("SELECT device FROM endpoints").fetchall()) == [("fire-a",)]
        disk.free()
        await again.until(Footing.FIRM)
        assert await again.ids(Priority.LIFE_SAFETY) == [first, second]
        assert len(await again.ids(Priority.LIVE)) > 20  # and of history what lies on both sides of the damage
        assert again.writer.torn == 1

"""The database: group commit, the order of the outbox, its bound, and what happens to a torn file."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.counters import Counters, all_counters
from gateway.store.outbox import Message, Outbox, Priority, debt
from gateway.store.quarantine import Quarantine, by_reason
from gateway.store.schema import SCHEMAS, migrate, open_database
from gateway.store.writer import Writer


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A new database."""
    connection, moved = open_database(tmp_path / "gateway.sqlite")
    assert moved is None
    yield connection
    connection.close()


def message(number: int, priority: Priority, size: int = 100) -> Message:
    """One message of a size."""
    return Message(id=f"m{number}", priority=priority, kind="history", created_ms=number, payload=b"x" * size)


def ids(messages: list[Message]) -> list[str]:
    """Their ids."""
    return [m.id for m in messages]


def test_settings_that_survive_a_power_cut(db: sqlite3.Connection) -> None:
    """WAL, synchronous FULL, newest schema."""
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert db.execute("PRAGMA user_version").fetchone() == (max(SCHEMAS),)


def test_incidents_overtake_history_and_live_overtakes_backfill(db: sqlite3.Connection) -> None:
    """In order of importance, then of age; what is flying is left out; the two windows are apart."""
    outbox = Outbox(10**9, Counters())
    order = [Priority.BACKFILL, Priority.LIVE, Priority.INCIDENT, Priority.LIFE_SAFETY, Priority.LIVE]
    for number, priority in enumerate(order):
        outbox.add(db, message(number, priority))

    assert ids(outbox.next(db, (), 9, 9)) == ["m3", "m2", "m1", "m4", "m0"]
    assert ids(outbox.next(db, {"m3", "m1"}, 1, 1)) == ["m2", "m4"]
    assert ids(outbox.next(db, (), 9, 0)) == ["m3", "m2"]
    assert outbox.remove(db, ["m3", "m3", "unknown"]) == 1
    assert (debt(db).pending, debt(db).bytes, debt(db).oldest_ms) == (4, 400, 0)


def test_status_goes_before_readings_and_is_dropped_after_them(db: sqlite3.Connection) -> None:
    """What endpoints report stands between incidents and live readings."""
    counters = Counters()
    outbox = Outbox(300, counters)
    order = [Priority.LIVE, Priority.STATUS, Priority.BACKFILL, Priority.STATUS, Priority.INCIDENT]
    for number, priority in enumerate(order):
        outbox.add(db, message(number, priority))

    assert ids(outbox.next(db, (), 9, 9)) == ["m4", "m1", "m3"]
    outbox.add(db, message(5, Priority.INCIDENT))
    counters.flush(db)
    assert ids(outbox.next(db, (), 9, 9)) == ["m4", "m5", "m3"]
    assert all_counters(db) == {f"outbox.dropped.{name}": 1 for name in ("backfill", "live", "status")}


def test_rows_of_before_status_keep_their_class(tmp_path: Path) -> None:
    """An outbox of the version before: live readings do not become status."""
    db = sqlite3.connect(tmp_path / "old.sqlite", isolation_level=None)
    migrate(db, {number: text for number, text in SCHEMAS.items() if number <= 7})
    db.executemany(
        "INSERT INTO outbox (id, priority, kind, created_ms, payload) VALUES (?, ?, 'history', 0, '')",
        [("incident", 1), ("live", 2), ("backfill", 3)],
    )
    migrate(db)

    now = dict(db.execute("SELECT id, priority FROM outbox"))
    assert now == {"incident": Priority.INCIDENT, "live": Priority.LIVE, "backfill": Priority.BACKFILL}
    db.close()


def test_overflow_drops_backfill_then_live_oldest_first_and_never_incidents(db: sqlite3.Connection) -> None:
    """Exactly what is needed, counted by class; incidents stay even beyond the bound."""
    counters = Counters()
    outbox = Outbox(1_000, counters)
    outbox.add(db, message(0, Priority.LIFE_SAFETY))
    for number in range(1, 5):
        outbox.add(db, message(number, Priority.BACKFILL))
    for number in range(5, 12):
        outbox.add(db, message(number, Priority.LIVE))
    assert ids(outbox.next(db, (), 99, 99)) == ["m0", *(f"m{n}" for n in range(5, 12)), "m3", "m4"]
    for number in range(12, 32):
        outbox.add(db, message(number, Priority.INCIDENT))

    counters.flush(db)
    assert ids(outbox.next(db, (), 99, 99)) == ["m0", *(f"m{n}" for n in range(12, 32))]
    assert all_counters(db) == {"outbox.dropped.backfill": 4, "outbox.dropped.live": 7}


def test_a_long_queue_costs_no_more_than_a_short_one(db: sqlite3.Connection) -> None:
    """The next messages come from the index, whatever waits behind them."""
    plan = db.execute(
        "EXPLAIN QUERY PLAN SELECT n, id FROM outbox WHERE priority = ? ORDER BY n LIMIT ?", (2, 10)
    ).fetchall()

    assert "outbox_order" in plan[0][3]
    assert len(plan) == 1  # no sorting step


def test_quarantine_keeps_the_newest_and_counts_the_rest(db: sqlite3.Connection) -> None:
    """Bounded, never silent."""
    counters = Counters()
    quarantine = Quarantine(3, counters)
    for number in range(5):
        quarantine.add(db, number, "not_json", "gw/1/a/b/readings", b"{")
    counters.flush(db)

    assert by_reason(db) == {"not_json": 3}
    assert all_counters(db) == {"quarantined.not_json": 5, "quarantine.dropped": 2}


def test_quarantine_keeps_the_beginning_of_a_monster(db: sqlite3.Connection) -> None:
    """A thousand messages of a megabyte would be a disk; a reason that the cloud gave is text of somebody else."""
    Quarantine(3, Counters()).add(db, 1, "cloud:" + "x" * 999, "t" * 999, b"y" * 1_000_000)
    (reason, topic, payload) = db.execute("SELECT reason, topic, payload FROM quarantine").fetchone()
    assert (len(reason), len(topic), len(payload)) == (64, 256, 16_384)


async def test_a_stream_of_jobs_shares_commits(tmp_path: Path) -> None:
    """After a pause the first goes at once; what comes in the next moment goes together; `soon` does not wait."""
    writer = Writer(tmp_path / "gateway.sqlite", every_s=0.3)
    commits: list[int] = []
    done: list[int] = []
    writer.after_commit(lambda: commits.append(len(done)))
    running = asyncio.create_task(writer.run())
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    await writer.do(lambda _db: done.append(0))
    assert loop.time() - begun_s < 0.25
    await asyncio.gather(*(writer.do(lambda _db, n=n: done.append(n)) for n in range(1, 50)))
    waited_s = loop.time() - begun_s
    await writer.do(lambda _db: done.append(50), soon=True)
    hurried_s = loop.time() - begun_s - waited_s
    running.cancel()
    writer.close()

    assert waited_s >= 0.3
    assert hurried_s < 0.25
    assert done == list(range(51))
    assert len(commits) == 3


async def test_one_bad_job_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    """Its error goes to who asked, the jobs of the same transaction are done all the same, once."""
    counters = Counters()
    writer = Writer(tmp_path / "gateway.sqlite", (counters,))

    def good(db: sqlite3.Connection) -> int:
        counters.add("done")
        db.execute("INSERT INTO staged (backfill, row) VALUES (0, x'00')")
        return 1

    def bad(db: sqlite3.Connection) -> int:
        good(db)
        raise ValueError("bad")

    running = asyncio.create_task(writer.run())
    results = await asyncio.gather(*(writer.do(job) for job in (good, bad, good)), return_exceptions=True)
    count = await writer.do(
        lambda db: (all_counters(db)["done"], *db.execute("SELECT COUNT(*) FROM staged").fetchone())
    )
    running.cancel()
    writer.close()

    assert (results[0], str(results[1]), results[2], count) == (1, "bad", 1, (2, 2))


async def test_a_torn_file_with_no_way_on_yet_is_replaced_by_memory(tmp_path: Path) -> None:
    """While no new database can be made the work goes on, told as not durable; then all of it goes into a new one."""
    path = tmp_path / "data" / "gateway.sqlite"
    writer = Writer(path)
    running = asyncio.create_task(writer.run())
    await writer.do(stage)

    async with asyncio.timeout(20):
        with pytest.raises(sqlite3.DatabaseError):
            await writer.do(lambda _db: tear(path))
        assert await writer.do(count) == 0
        await writer.do(stage)
        assert writer.afloat
        path.parent.unlink()
        while writer.afloat:
            await asyncio.sleep(0.05)
        assert await writer.do(count) == 1
    running.cancel()
    writer.close()
    db, moved = open_database(path)
    assert (count(db), moved) == (1, None)
    db.close()


def stage(db: sqlite3.Connection) -> None:
    """One row."""
    db.execute("INSERT INTO staged (backfill, row) VALUES (0, x'00')")


def count(db: sqlite3.Connection) -> int:
    """How many rows there are."""
    return int(db.execute("SELECT COUNT(*) FROM staged").fetchone()[0])


def tear(path: Path) -> None:
    """The file is no database any more, and a stray file in its folder's place keeps any other from being made."""
    if path.parent.is_dir():
        shutil.rmtree(path.parent)
        path.parent.write_text("in the way")
    error = sqlite3.DatabaseError("file is not a database")
    error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
    raise error


@pytest.mark.parametrize("damage", ["header", "middle", "short", "empty_text"])
def test_a_torn_file_is_moved_aside_and_what_can_be_read_goes_on(tmp_path: Path, damage: str) -> None:
    """Work continues; where the outbox can still be read its incidents are not lost."""
    path = tmp_path / "gateway.sqlite"
    db, _ = open_database(path)
    outbox = Outbox(10**9, Counters())
    for number in range(200):
        outbox.add(db, message(number, Priority.LIFE_SAFETY if number == 0 else Priority.LIVE, 3_000))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    data = bytearray(path.read_bytes())
    if damage == "header":
        data[:100] = b"\x55" * 100
    elif damage == "middle":
        middle = len(data) // 8192 * 4096
        data[middle : middle + 65536] = b"\x55" * 65536
    elif damage == "short":
        del data[len(data) // 2 :]
    else:
        data = bytearray(b"this is not a database, it is a letter" * 400)
    path.write_bytes(data)

    db, moved = open_database(path)

    assert moved is not None
    assert moved.read_bytes() == data
    assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
    outbox.add(db, message(999, Priority.LIVE))
    assert debt(db).pending >= 1
    if damage == "middle":
        assert outbox.get(db, "m0") is not None
    db.close()
    again, moved = open_database(path)
    again.close()
    assert moved is None

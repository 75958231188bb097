"""The store of all samples: exact, bounded in bytes and days, each sample once whatever died in between."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.readings import Reading
from gateway.store.counters import Counters, all_counters
from gateway.store.schema import DATABASE
from gateway.store.writer import Writer
from gateway.telemetry import telemetry
from gateway.telemetry.blocks import pack, unpack
from gateway.telemetry.command import main as show
from gateway.telemetry.command import when_ms
from gateway.telemetry.reader import NothingRecorded, recorded
from gateway.telemetry.recent import Recent
from gateway.telemetry.store import DAY_MS, FILE, TelemetryStore
from gateway.telemetry.telemetry import Packer, Telemetry
from runtime.clock import Clock

NOW_MS = 1_795_000_000_000


def reading(device: str, seq: int, at_ms: int = 0, **values: bool | int | float) -> Reading:
    """One sample at 1 Hz."""
    at_ms = at_ms or NOW_MS + seq * 1000
    return Reading(
        device=device, boot=1, seq=seq, at_ms=at_ms, received_ms=at_ms + 40, told_ms=at_ms, backfill=False,
        quality="good", values=values or {"temp": 20.0 + seq % 7 / 10, "call_point": False}, faults={},
    )  # fmt: skip


values = st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False) | st.floats(
    -90, 90
).map(lambda x: round(x, 2))  # fmt: skip
names = st.sampled_from(["temp", "smoke", "co", "call_point"])
whole = st.integers(0, 2**52)
readings = st.builds(
    Reading,
    device=st.just("fire-a"),
    boot=whole,
    seq=whole,
    at_ms=whole,
    received_ms=whole,
    told_ms=st.none() | whole,
    backfill=st.booleans(),
    quality=st.sampled_from(["good", "uncertain"]),
    values=st.dictionaries(names, values),
    faults=st.dictionaries(names, st.sampled_from(["no_answer", "bad_crc"])),
)


@given(st.lists(readings, min_size=1, max_size=30))
def test_a_block_gives_back_exactly_what_it_was_given(samples: list[Reading]) -> None:
    """Every field, every value with its type; whatever comes and goes between two samples."""
    again = list(unpack("fire-a", pack(samples)))

    assert again == samples
    for before, after in zip(samples, again, strict=True):
        assert {k: (type(v), repr(v)) for k, v in before.values.items()} == {
            k: (type(v), repr(v)) for k, v in after.values.items()
        }


def test_a_block_is_small_and_a_broken_one_says_so() -> None:
    """Ten minutes of noisy channels take two bytes per value, everything else included."""
    rand = random.Random(3)
    samples = [
        reading(
            "fire-a", n, temp=round(21 + rand.gauss(0, 0.1), 2), smoke=round(rand.gauss(0.001, 0.0003), 5), co=n % 3
        )
        for n in range(600)
    ]
    block = pack(samples)

    assert len(block) < 600 * 3 * 2
    with pytest.raises(ValueError, match="a block of fire-a is broken"):
        list(unpack("fire-a", block[:-20]))


class Store:
    """A writer with staged telemetry, and the packer beside it."""

    def __init__(self, folder: Path, max_bytes: int = 10**9, devices: tuple[str, ...] = ("fire-a", "fire-b")) -> None:
        self.folder = folder
        self.counters = Counters()
        self.stage = Telemetry(devices)
        self.writer = Writer(folder / DATABASE, (self.stage, self.counters))
        self.store = TelemetryStore(folder, max_bytes, 30)
        self.packer = Packer(folder, self.store, self.writer, self.counters, Clock())
        self.running = asyncio.create_task(self.writer.run())

    async def add(self, *samples: Reading) -> None:
        """One transaction."""

        def job(_db: sqlite3.Connection) -> None:
            for sample in samples:
                self.stage.add(sample)

        await self.writer.do(job)

    async def close(self) -> None:
        """As at the end of the process."""
        self.running.cancel()
        self.store.close()
        self.writer.close()

    def numbers(self, device: str = "fire-a", from_ms: int = 0, to_ms: int = 1 << 60) -> list[int]:
        """Recorded sequence numbers of one endpoint."""
        with recorded(self.folder) as record:
            return [r.seq for r in record.samples(device, from_ms, to_ms)]


@pytest.fixture
async def store(tmp_path: Path) -> Iterator[Store]:
    """A store of its own."""
    made = Store(tmp_path)
    yield made
    await made.close()


async def test_samples_are_readable_at_once_and_after_packing(store: Store) -> None:
    """Staged, packed, or half of each: the same answer, in order of measuring, each once."""
    for n in range(0, 40, 2):
        await store.add(reading("fire-a", n), reading("fire-b", n))
    assert store.numbers() == list(range(0, 40, 2))
    await store.packer.pack_ripe(all_of_it=True)
    assert await store.writer.do(lambda db: db.execute("SELECT COUNT(*) FROM telemetry").fetchone()) == (0,)
    for n in range(1, 40, 2):  # an outage: measured in between, told later
        await store.add(reading("fire-a", n))

    assert store.numbers() == list(range(40))
    assert store.numbers("fire-a", NOW_MS + 5_000, NOW_MS + 8_000) == [5, 6, 7]
    with recorded(store.folder) as record:
        assert record.devices() == ["fire-a", "fire-b"]
        merged = [(r.at_ms, r.device) for r in record.replay(0, 1 << 60)]
        assert merged == sorted(merged)
        assert len(merged) == 60
        assert next(record.samples("fire-a", 0, 1 << 60)) == reading("fire-a", 0)


async def test_packed_twice_is_read_once(store: Store) -> None:
    """Killed between the two commits, or a backup restored: the block is there twice, its samples are not."""
    await store.add(*(reading("fire-a", n) for n in range(50)))
    for _ in range(2):
        store.packer._put(0)  # the second time as after a kill before the stage was emptied

    assert store.numbers() == list(range(50))


async def test_only_what_is_ripe_is_packed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough of it, or old enough."""
    monkeypatch.setattr(telemetry, "PACK_SAMPLES", 10)
    now_ms = Clock().now_ms() - telemetry.LEAVE_MS - 1000
    await store.add(*(reading("fire-a", n, now_ms + n) for n in range(9)))
    await store.packer.pack_ripe()
    assert not (store.folder / FILE).exists()
    await store.add(reading("fire-a", 9, now_ms + 9))
    await store.packer.pack_ripe()
    assert (store.folder / FILE).exists()
    await store.add(reading("fire-a", 10, now_ms - telemetry.PACK_AFTER_MS - 1000))
    await store.packer.pack_ripe()
    assert await store.writer.do(lambda db: db.execute("SELECT COUNT(*) FROM telemetry").fetchone()) == (0,)


async def test_the_last_minute_stays_staged(store: Store) -> None:
    """A gateway that starts again has the readings before an incident at once."""
    now_ms = Clock().now_ms()
    await store.add(reading("fire-a", 1, now_ms - telemetry.PACK_AFTER_MS - 1000))
    await store.add(reading("fire-a", 2, now_ms - telemetry.LEAVE_MS // 2))
    await store.packer.pack_ripe()
    recent = Recent()
    assert await store.writer.do(lambda db: recent.evidence(db, "fire-a", 0, now_ms)) == {
        "temp": [[now_ms - telemetry.LEAVE_MS // 2, 20.2]],
        "call_point": [[now_ms - telemetry.LEAVE_MS // 2, False]],
    }
    assert store.numbers() == [1, 2]


async def test_the_file_never_grows_beyond_its_bound(tmp_path: Path) -> None:
    """Oldest first, counted; the file itself is measured after every packing."""
    store = Store(tmp_path, max_bytes=1_000_000)
    rand = random.Random(1)
    kept: list[int] = []
    for batch in range(12):
        base = batch * 20_000
        await store.add(*(reading("fire-a", base + n, x=rand.random()) for n in range(20_000)))
        await store.packer.pack_ripe(all_of_it=True)
        assert (tmp_path / FILE).stat().st_size <= 1_000_000
        kept = store.numbers()
        assert kept == list(range(kept[0], base + 20_000))
    assert kept[0] > 0
    counted = await store.writer.do(all_counters)
    assert counted["telemetry.dropped"] == kept[0]
    await store.close()

    smaller = Store(tmp_path, max_bytes=700_000)  # somebody lowered the bound
    await smaller.add(reading("fire-a", 999_999))
    await smaller.packer.pack_ripe(all_of_it=True)
    assert (tmp_path / FILE).stat().st_size <= 700_000
    assert smaller.numbers()[-1] == 999_999
    await smaller.close()


async def test_what_is_too_old_goes_but_a_leaping_clock_takes_little(store: Store) -> None:
    """Thirty days; and a clock that is a year ahead for one packing drops a few blocks, not all."""
    for day in range(60):
        await store.add(reading("fire-a", day, NOW_MS + day * DAY_MS))
        store.packer._put(0)
        await store.writer.do(lambda db: db.execute("DELETE FROM telemetry"))
    assert len(store.numbers()) == 60  # nothing was old: the clock of this test stands
    store.store.put([], NOW_MS + 89 * DAY_MS)
    assert store.numbers()[0] == 16
    store.store.put([], NOW_MS + 365 * DAY_MS)
    assert store.numbers()[0] == 32


async def test_a_torn_file_costs_itself_only(store: Store) -> None:
    """It is set aside, staged samples go into a new one, and nobody had to do anything."""
    await store.add(*(reading("fire-a", n) for n in range(20)))
    (store.folder / FILE).write_bytes(b"torn" * 9_000)
    await store.packer.pack_ripe(all_of_it=True)

    assert store.numbers() == list(range(20))
    assert (store.folder / f"{FILE}.torn-1").exists()


async def test_a_page_torn_in_the_middle_costs_its_blocks_only(store: Store) -> None:
    """Nobody reads all of a large file at the start; the first packing that meets the damage has it repaired."""
    for base in range(0, 20_000, 1_000):
        await store.add(*(reading("fire-a", base + n, x=random.Random(base + n).random()) for n in range(1_000)))
        await store.packer.pack_ripe(all_of_it=True)
    store.store.close()
    data = bytearray((store.folder / FILE).read_bytes())
    data[4096 : 4096 * 4] = b"\x55" * 4096 * 3
    (store.folder / FILE).write_bytes(data)
    await store.add(reading("fire-a", 20_000))
    for _ in range(3):
        await store.packer.pack_ripe(all_of_it=True)

    assert store.numbers()[-1] == 20_000
    assert (store.folder / f"{FILE}.torn-1").exists()


async def test_where_packing_fails_the_stage_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in the place of the file: samples stay staged, the oldest go at the bound, all of it is counted."""
    monkeypatch.setattr(telemetry, "MAX_STAGED_BYTES", 100_000)
    (store.folder / FILE).mkdir()
    for n in range(2_000):
        await store.add(reading("fire-a", n))
    await store.packer.pack_ripe(all_of_it=True)
    counted = await store.writer.do(all_counters)
    (size,) = await store.writer.do(lambda db: db.execute("SELECT SUM(length(rows)) FROM telemetry").fetchone())
    (store.folder / FILE).rmdir()

    assert counted["telemetry.not_packed"] == 1
    assert 0 < size <= 100_000
    assert store.numbers() == list(range(counted["telemetry.dropped"], 2_000))


async def test_shown_to_a_person_and_as_csv(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """One channel or all, from and to in local time; where there is nothing it says what there is."""
    start_ms = when_ms("2026-11-22T08:00")
    assert when_ms("2026-11-22T00:00+00:00") == start_ms
    await store.add(*(reading("fire-a", n, start_ms + n * 1000, temp=20.5, smoke=0.0) for n in range(5)))

    def run(device: str, channel: str | None, span: tuple[str | None, str | None], *, as_csv: bool = True) -> int:
        return show(store.folder, device, channel, span, start_ms + 60_000, as_csv=as_csv)

    assert run("fire-a", None, ("2026-11-22T08:00:01", "2026-11-22T08:00:03")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "time,at_ms,received_ms,boot,seq,backfill,quality,smoke,temp"
    assert lines[1] == f"2026-11-22T08:00:01.000+08:00,{start_ms + 1000},{start_ms + 1040},1,1,0,good,0.0,20.5"
    assert len(lines) == 3
    assert run("fire-a", "temp", (None, None), as_csv=False) == 0
    assert capsys.readouterr().out.splitlines()[4] == "2026-11-22T08:00:04.000+08:00  temp 20.5"
    assert run("lift-1", None, (None, None)) == 3
    assert "recorded are: fire-a" in capsys.readouterr().err
    assert run("fire-a", None, ("yesterday", None)) == 2
    with pytest.raises(NothingRecorded), recorded(store.folder / "elsewhere"):
        pass

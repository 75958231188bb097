"""Another site file while the gateway runs: what is told of it, and what each part does afterwards."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gateway.beliefs.memory import Memory
from gateway.desks.reload import Reload
from gateway.pipeline.pipeline import Pipeline
from gateway.site_file.changes import MAX_LINES, changes_between, fixed_changes
from gateway.site_file.site import Site, load
from gateway.store.counters import Counters, all_counters
from gateway.store.outbox import Outbox
from gateway.store.quarantine import Quarantine
from gateway.store.writer import Writer
from protocol import events
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS, sample, write_site

SMOKE = {"smoke": 0.05, "temp": 20.0}


class Running:
    """A pipeline with its writer, and the reload of its site file."""

    def __init__(self, folder: Path) -> None:
        self.file = write_site(folder, 1883, ("fire-a", "fire-b"))
        self.site = load(self.file)
        self.counters = Counters()
        memory = Memory(self.site)
        self.writer = Writer(folder / "gateway.sqlite", (memory, self.counters))
        quarantine = Quarantine(100, self.counters)
        self.pipeline = Pipeline(self.site, memory, Outbox(10**9, self.counters), quarantine, self.counters)
        self.writer.keep_with(self.pipeline.batch, first=True)
        self.writer.after_commit(self.pipeline.filters.keep)
        self.writer.keep_with(self.pipeline.book)
        self.reload = Reload(self.site, self.pipeline, self.writer, self.counters)

    def write(self, old: str, new: str) -> None:
        """Change the file."""
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new), encoding="utf-8")

    def append(self, text: str) -> None:
        """Add to the file."""
        self.file.write_text(f"{self.file.read_text(encoding='utf-8')}\n{text}\n", encoding="utf-8")

    async def apply(self) -> dict[str, Any]:
        """Reload."""
        return await self.reload.apply({})

    async def counted(self) -> dict[str, int]:
        """All counters."""
        return await self.writer.do(all_counters)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """One that serves."""
    gateway = Running(tmp_path)
    task = asyncio.create_task(gateway.writer.run())
    yield gateway
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    gateway.writer.close()


async def test_a_change_is_applied_and_told(running: Running) -> None:
    """Everybody who holds the site sees the new one; the object is the same."""
    site = running.site
    running.write('place = "Room fire-a"', 'place = "北楼 2 层"\nsettings = {limits = {}}')
    running.append('[rules.fire]\nhold_ms = 3000\n[[filters]]\nchannels = ["temp"]\nhigh = 60')
    answer = await running.apply()
    assert answer == {
        "applied": True,
        "changes": [
            "endpoints.fire-a.place: 'Room fire-a' -> '北楼 2 层'",
            "+ endpoints.fire-a.settings",
            "+ rules",
            "+ filters",
        ],
        "problems": [],
    }
    assert running.site is site
    assert (site.endpoints["fire-a"].place, site.fire.hold_ms, len(site.filters)) == ("北楼 2 层", 3000, 1)
    assert (await running.apply())["changes"] == []
    assert (await running.counted())["site.reloads"] == 1


async def test_a_file_with_errors_changes_nothing(running: Running) -> None:
    """All errors are told, and all goes on as before; half of a file is never used."""
    running.write('place = "Room fire-a"', 'place = ""')
    running.write('place = "Room fire-b"', 'place = "elsewhere"\nkidn = 1')
    answer = await running.apply()
    assert answer["applied"] is False
    assert [(problem["line"], problem["where"]) for problem in answer["problems"]] == [
        (12, "endpoints[1].place"),
        (18, "endpoints[2].kidn"),
    ]
    assert [member.place for member in running.site.endpoints.values()] == ["Room fire-a", "Room fire-b"]
    running.file.unlink()
    assert "cannot be read" in (await running.apply())["problems"][0]["text"]
    assert (await running.counted())["site.reloads_refused"] == 2


async def test_what_connections_hang_on_takes_a_restart(running: Running) -> None:
    """It is refused as a whole, by name: also what could have been applied."""
    running.write("port = 1883", "port = 1884")
    running.write('place = "Room fire-a"', 'place = "elsewhere"')
    answer = await running.apply()
    assert (answer["applied"], [problem["where"] for problem in answer["problems"]]) == (
        False,
        ["site_broker", "cloud_broker"],
    )
    assert "takes a restart" in answer["problems"][0]["text"]
    assert running.site.endpoints["fire-a"].place == "Room fire-a"


async def test_a_fire_goes_on_under_other_rules(running: Running) -> None:
    """Same incident, and it is told with the place of now."""

    def samples(first: int, count: int) -> Any:
        def job(db: sqlite3.Connection) -> None:
            for second in range(first, first + count):
                at_ms = START_MS + second * 1000
                running.pipeline.take(db, Bench.arrival(sample("fire-a", second, at_ms, **SMOKE), at_ms=at_ms))

        return job

    await running.writer.do(samples(0, 5))
    running.write('place = "Room fire-a"', 'place = "elsewhere"')
    running.append("[rules.fire]\ntemp_raise_c = 60")
    assert (await running.apply())["applied"]
    await running.writer.do(samples(5, 60))
    rows = await running.writer.do(lambda db: db.execute("SELECT payload FROM outbox ORDER BY n").fetchall())
    incidents = [events.decode(payload).data for (payload,) in rows]
    assert len({data["incident_id"] for data in incidents}) == 1
    assert [data["place"] for data in incidents] == ["Room fire-a", "elsewhere"]


async def test_filters_keep_what_they_know(running: Running) -> None:
    """How long a sensor has stood still is not forgotten because another channel gets a filter."""
    running.append('[[filters]]\nchannels = ["temp"]\nstuck_ms = 60000')
    await running.apply()
    await _take(running, range(50))
    running.append('[[filters]]\nchannels = ["co"]\nlow = 0')
    assert (await running.apply())["changes"] == ["+ filters.2"]
    await _take(running, range(50, 62))
    assert (await running.counted())["filters.stuck"] == 2


async def _take(running: Running, seconds: range) -> None:
    for second in seconds:
        at_ms = START_MS + second * 1000
        arrival = Bench.arrival(sample("fire-a", second, at_ms, temp=20.0), at_ms=at_ms)
        await running.writer.do(lambda db, arrival=arrival: running.pipeline.take(db, arrival))


async def test_endpoints_come_and_go(running: Running) -> None:
    """A new one is heard at once, and has its time before it counts as silent; one that is gone is a stranger."""
    running.write('device = "fire-b"', 'device = "fire-c"')
    assert (await running.apply())["changes"] == ["- endpoints.fire-b", "+ endpoints.fire-c"]
    now_s = asyncio.get_running_loop().time()
    for device in ("fire-b", "fire-c"):
        arrival = Bench.arrival(sample(device, 1, START_MS), device, at_ms=START_MS)
        await running.writer.do(lambda db, arrival=arrival: running.pipeline.take(db, arrival))
    rows = await running.writer.do(lambda db: running.pipeline.rows.everything(db, watching=True))
    assert [(row["device"], row["state"]) for row in rows] == [("fire-a", "unknown"), ("fire-c", "online")]
    assert await running.writer.do(_quarantined) == ["unknown_device"]
    for later_s, state in ((10.0, "unknown"), (20.0, "offline")):
        look = partial(running.pipeline.find_silent, now_ms=START_MS, now_s=now_s + later_s, up_s=0.0, silence_s=15.0)
        await running.writer.do(look)
        rows = await running.writer.do(lambda db: running.pipeline.rows.everything(db, watching=True))
        assert (rows[0]["device"], rows[0]["state"]) == ("fire-a", state)


def _quarantined(db: sqlite3.Connection) -> list[str]:
    return [reason for (reason,) in db.execute("SELECT reason FROM quarantine")]


async def test_where_it_fails_in_the_middle_nobody_has_half(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours in one part: every part is what it was."""
    use, seen = running.pipeline.book.use, []

    def fail_once(site: Site) -> None:
        seen.append(site.endpoints["fire-a"].place)
        if len(seen) == 1:
            raise RuntimeError("a fault of ours")
        use(site)

    monkeypatch.setattr(running.pipeline.book, "use", fail_once)
    running.write('place = "Room fire-a"', 'place = "elsewhere"')
    with pytest.raises(RuntimeError, match="a fault of ours"):
        await running.apply()
    assert seen == ["elsewhere", "Room fire-a"]
    assert running.site.endpoints["fire-a"].place == "Room fire-a"
    assert (await running.apply())["applied"] is True


def _site(folder: Path, name: str, text: str) -> Site:
    (folder / name).mkdir()
    path = write_site(folder / name, 1883)
    path.write_text(f"{path.read_text()}\n{text}")
    return load(path)


def test_changes_are_told_in_the_words_of_the_file(tmp_path: Path) -> None:
    """Entries by their name where they have one, otherwise by their number; a long list ends."""
    entry = '[[endpoints]]\ndevice = "{}"\nkind = "fire"\nplace = "p"\ngrid = "1"\n'
    old = _site(tmp_path, "old", entry.format("z") + "[[rate_limits]]\nper_minute = 5\n[rules.fire]\nhold_ms = 1\n")
    new = _site(
        tmp_path, "new", entry.format("y") + entry.format("z") + "[[rate_limits]]\nper_minute = 6\n[rules.fire]\n"
    )
    assert changes_between(old, new) == [
        "+ endpoints.y",
        "rate_limits.1.per_minute: 5 -> 6",
        "- rules.fire.hold_ms",
    ]
    assert fixed_changes(old, new) == []
    many = _site(tmp_path, "many", "".join(entry.format(f"e{n}") for n in range(MAX_LINES + 50)))
    assert len(changes_between(old, many)) == MAX_LINES + 1

"""Every loop that must go round has a sign of life: a hang starves the watchdog, a link that is down does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway import app, control
from gateway.pulse import rounds
from gateway.pulse.rounds import Round
from gateway.settings import Settings
from gateway.site_file.site import load
from gateway.telemetry import telemetry
from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.gateway.peers import until
from tests.gateway.site import write_site

PROVED = {"writer", "forward", "watch"}  # the writer by commits, forward by what it sends, and the watchdog itself
LISTENERS = {"panels tcp", "panels udp"}  # they wait for who comes; `panels` goes round
WRITING = {"home assistant", "reload", "report", "rollouts", "silence", "site link", "telemetry"}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds of fractions of a second; what is allowed for one stays as it is."""
    monkeypatch.setattr(rounds, "WAIT_S", 0.1)
    monkeypatch.setattr(control, "LOOK_S", 0.1)
    monkeypatch.setattr(telemetry, "LOOK_S", 0.1)


def _gateway(folder: Path, port: int) -> app.Gateway:
    settings = Settings(data_dir=folder / "data", history_batch_ms=100, status_every_ms=100, http_port=0)
    settings.data_dir.mkdir()
    return app.Gateway(load(write_site(folder, port)), settings, Clock())


@asynccontextmanager
async def _running(gateway: app.Gateway) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(app._run(gateway._site, gateway, stop))
    try:
        yield
    finally:
        stop.set()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _all_beat(gateway: app.Gateway) -> bool:
    watch = gateway.operations.watch
    names = {task.get_name() for task in watch._tasks} - PROVED - LISTENERS
    return bool(names) and names <= set(watch._beats)


def _long_ago(gateway: app.Gateway) -> None:
    """As if the time of every loop were over; whoever goes round says so again."""
    beats = gateway.operations.watch._beats
    beats.update({name: (float("-inf"), within_s) for name, (_, within_s) in beats.items()})


def _late(gateway: app.Gateway) -> set[str]:
    late = {complaint.removeprefix("task hangs: ") for complaint in gateway.operations.watch.complaints()}
    return late - PROVED


@pytest.mark.mosquitto
async def test_every_loop_goes_round(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """A new one that forgets its sign fails here; each sign says a bound within which the watchdog would notice."""
    gateway = _gateway(tmp_path, mosquitto.port)
    async with _running(gateway):
        await until(lambda: _all_beat(gateway))
        assert all(within_s <= 660 for _, within_s in gateway.operations.watch._beats.values())
        _long_ago(gateway)
        await until(lambda: not _late(gateway))


async def test_brokers_that_are_away_starve_nobody(tmp_path: Path, free_port: int) -> None:
    """A restart would not bring them back."""
    gateway = _gateway(tmp_path, free_port)
    async with _running(gateway):
        await until(lambda: _all_beat(gateway))
        _long_ago(gateway)
        await until(lambda: not _late(gateway))


@pytest.mark.mosquitto
async def test_a_loop_that_hangs_starves_the_watchdog(
    tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`silence` above all: hanging it would make dead endpoints look alive. The others are fed and blame nobody."""
    gateway, hanging = _gateway(tmp_path, mosquitto.port), set[str]()
    do = gateway.writer.do

    async def hang(job: Callable[..., Any], **how: Any) -> Any:
        task = asyncio.current_task()
        if task is not None and task.get_name() in WRITING:
            hanging.add(task.get_name())
            await asyncio.Event().wait()
        return await do(job, **how)

    monkeypatch.setattr(gateway.writer, "do", hang)
    async with _running(gateway):
        (tmp_path / "site.toml").write_text("no site file")  # a reload that is refused is counted
        gateway.reload.wanted.set()
        await until(lambda: hanging == WRITING)
        assert not _late(gateway)  # nobody's time is over yet
        _long_ago(gateway)
        await until(lambda: _late(gateway) == WRITING)


@pytest.mark.parametrize("times", [0, 3])
async def test_whoever_waits_says_so(times: int) -> None:
    """Again and again until it has happened, and once more then."""
    signs: list[tuple[str, float]] = []
    happened = asyncio.Event()

    def beat(name: str, within_s: float) -> None:
        signs.append((name, within_s))
        if len(signs) > times:
            happened.set()

    alive = Round(beat, "announce", 5.0)
    waiting: Callable[[], Awaitable[object]] = happened.wait
    await alive.wait(waiting)

    assert signs == [("announce", 5.0)] * (times + 2)


async def test_whoever_waits_in_a_row_keeps_his_place() -> None:
    """However often it is said meanwhile that this is no hang: waiting begins once."""
    begun, signs, happened = [], [], asyncio.Event()

    async def happens() -> None:
        begun.append(1)
        await happened.wait()

    def beat(_name: str, _within_s: float) -> None:
        signs.append(1)
        if len(signs) > 3:
            happened.set()

    await Round(beat, "report").wait(happens)
    assert len(begun) == 1


async def test_whoever_gives_up_waiting_waits_no_more() -> None:
    """Nothing goes on behind his back: he would take a turn that nobody uses."""
    ended = asyncio.Event()

    async def happens() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(Round(lambda _name, _within_s: None, "report").wait(happens))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(5):
        await ended.wait()

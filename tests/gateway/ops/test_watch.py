"""The watchdog is fed by work: a stuck writer and a dead task starve it, a full disk does not."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.ops import operations, runs
from gateway.ops.notify import Manager
from gateway.ops.watch import Watch
from gateway.pulse.latency import Latency
from gateway.settings import Settings
from gateway.store.schema import DATABASE
from runtime.clock import Clock
from tests.broker import Mosquitto
from tests.gateway.ops.manager import Listener
from tests.gateway.peers import endpoint
from tests.gateway.site import REPOSITORY, Process, wait_for, write_site

WATCHDOG_S = 2.0


@pytest.fixture
def manager() -> Iterator[Listener]:
    """A service manager that listens."""
    listener = Listener()
    yield listener
    listener.close()


class Hangable(Process):
    """A gateway process that hangs on a signal, as systemd starts it."""

    def __init__(self, site_file: Path, data: Path, manager: Listener) -> None:
        super().__init__(site_file, data)
        self.env = manager.env(WATCHDOG_S)

    def start(self) -> dict[str, object]:
        """Start and return the ready line."""
        command = [sys.executable, "-m", "tests.gateway.ops.hangs", str(self._site_file)]
        env = os.environ | {"GRIDWHISTLE_GATEWAY_DATA_DIR": str(self.data)} | self.env
        with (self.data.parent / "gateway.log").open("a") as log_file:
            self._process = subprocess.Popen(
                command, env=env, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=log_file, text=True
            )
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), self.log()
        return {}

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def abort(self) -> int:
        """What systemd does with a process that does not feed."""
        self.signal(signal.SIGABRT)
        assert self._process is not None
        code = self._process.wait(10)
        self.kill()
        return code

    def log(self) -> str:
        """What it wrote to its log."""
        return (self.data.parent / "gateway.log").read_text()


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto, manager: Listener) -> Iterator[Hangable]:
    """Not yet started."""
    process = Hangable(write_site(tmp_path, mosquitto.port), tmp_path / "data", manager)
    yield process
    process.kill()


@pytest.mark.mosquitto
async def test_a_stuck_writer_starves_the_watchdog_and_the_next_start_has_everything(
    gateway: Hangable, manager: Listener, mosquitto: Mosquitto
) -> None:
    """Fed while it works; starved within the watchdog's time; the place of the hang is in the log; nothing is lost."""
    await asyncio.to_thread(gateway.start)
    await asyncio.to_thread(manager.wait_for, "READY=1")
    await asyncio.to_thread(manager.wait_for, "WATCHDOG=1")
    async with endpoint(mosquitto.port) as fire:
        fire.sample(1, Clock().now_ms(), temp=20.0)
        await fire.deliver()
        gateway.signal(signal.SIGUSR1)
        fire.sample(2, Clock().now_ms(), temp=20.0)
        assert await asyncio.to_thread(manager.starves, WATCHDOG_S)
        assert fire.owed  # it was never told that its sample is durable
        assert await asyncio.to_thread(gateway.abort) == -signal.SIGABRT
        assert "time.sleep(3600)" in gateway.log() or "in <lambda>" in gateway.log()
        await asyncio.to_thread(gateway.start)
        await asyncio.to_thread(manager.wait_for, "READY=1")
        await fire.deliver()


@pytest.mark.mosquitto
def test_a_task_that_ended_starves_the_watchdog(gateway: Hangable, manager: Listener) -> None:
    """A cancelled task ends without a word: nothing else would notice."""
    gateway.start()
    manager.wait_for("WATCHDOG=1")
    gateway.signal(signal.SIGUSR2)

    assert manager.starves(WATCHDOG_S)
    assert any("task ended: history" in line for line in manager.heard)


@pytest.mark.mosquitto
def test_a_healthy_gateway_is_fed_and_says_how_it_ended(gateway: Hangable, manager: Listener) -> None:
    """Twice the watchdog's time without hunger; a clean end is told to the manager and noted, a kill is not."""
    gateway.start()
    manager.wait_for("READY=1")
    assert not manager.starves(WATCHDOG_S, 2 * WATCHDOG_S)
    gateway.kill()
    gateway.start()
    assert gateway.stop() == 0
    manager.wait_for("STOPPING=1")

    with sqlite3.connect(f"file:{gateway.data / DATABASE}?mode=ro", uri=True) as db:
        assert [(run.boot, run.ended) for run in runs.newest(db)] == [(2, runs.CLEAN), (1, "")]
    db.close()


@pytest.mark.parametrize("error", [sqlite3.OperationalError("database or disk is full"), OSError(30, "Read-only")])
async def test_a_disk_that_says_no_is_no_reason_to_start_again(error: Exception, manager: Listener) -> None:
    """The writer answers: a restart would empty no disk, and what is in memory still judges."""

    async def prove() -> None:
        raise error

    watch = Watch(prove, Manager(manager.env(60)))
    await watch.look()

    assert (watch.commit, watch.complaints()) == ("failing", [])
    assert str(error) in watch.commit_error
    assert manager.listen(1) == "WATCHDOG=1"


@pytest.mark.parametrize("afloat", [True, False])
async def test_a_disk_that_says_no_for_hours_is_no_reason_either(afloat: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a full disk carries in memory would be lost by a restart; that nothing is proved blames no other task."""
    monkeypatch.setattr(operations, "FORWARD_S", 0.05)
    disk = SimpleNamespace(afloat=False, full=False)

    async def do(_job: object) -> int:
        if disk.full and not afloat:
            raise sqlite3.OperationalError("database or disk is full")
        disk.afloat = disk.full
        return 0

    disk.do = do
    endpoints, forward = SimpleNamespace(latency=Latency()), SimpleNamespace(in_flight=0)
    site = SimpleNamespace(site="s", gateway="gw")
    looked: Any = (site, Settings(), Clock(), disk, endpoints, forward, Counter(), 1)
    watched = operations.Operations(*looked)
    await watched.watch.look()
    assert watched.watch.commit == "good"
    disk.full = True
    await asyncio.sleep(0.06)
    await watched.watch.look()

    assert (watched.watch.commit, watched.watch.complaints()) == ("failing", [])


async def test_a_loop_that_does_not_come_round_starves(manager: Listener) -> None:
    """A task may live and hang in an await for ever."""

    async def prove() -> None:
        pass

    watch = Watch(prove, Manager(manager.env(60)))
    watch.beat("history", 0.05)
    await watch.look()
    assert manager.listen(1) == "WATCHDOG=1"
    await asyncio.sleep(0.06)
    await watch.look()

    assert watch.complaints() == ["task hangs: history"]
    assert manager.listen(1) == "STATUS=task hangs: history"
    watch.beat("history", 5)
    await watch.look()
    assert manager.listen(1) == "WATCHDOG=1"


def test_without_a_manager_nothing_is_sent() -> None:
    """Started by hand: no socket, no watchdog; a manager that went away is no error either."""
    Manager({}).tell("READY=1")
    gone = Manager({"NOTIFY_SOCKET": "/nowhere/notify", "WATCHDOG_USEC": "0"})
    gone.tell("READY=1")

    assert (Manager({}).watchdog_s, gone.watchdog_s) == (None, None)


def test_an_abstract_socket_is_understood() -> None:
    """systemd writes its leading zero byte as @."""
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener, suppress(TimeoutError):
        listener.bind("")  # Linux chooses an abstract name
        name = listener.getsockname()
        listener.settimeout(1)
        Manager({"NOTIFY_SOCKET": "@" + name[1:].decode()}).tell("READY=1")
        assert listener.recv(100) == b"READY=1"


def test_runs_are_bounded_and_newest_first(tmp_path: Path) -> None:
    """A box in a restart loop must not fill its disk with the list of its starts."""
    from gateway.store.schema import open_database

    db, _ = open_database(tmp_path / "gateway.sqlite")
    for boot in range(1, runs.KEPT + 21):
        runs.note_alive(db, boot, "1", boot * 1000, boot * 1000 + 5)
    found = runs.newest(db)

    assert len(found) == runs.KEPT
    assert (found[0].boot, found[0].alive_ms, found[0].ended) == (120, 120_005, "")
    wait_for(lambda: db.execute("SELECT COUNT(*) FROM runs").fetchone() == (runs.KEPT,))
    db.close()

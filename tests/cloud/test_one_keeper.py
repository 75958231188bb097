"""Two workers that would both keep the readings: the second is told so at its start, and nothing is split."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text

from cloud.store.engine import open_store
from cloud.workers.one_keeper import OneKeeper
from cloud.workers.roles import EVERYTHING, Role, Worker
from runtime.settings import SettingsError
from tests.broker import Mosquitto
from tests.cloud.test_process import Process


def worker(name: str, roles: frozenset[Role] = EVERYTHING) -> Worker:
    """As the settings make it."""
    return Worker(name=name, run=f"{name}:1", roles=roles)


async def test_the_second_process_with_the_default_roles_does_not_start(
    tmp_path: Path, mosquitto: Mosquitto, postgres_url: str
) -> None:
    """It says whose the readings are and what to set; once the first has ended it may begin at once."""
    first, second = (
        Process(tmp_path / name, mosquitto.port, extra={"WORKER": name, "DATABASE_URL": postgres_url})
        for name in ("w0", "w1")
    )
    for process in (first, second):
        process.folder.mkdir()
    await asyncio.to_thread(first.start)
    refused = second.spawn(stderr=subprocess.PIPE)
    try:
        out, err = await asyncio.to_thread(refused.communicate, timeout=20)
        assert (refused.returncode, out) == (2, "")
        assert "ROLES has history, but w0@" in err
        assert "请从 ROLES 中去掉 history" in err
        assert not (second.folder / "data" / "series.duckdb").exists()
    finally:
        assert await asyncio.to_thread(first.end, signal.SIGTERM) == 0

    store = open_store(postgres_url)
    OneKeeper(store, worker("w1"), second.folder).claim()
    store.close()


async def test_who_has_lost_them_ends(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that was away for so long that another began: this process must not go on."""
    ended: list[int] = []
    monkeypatch.setattr("cloud.workers.one_keeper.RENEW_S", 0.01)
    monkeypatch.setattr(signal, "raise_signal", ended.append)
    store = open_store(postgres_url)
    keeper, other = OneKeeper(store, worker("w0"), tmp_path), OneKeeper(store, worker("w1"), tmp_path / "other")
    keeper.claim()
    running = asyncio.create_task(keeper.run())
    with pytest.raises(SettingsError, match="w0@"):
        other.claim()
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE leases SET holder = 'w1@elsewhere' WHERE name = 'readings'"))
    async with asyncio.timeout(10):
        while not ended:
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(SettingsError, match="w1@elsewhere"):
        keeper.check()
    store.close()


def test_who_keeps_no_readings_asks_nobody(tmp_path: Path, database_url: str) -> None:
    """And the one that does may start again after a crash without waiting."""
    store = open_store(database_url)
    keeper = OneKeeper(store, worker(""), tmp_path)
    keeper.claim()
    OneKeeper(store, worker(""), tmp_path).claim()
    OneKeeper(store, worker("w1", frozenset({Role.WEB})), tmp_path / "other").claim()
    keeper.give_back()
    keeper.check()
    store.close()

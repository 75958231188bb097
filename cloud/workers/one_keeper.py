"""The readings have one keeper: a second worker with the role `history` would split them between two files."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Self

import structlog
from sqlalchemy.exc import DBAPIError

from cloud.store.engine import Store
from cloud.workers.leases import RENEW_S, TTL_MS, Leases
from cloud.workers.roles import Role, Worker
from runtime.settings import SettingsError

log = structlog.get_logger()
LEASE = "readings"


class OneKeeper:
    """The lease is held from before the file of the readings is opened until it is closed."""

    def __init__(self, store: Store, worker: Worker, data_dir: Path) -> None:
        self._leases = Leases(store, _holder(worker, data_dir))
        self._here = worker.does(Role.HISTORY)
        self.lost = False

    def claim(self) -> Self:
        """Raises SettingsError where another worker keeps them."""
        if self._here and not self._leases.take(LEASE):
            raise SettingsError(self._text())
        return self

    async def run(self) -> None:
        """Keep it, for ever; where another has it after all, this process ends: it must not take readings any more."""
        while self._here and not self.lost:
            await asyncio.sleep(RENEW_S)
            with suppress(DBAPIError):  # without a database nobody else can begin either
                self.lost = not await asyncio.to_thread(self._leases.take, LEASE)
        if self.lost:
            log.error("readings_kept_elsewhere", why=self._text())
            signal.raise_signal(signal.SIGTERM)
        await asyncio.Event().wait()

    def check(self) -> None:
        """At the end: it was for this that the process stopped. Raises SettingsError."""
        if self.lost:
            raise SettingsError(self._text())

    def give_back(self) -> None:
        """Another may begin at once."""
        if self._here:
            with suppress(DBAPIError):
                self._leases.give_back(LEASE)

    def _text(self) -> str:
        other = self._leases.holder(LEASE)
        return (
            f"ROLES has history, but {other} keeps the readings of this centre: leave history out of ROLES here, and "
            f"set READINGS_URL. Where that worker was killed just now, start again in {TTL_MS // 1000} seconds. "
            f"本进程的 ROLES 含 history，但读数已由 {other} 负责：请从 ROLES 中去掉 history 并设置 READINGS_URL。"
            f"如果那个进程刚刚被杀掉，请 {TTL_MS // 1000} 秒后再启动。"
        )


def _holder(worker: Worker, data_dir: Path) -> str:
    """The same after a restart, so that a crash keeps nobody waiting; with the folder, because two may have no name."""
    folder = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:8]
    return f"{worker.name[:48] or 'only'}@{socket.gethostname()[:48]}:{folder}"

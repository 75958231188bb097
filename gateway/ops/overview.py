"""One moment of a gateway, for everybody who looks at it on the spot: page, metrics, readiness."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.shelving import Shelf
from gateway.beliefs.site_book import shelves_in
from gateway.ops.runs import Run, newest
from gateway.ops.standing import Standing
from gateway.pulse.latency import Latency
from gateway.store.counters import all_counters
from gateway.store.outbox import debt
from gateway.store.quarantine import by_reason

FRESH_S = 2.0  # whoever asks more often gets the same answer
PATIENCE_S = 2.0  # then the database is said not to answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Durable:
    """What stands in the database."""

    pending: int = 0
    pending_bytes: int = 0
    oldest_ms: int | None = None
    quarantined: Mapping[str, int] = field(default_factory=dict)  # reason -> messages kept
    counters: Mapping[str, int] = field(default_factory=dict)
    runs: tuple[Run, ...] = ()
    endpoints: tuple[Mapping[str, Any], ...] = ()
    shelves: tuple[Shelf, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The file system of the data folder."""

    free: int
    total: int

    @property
    def share(self) -> float:
        """Free share, 0 to 1."""
        return self.free / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything at once. `durable` is old where the database does not answer, and `answered` is False."""

    at_ms: int
    site: str
    gateway: str
    software: str
    boot: int
    started_ms: int
    answered: bool
    durable: Durable
    commit: str  # good, failing, stuck, unknown: of the last proof
    commit_error: str
    complaints: tuple[str, ...]  # why it should be started again
    site_link: bool
    cloud_link: bool
    failures: Mapping[str, int]
    databases_torn: int
    disk: Disk | None
    database_bytes: int = 0
    version: str = ""
    in_clear: tuple[str, ...] = ()  # addresses of brokers that anybody on the way can play
    status_refused: str = ""  # why the centre does not take our whole status
    standing: Standing = field(default_factory=Standing)  # of releases

    @property
    def ready(self) -> bool:
        """It does its work: it commits, and hears its endpoints. The centre may be away."""
        return self.answered and self.commit == "good" and self.site_link and not self.complaints


def read_durable(db: sqlite3.Connection, endpoints: Callable[[sqlite3.Connection], list[dict[str, Any]]]) -> Durable:
    """In the writer's thread."""
    owed = debt(db)
    return Durable(
        pending=owed.pending,
        pending_bytes=owed.bytes,
        oldest_ms=owed.oldest_ms,
        quarantined=by_reason(db),
        counters=all_counters(db),
        runs=tuple(newest(db)),
        endpoints=tuple(endpoints(db)),
        shelves=tuple(shelves_in(db)),
    )


def bytes_of(path: Path) -> int:
    """Size of a database with its log of changes; 0 where it cannot be told."""
    sizes = 0
    for name in (path.name, f"{path.name}-wal"):
        with suppress(OSError):
            sizes += path.with_name(name).stat().st_size
    return sizes


def disk_of(folder: os.PathLike[str] | str) -> Disk | None:
    """Room for this user on the file system of a folder; None where it cannot be told."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return Disk(free=found.f_bavail * found.f_frsize, total=found.f_blocks * found.f_frsize)


class Lookout:
    """Makes overviews, at most one every `FRESH_S`, and never waits long for a database that hangs."""

    def __init__(
        self,
        read: Callable[[], Awaitable[Durable]],
        describe: Callable[[Durable, bool], Overview],
        latency: Latency,
    ) -> None:
        self._read = read
        self._describe = describe
        self.latency = latency
        self._durable = Durable()
        self._answered = False
        self._read_s = float("-inf")
        self._one = asyncio.Lock()

    async def look(self) -> Overview:
        """The present moment."""
        async with self._one:
            now_s = asyncio.get_running_loop().time()
            if now_s - self._read_s > FRESH_S:
                await self._read_again()
                self._read_s = asyncio.get_running_loop().time()
        return self._describe(self._durable, self._answered)

    async def _read_again(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                self._durable = await self._read()
        except (TimeoutError, sqlite3.Error, OSError):
            self._answered = False
        else:
            self._answered = True

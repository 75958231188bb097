"""The one writer of the database: whatever jobs are waiting share one transaction (group commit)."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

import structlog

from gateway.store.disk import Disk, Footing, takes_nothing
from gateway.store.lifeboat import board, come_ashore
from gateway.store.raft import LAND_EVERY_S, Raft, Relief
from gateway.store.schema import check_writable, is_torn, open_database

log = structlog.get_logger()

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], T]
Entry = tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]
MAX_BATCH = 200  # jobs in one transaction; about 30 ms of work, well under the second a fire may take
MAX_WAITING = 2_000


class Cache(Protocol):
    """What lives in memory beside the database and must agree with it."""

    def flush(self, db: sqlite3.Connection) -> None:
        """Write what is new; called inside the transaction, last."""

    def forget(self) -> None:
        """The transaction was undone, or the file is another one: read again when needed."""


class Writer:
    """Runs jobs in one thread, in order. A job's result is handed out only after its commit, unless `afloat`.

    `every_s`: after a commit the next waits so long for company, as every commit costs flash some ten pages of 4 kB.
    """

    def __init__(
        self,
        path: Path,
        caches: tuple[Cache, ...] = (),
        disk: Disk | None = None,
        relief: Relief | None = None,
        every_s: float = 0.0,
    ) -> None:
        self._path = path
        self._caches = caches
        self._waiting: asyncio.Queue[Entry] = asyncio.Queue(MAX_WAITING)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._after_commit: list[Callable[[], None]] = []
        self._db: sqlite3.Connection | None = None
        self.torn = 0  # databases moved aside since the start
        self._every_s = every_s
        self._committed_s = 0.0
        self._hurry = asyncio.Event()
        self._in_memory = False
        self.raft = Raft(disk or Disk(path.parent, 0), relief, time.monotonic)
        self._open()

    @property
    def afloat(self) -> bool:
        """True while the disk takes nothing: results are not durable, so nobody may be told that they are."""
        return self.raft.footing is Footing.AFLOAT

    def next_boot(self) -> int:
        """Count this start; before anything runs."""
        (boot,) = self._transact([_count_boot])
        return int(boot)

    def after_commit(self, call: Callable[[], None]) -> None:
        """`call` is called in the event loop after every commit."""
        self._after_commit.append(call)

    def keep_with(self, cache: Cache, *, first: bool = False) -> None:
        """One more that must agree with the database; before anything runs. `first`: flushed before all others."""
        self._caches = (cache, *self._caches) if first else (*self._caches, cache)

    async def do(self, job: Job[T], *, soon: bool = False) -> T:
        """A job's result once it is durable (`afloat`: done). Raises what the job raised, or sqlite3.Error: undone.

        `soon`: it does not wait for company, nor do those before it.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        await self._waiting.put((job, done))
        if soon:
            self._hurry.set()
        return await done

    async def run(self) -> None:
        """Commit what is waiting, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            batch = await self._first()
            await self._gather(loop.time())
            while len(batch) < MAX_BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            self._committed_s = loop.time()
            await self._commit(batch)

    async def _gather(self, now_s: float) -> None:
        """After a pause the first job goes at once; a full batch does, too."""
        wait_s = self._committed_s + self._every_s - now_s
        if wait_s > 0 and self._waiting.qsize() < MAX_BATCH:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._hurry.wait()
        self._hurry.clear()

    async def _first(self) -> list[Entry]:
        """The next job. Where the disk was full, nothing at all now and then: whether it still is must be seen."""
        if self.raft.footing is Footing.FIRM:
            return [await self._waiting.get()]
        with suppress(TimeoutError):
            async with asyncio.timeout(LAND_EVERY_S):
                return [await self._waiting.get()]
        return []

    async def _commit(self, batch: list[Entry]) -> None:
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, self._transact, [job for job, _ in batch])
        outcomes: tuple[list[Any] | BaseException, ...] = await asyncio.gather(work, return_exceptions=True)
        outcome = outcomes[0]
        if isinstance(outcome, list):
            for (_, done), result in zip(batch, outcome, strict=True):
                if not done.done():
                    done.set_result(result)
            for call in self._after_commit:
                call()
            return
        await self._after_failure(batch, outcome)

    async def _after_failure(self, batch: list[Entry], error: BaseException) -> None:
        if len(batch) > 1:  # one bad job must not take the others with it
            for entry in batch:
                await self._commit([entry])
        elif batch and not batch[0][1].done():
            batch[0][1].set_exception(error)
        elif not batch:
            log.warning("not_landed", why=str(error))

    def _transact(self, jobs: list[Job[Any]]) -> list[Any]:
        db = self._open()  # a torn one was closed; where no other can be made yet, the next transaction tries again
        done = False
        try:
            results = self._afloat(db, jobs) if self.afloat else self._ashore(db, jobs)
            done = True
        except sqlite3.DatabaseError as error:
            if is_torn(error):
                self._close()
            raise
        finally:
            if not done:
                self._forget()
        return results

    def _ashore(self, db: sqlite3.Connection, jobs: list[Job[Any]]) -> list[Any]:
        self.raft.try_to_stand(db)
        try:
            db.execute("BEGIN IMMEDIATE")
            results = self._work(db, jobs)
            self.raft.bound(db)
            db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if not takes_nothing(error):
                raise
            self._forget()
            self.raft.cast_off(db, error)
            return self._afloat(db, jobs)
        return results

    def _afloat(self, db: sqlite3.Connection, jobs: list[Job[Any]]) -> list[Any]:
        results = self.raft.carry(db, lambda: self._work(db, jobs))
        if self._in_memory:
            self._come_ashore(db)
        else:
            self.raft.try_to_land(db)
        return results

    def _come_ashore(self, db: sqlite3.Connection) -> None:
        if not self.raft.may_try():
            return
        try:
            self._db, moved = come_ashore(db, self._path)
        except (sqlite3.Error, OSError) as error:
            log.warning("not_ashore", why=str(error))
            return
        self._in_memory = False
        self.torn += moved is not None
        self.raft.ashore(self._db)
        db.close()

    def _work(self, db: sqlite3.Connection, jobs: list[Job[Any]]) -> list[Any]:
        results = [job(db) for job in jobs]
        for cache in self._caches:
            cache.flush(db)
        return results

    def _forget(self) -> None:
        if self._db is not None and self._db.in_transaction and not self.afloat:
            self._db.execute("ROLLBACK")
        for cache in self._caches:
            cache.forget()

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = self._launch()
        return self._db

    def _launch(self) -> sqlite3.Connection:
        for again in (True, False):
            try:
                db, moved = open_database(self._path)
                check_writable(db)
            except (sqlite3.OperationalError, OSError) as error:
                if isinstance(error, sqlite3.Error) and not takes_nothing(error):
                    raise
                self.raft.refused(error)
                if again:
                    continue  # the reserve was given up for it
                db, self._in_memory = board(self._path)
                log.warning("database_not_open", in_memory=self._in_memory)
                return db
            self.torn += moved is not None
            if self.afloat:
                self.raft.ashore(db)
            return db
        raise AssertionError  # the second round returns

    def _close(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def close(self) -> None:
        """End after the transaction that is under way."""
        self._thread.shutdown(wait=True)
        self._close()


def _count_boot(db: sqlite3.Connection) -> int:
    db.execute("UPDATE totals SET n = n + 1 WHERE name = 'boot'")
    return int(db.execute("SELECT n FROM totals WHERE name = 'boot'").fetchone()[0])

"""Jobs that one worker does at a time: whoever has the lease, a row whose time is the database's, never a worker's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cloud.store.engine import Store

log = structlog.get_logger()
TTL_MS = 10_000  # after a crash another worker takes over within this and RENEW_S
RENEW_S = 2.0
GIVE_UP_S = 7.0  # not renewed for so long, the holder stops before another may begin

_TAKE = text(
    """
INSERT INTO leases AS mine (name, holder, term, until_ms) VALUES (:name, :holder, 1, :ttl + {now})
ON CONFLICT (name) DO UPDATE SET
    holder = :holder, until_ms = :ttl + {now},
    term = mine.term + CASE WHEN mine.holder = :holder THEN 0 ELSE 1 END
WHERE mine.holder = :holder OR mine.until_ms <= {now}
RETURNING term""".format(now="CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)")
)
_HOLDER = text("SELECT holder FROM leases WHERE name = :name")
_GIVE_BACK = text("UPDATE leases SET until_ms = 0 WHERE name = :name AND holder = :holder")

Job = Callable[[], Awaitable[None]]


class Leases:
    """The leases of one worker. A centre that is alone has them all and asks nobody."""

    def __init__(self, store: Store, holder: str) -> None:
        self._store = store
        self._holder = holder
        self.held: set[str] = set()

    def take(self, name: str) -> bool:
        """Get it, or keep it; False where another worker has it."""
        if not self._store.shared:
            return True
        with self._store.engine.begin() as connection:
            values = {"name": name, "holder": self._holder, "ttl": TTL_MS}
            return connection.execute(_TAKE, values).first() is not None

    def holder(self, name: str) -> str:
        """Who has it, or had it last; empty where nobody ever had."""
        with self._store.engine.begin() as connection:
            return connection.execute(_HOLDER, {"name": name}).scalar() or ""

    def give_back(self, name: str) -> None:
        """Let another worker have it at once."""
        if self._store.shared:
            with self._store.engine.begin() as connection:
                connection.execute(_GIVE_BACK, {"name": name, "holder": self._holder})

    async def only_one(self, name: str, job: Job) -> None:
        """Run `job` while we have the lease `name`; for ever. A job that fails gives the lease back."""
        while True:
            if await self._take(name, GIVE_UP_S):
                await self._while_held(name, job)
            await asyncio.sleep(RENEW_S)

    async def _take(self, name: str, within_s: float) -> bool:
        with suppress(DBAPIError, TimeoutError):  # no database, no lease; the stores say it louder
            async with asyncio.timeout(within_s):
                return await asyncio.to_thread(self.take, name)
        return False

    async def _while_held(self, name: str, job: Job) -> None:
        self.held.add(name)
        log.info("lease_taken", lease=name, worker=self._holder)
        work = asyncio.ensure_future(job())
        try:
            await self._renew(name, work)
        finally:
            self.held.discard(name)
            work.cancel()
            await asyncio.wait([work])
            with suppress(DBAPIError):
                await asyncio.shield(asyncio.to_thread(self.give_back, name))
        if not work.cancelled():
            work.result()  # its failure is counted by whoever supervises us

    async def _renew(self, name: str, work: asyncio.Future[None]) -> None:
        """Return when the lease is lost or the work has ended."""
        loop = asyncio.get_running_loop()
        sure_s = loop.time()
        while (left_s := sure_s + GIVE_UP_S - loop.time()) > 0:
            await asyncio.wait([work], timeout=min(RENEW_S, left_s))
            if work.done():
                return
            asked_s = loop.time()
            if await self._take(name, max(0.0, sure_s + GIVE_UP_S - asked_s)):
                sure_s = asked_s
        log.warning("lease_lost", lease=name, worker=self._holder)

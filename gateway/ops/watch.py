"""Feeds the service manager's watchdog by work: a commit that was made, tasks that live and go round.

A process whose writer hangs still answers pings; only work shows that it works. What a restart would not heal (a full
disk, a broker that is away) is told in `/readyz` and goes on being fed.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable

import structlog

from gateway.ops.notify import Manager

log = structlog.get_logger()

LOOK_S = 10.0  # between two proofs; each is one small commit
PATIENCE_S = 15.0  # for one commit: worn flash may take seconds, a hanging one takes for ever


class Watch:
    """Asks for proofs of work, and feeds only on them."""

    def __init__(self, prove: Callable[[], Awaitable[None]], manager: Manager) -> None:
        self._prove = prove
        self._manager = manager
        quarter_s = LOOK_S if manager.watchdog_s is None else manager.watchdog_s / 4
        self._look_s, self._patience_s = min(LOOK_S, quarter_s), min(PATIENCE_S, quarter_s)
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._beats: dict[str, tuple[float, float]] = {}  # name -> (last round, longest round), seconds
        self._starving: list[str] = []
        self.commit = "unknown"  # good, failing (the disk says no), stuck (nobody answers)
        self.commit_error = ""

    def look_after(self, tasks: Iterable[asyncio.Task[None]]) -> None:
        """None of these may end while the process serves."""
        self._tasks = tuple(tasks)

    def beat(self, name: str, within_s: float) -> None:
        """The loop `name` went round, and will again within so many seconds."""
        self._beats[name] = (asyncio.get_running_loop().time(), within_s)

    def complaints(self) -> list[str]:
        """Why this process does not work and should be started again; empty where it works."""
        now_s = asyncio.get_running_loop().time()
        found = ["writer stuck"] if self.commit == "stuck" else []
        found += [f"task ended: {task.get_name()}" for task in self._tasks if task.done()]
        found += [
            f"task hangs: {name}" for name, (last_s, longest_s) in self._beats.items() if now_s - last_s > longest_s
        ]
        return found

    async def run(self) -> None:
        """Prove, feed, wait; for ever."""
        while True:
            await self.look()
            await asyncio.sleep(self._look_s)

    async def look(self) -> None:
        """One proof, and food for the watchdog where all is well."""
        await self._commit()
        found = self.complaints()
        if not found:
            self._manager.tell("WATCHDOG=1")
        if found != self._starving:
            log.log(50 if found else 20, "watchdog_starving" if found else "watchdog_fed", why=found)
            self._manager.tell(f"STATUS={'; '.join(found) or 'working'}")
        self._starving = found

    async def _commit(self) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._prove()
        except TimeoutError:
            self.commit, self.commit_error = "stuck", f"no commit within {self._patience_s:g} s"
        except (sqlite3.Error, OSError) as error:
            self.commit, self.commit_error = "failing", str(error)
        else:
            self.commit, self.commit_error = "good", ""

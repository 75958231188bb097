"""The site file read again while the gateway runs: applied as a whole or not at all. What waits to be sent stays."""

from __future__ import annotations

import asyncio
import sqlite3
from copy import copy
from dataclasses import asdict
from typing import Any

import structlog

from gateway.pipeline.pipeline import Pipeline
from gateway.pulse.rounds import Round
from gateway.site_file.changes import changes_between, fixed_changes
from gateway.site_file.reader import SiteError
from gateway.site_file.site import Site, load
from gateway.store.counters import Counters
from gateway.store.writer import Writer

log = structlog.get_logger()


class Reload:
    """Reads the file and hands it to everybody, in the writer's thread, between two messages."""

    def __init__(self, site: Site, pipeline: Pipeline, writer: Writer, counters: Counters) -> None:
        self._site = site
        self._pipeline = pipeline
        self._writer = writer
        self._counters = counters
        self._one_at_a_time = asyncio.Lock()
        self.wanted = asyncio.Event()  # set by SIGHUP

    async def run(self, alive: Round) -> None:
        """Reload whenever it is wanted, for ever."""
        while True:
            await alive.wait(self.wanted.wait)
            self.wanted.clear()
            await self.apply({})

    async def apply(self, _question: dict[str, Any]) -> dict[str, Any]:
        """`applied`, the `changes`, and where it is refused all `problems`; then everything is as before."""
        async with self._one_at_a_time:
            answer = await self._apply()
        if answer["applied"]:
            log.info("site_reloaded", file=str(self._site.file), changes=answer["changes"])
        else:
            log.error("site_not_reloaded", problems=[problem["text"] for problem in answer["problems"]])
        return answer

    async def _apply(self) -> dict[str, Any]:
        try:
            new = await asyncio.to_thread(load, self._site.file)
        except SiteError as error:
            return await self._refused([asdict(problem) | {"text": str(problem)} for problem in error.problems])
        fixed = fixed_changes(self._site, new)
        if fixed:
            return await self._refused([{"where": where, "text": _needs_restart(where)} for where in fixed])
        changes = changes_between(self._site, new)
        if changes:
            await self._use(new)
        return {"applied": True, "changes": changes, "problems": []}

    async def _refused(self, problems: list[dict[str, Any]]) -> dict[str, Any]:
        await self._writer.do(lambda _db: self._counters.add("site.reloads_refused"))
        return {"applied": False, "changes": [], "problems": problems}

    async def _use(self, new: Site) -> None:
        before, now_s = copy(self._site), asyncio.get_running_loop().time()
        use = self._writer.do(lambda db: self._adopt(db, new, now_s))
        (outcome,) = await asyncio.gather(use, return_exceptions=True)
        if isinstance(outcome, BaseException):  # nobody may go on with a half
            back = self._writer.do(lambda db: self._adopt(db, before, now_s))
            await asyncio.gather(back, return_exceptions=True)
            raise outcome

    def _adopt(self, db: sqlite3.Connection, site: Site, now_s: float) -> None:
        self._pipeline.batch.settle(db)
        self._site.adopt(site)
        self._pipeline.use(self._site, now_s)
        self._counters.add("site.reloads")


def _needs_restart(where: str) -> str:
    return f"{where} 改动后需要重启网关 / {where} has changed: that takes a restart of the gateway"

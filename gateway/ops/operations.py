"""What watches over a running gateway, wired once."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

import structlog

from domain.incidents import Kind
from domain.standing import Problem
from gateway.identity.links import in_clear
from gateway.ops import judge, runs
from gateway.ops.notify import Manager
from gateway.ops.overview import Durable, Lookout, Overview, bytes_of, disk_of, read_durable
from gateway.ops.standing import Standing
from gateway.ops.trial import Probation, Times, rolled_back
from gateway.ops.watch import Watch
from gateway.ops.words import LANGUAGES, say
from gateway.outward.forward import Forward
from gateway.pulse.latency import Latency
from gateway.settings import Settings
from gateway.site_file.site import Site
from gateway.store.outbox import debt
from gateway.store.schema import DATABASE
from gateway.store.writer import Writer
from runtime import release
from runtime.clock import Clock
from runtime.mqtt import Connection, Link
from runtime.release import software, version

log = structlog.get_logger()
FORWARD_S = 120.0  # owing, connected and sending nothing for so long: it hangs
PORT_AGAIN_S = 30.0  # a port that somebody else has may be free later


class Endpoints(Protocol):
    """Where the rows of the endpoints come from."""

    latency: Latency

    def every_endpoint(self, db: sqlite3.Connection) -> list[dict[str, Any]]:
        """All rows; in the writer's thread."""

    def note_own(
        self, db: sqlite3.Connection, kind: Kind, problems: Sequence[Problem], now_ms: int, topic: str = ""
    ) -> None:
        """What the gateway finds wrong with itself; in the writer's thread."""


class Operations:
    """Watchdog, health, metrics and the page of one gateway."""

    def __init__(
        self,
        site: Site,
        settings: Settings,
        clock: Clock,
        writer: Writer,
        endpoints: Endpoints,
        forward: Forward,
        failures: Counter[str],
        boot: int,
    ) -> None:
        self._site = site
        self._settings = settings
        self._clock = clock
        self._writer = writer
        self._endpoints = endpoints
        self._forward = forward
        self._failures = failures
        self._boot = boot
        self._started_ms = clock.now_ms()
        self._links: tuple[Connection, Connection] | None = None  # site, cloud
        self._in_clear: list[str] = []
        self.status_refused: Callable[[], str] = str  # why the centre does not take our whole status; empty: it does
        self._leave = asyncio.Event()
        self.end: Callable[[], None] | None = None  # whoever runs the process puts its way to end here
        self.manager = Manager(os.environ)
        self.watch = Watch(self._prove, self.manager)
        self.lookout = Lookout(self._read, self._describe, endpoints.latency)

    async def _prove(self) -> None:
        try:
            owed = await self._writer.do(self._note_alive)
        except (sqlite3.Error, OSError):
            self.watch.beat("forward", FORWARD_S)  # what is owed cannot be read: nobody can be blamed for sending none
            raise
        idle = self._links is not None and self._links[1].is_up and owed and not self._forward.in_flight
        if not idle:
            self.watch.beat("forward", FORWARD_S)
        if self._writer.afloat:
            raise OSError("the disk takes nothing; what comes is judged in memory only")

    def _note_alive(self, db: sqlite3.Connection) -> int:
        runs.note_alive(db, self._boot, version(), self._started_ms, self._clock.now_ms())
        return debt(db).pending

    async def _read(self) -> Durable:
        return await self._writer.do(lambda db: read_durable(db, self._endpoints.every_endpoint))

    def connecting(self, link: Link) -> Link:
        """Say it, now and on the page, where a connection that is about to be made is in clear. Sites may want that."""
        if in_clear(link):
            address = f"{link.host}:{link.port}"
            said = [say(judge.clear(address), lang) for lang in LANGUAGES]
            why = " / ".join(f"{one.what}; {one.means}; {one.do}" for one in said)
            log.warning("broker_in_clear", address=address, why=why)
            self._in_clear.append(address)
        return link

    def _describe(self, durable: Durable, answered: bool) -> Overview:
        site_link, cloud_link = self._links or (None, None)
        return Overview(
            at_ms=self._clock.now_ms(),
            site=self._site.site,
            gateway=self._site.gateway,
            software=software(),
            boot=self._boot,
            started_ms=self._started_ms,
            answered=answered and self.watch.commit != "stuck",
            durable=durable,
            commit=self.watch.commit,
            commit_error=self.watch.commit_error,
            complaints=tuple(self.watch.complaints()),
            site_link=site_link is not None and site_link.is_up,
            cloud_link=cloud_link is not None and cloud_link.is_up,
            failures=dict(self._failures),
            databases_torn=self._writer.torn,
            disk=disk_of(self._settings.data_dir),
            version=version(),
            in_clear=tuple(self._in_clear),
            status_refused=self.status_refused(),
            standing=Standing.of(self._settings.update_dir),
            database_bytes=bytes_of(self._settings.data_dir / DATABASE),
        )

    def tasks(self, site: Connection, cloud: Connection) -> dict[str, Callable[[], Awaitable[None]]]:
        """What runs for ever beside the work, by name."""
        self._links = (site, cloud)
        tasks: dict[str, Callable[[], Awaitable[None]]] = {"watch": self.watch.run}
        if release.name():
            tasks["probation"] = self._on_probation
        if self._settings.http_port:
            tasks["http"] = self._serve
        return tasks

    async def _on_probation(self) -> None:
        settings = self._settings
        failed = Standing.of(settings.update_dir).failed
        problems = [] if failed is None else [rolled_back(failed)]
        note = partial(self._endpoints.note_own, kind=Kind.UPDATE_FAILED, problems=problems, topic="gateway")
        await self._writer.do(partial(note, now_ms=self._clock.now_ms()))
        times = Times(well_s=settings.trial_well_ms / 1000, limit_s=settings.trial_limit_ms / 1000)
        probation = Probation(release.name(), settings.data_dir, settings.update_dir, times)
        await probation.run(self.lookout.look, self._give_up)

    def _give_up(self) -> None:
        if self.end is not None:
            self.end()

    async def _serve(self) -> None:
        from gateway.ops import web

        while not self._leave.is_set():
            try:
                listener = web.listen(self._settings.http_host, self._settings.http_port)
            except OSError as error:
                where = f"{self._settings.http_host}:{self._settings.http_port}"
                log.warning("http_not_served", where=where, why=str(error), again_s=PORT_AGAIN_S)
                await asyncio.sleep(PORT_AGAIN_S)
                continue
            with listener:
                await web.serve(web.create_app(self.lookout, self.watch.complaints), listener, self._leave)

    def ready(self) -> None:
        """The gateway serves."""
        self.manager.tell("READY=1", "STATUS=working")

    async def stopping(self) -> None:
        """The gateway ends properly; the last thing that it writes."""
        self.manager.tell("STOPPING=1")
        self._leave.set()
        try:
            await self._writer.do(partial(runs.note_end, boot=self._boot, why=runs.CLEAN))
        except sqlite3.Error as error:
            log.warning("end_not_noted", why=str(error))

"""The running gateway's share: it notices who was revoked, renews certificates, and tells the centre what is wrong."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import structlog

from domain.incidents import Kind
from domain.standing import Problem
from gateway.identity.care import Others, look_after
from gateway.identity.home import Identity
from gateway.identity.twins import Twins, new_instance
from gateway.pipeline.pipeline import Pipeline
from gateway.pulse.rounds import Round
from gateway.site_file.site import Broker, Site
from gateway.store.writer import Writer
from gateway.work import terminals
from runtime.brokers.errors import IdentityError
from runtime.clock import Clock
from runtime.mqtt import Connection

log = structlog.get_logger()
Stamp = tuple[int, int, int]  # of a file: when it was changed, which one it is, how long
LOOK_S = 1.0
CERTIFICATES_EVERY_S = 3600.0  # real time; ends are days away, and a renewal that failed may work an hour later
AGAIN_S = 60.0  # while something is wrong: it should clear soon after it was corrected


class Keeper:
    """`run` for ever.

    At the start and at every change `shut_out` is told everybody who is revoked.
    """

    def __init__(self, identity: Identity, site: Site, pipeline: Pipeline, writer: Writer, clock: Clock) -> None:
        self.identity = identity
        self._site = site
        self._pipeline = pipeline
        self._writer = writer
        self._clock = clock
        self.twins = Twins(site.gateway, new_instance(), clock.steady_ms)
        self._stamp: Stamp | None = None
        self._looked = False
        self._told_twins: bool | None = None
        self._next_s = 0.0
        self._shown = b""
        self.problems: list[Problem] = []  # of the last look, for the status page and the doctor
        self.shut_out: Callable[[frozenset[str]], None] = lambda _revoked: None

    async def run(self, cloud: Connection, alive: Round) -> None:
        """Look every second at the list of logins, every hour or when something changed at the certificates."""
        while True:
            alive()
            await self._look_at_logins()
            now_s = asyncio.get_running_loop().time()
            if now_s >= self._next_s or cloud.peer_certificate != self._shown:
                self._shown = cloud.peer_certificate
                await self._look_after()
                wrong = bool(self.problems)
                self._next_s = asyncio.get_running_loop().time() + (AGAIN_S if wrong else CERTIFICATES_EVERY_S)
            await self._tell_of_twins()
            await asyncio.sleep(LOOK_S)

    async def _look_at_logins(self) -> None:
        stamp = self._stamp_of_logins()
        if self._looked and stamp == self._stamp:
            return
        try:
            revoked = await asyncio.to_thread(self.identity.revoked)
        except IdentityError as error:
            log.warning("identity_damaged", why=str(error))
            self._next_s = 0.0  # told with the certificates; who was shut out stays out
        else:
            await self._writer.do(lambda db: _mark(db, revoked))
            self.shut_out(revoked)
            log.info("logins", revoked=sorted(revoked))
        self._looked, self._stamp = True, stamp

    def _stamp_of_logins(self) -> Stamp | None:
        try:
            found = self.identity.home.logins_file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    async def _look_after(self) -> None:
        broker: Broker = self._site.cloud_broker
        others = Others(centre=self._shown, client=broker.cert_file)
        now_ms = self._clock.now_ms()
        self.problems = await asyncio.to_thread(look_after, self.identity, others, now_ms)
        problems = [replace(problem, reason=problem.reason[:200]) for problem in self.problems]
        await self._writer.do(lambda db: self._pipeline.note_own(db, Kind.CERTIFICATE, problems, now_ms))

    async def _tell_of_twins(self) -> None:
        problems, now_ms = self.twins.problems(), self._clock.now_ms()
        if bool(problems) is self._told_twins:
            return
        note = self._pipeline.note_own
        await self._writer.do(lambda db: note(db, Kind.GATEWAY_FAULT, problems, now_ms, topic="same_id"))
        self._told_twins = bool(problems)


def _mark(db: sqlite3.Connection, revoked: frozenset[str]) -> None:
    """The table of terminals follows the list of logins, both ways."""
    for device in revoked:
        terminals.revoke(db, device)
    for (device,) in db.execute("SELECT device FROM terminals WHERE revoked = ?", (terminals.REVOKED,)).fetchall():
        if device not in revoked:
            terminals.restore(db, device)

"""The gateway process: ingest -> pipeline -> outbox -> forward, wired once, ended cleanly."""

from __future__ import annotations

import asyncio
import faulthandler
import fcntl
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import structlog

from domain.incidents import Kind
from gateway.adapters import Host
from gateway.adapters.foreign import Foreign
from gateway.alarm_desk import AlarmDesk
from gateway.bundles import Bundles
from gateway.control import Control
from gateway.counters import Counters
from gateway.disk import Disk
from gateway.forward import Forward
from gateway.health import Health
from gateway.identity import links
from gateway.identity.home import Identity
from gateway.identity.keeper import Keeper
from gateway.ingest import Ingest
from gateway.memory import Memory
from gateway.ops.operations import Operations
from gateway.outbox import Outbox
from gateway.pipeline import Pipeline
from gateway.quarantine import Quarantine
from gateway.relief import MakeRoom
from gateway.reload import Reload
from gateway.rollouts.loop import RolloutLoop
from gateway.schema import DATABASE
from gateway.self_check import SelfCheck
from gateway.settings import PREFIX, Settings
from gateway.shelf_desk import ShelfDesk
from gateway.site import Site, load
from gateway.site_reader import SiteError
from gateway.snapshots import Snapshots
from gateway.telemetry import Packer
from gateway.telemetry_store import TelemetryStore
from gateway.work.loop import Dispatch
from gateway.writer import Writer
from protocol import status
from runtime import logs
from runtime.clock import Clock
from runtime.mqtt import Connection, Link, connected
from runtime.settings import SettingsError, from_env
from runtime.supervise import supervise

log = structlog.get_logger()
HISTORY_ROUND_S = 120.0  # a round that fails is tried again within 30 s; only a hanging one takes longer
SITE_RULES_EVERY_MS = 1_000  # in the time of the run, as all that they count
SITE_RULES_ROUND_S = 120.0
USAGE = 2  # exit status: the person who started us has something to correct


class DataDirError(Exception):
    """The folder of the database cannot be used; the text says why and what to do."""


class Gateway:
    """All parts of one gateway around one database."""

    def __init__(self, site: Site, settings: Settings, clock: Clock) -> None:
        self._site = site
        self._settings = settings
        self._clock = clock
        counters = Counters()
        outbox = Outbox(settings.outbox_max_mb * 1_000_000, counters)
        quarantine = Quarantine(settings.quarantine_max, counters)
        memory = Memory(site)
        disk, self.writer, self.boot = _storage(settings, outbox, memory, counters)
        self.pipeline = Pipeline(site, memory, outbox, quarantine, counters)
        self.writer.keep_with(self.pipeline.batch, first=True)
        self.writer.after_commit(self.pipeline.filters.keep)
        self.writer.keep_with(self.pipeline.telemetry)
        self.writer.keep_with(self.pipeline.book)
        self.packer = _packer(settings, self.writer, counters, clock)
        self.ingest = Ingest(site, self.pipeline, self.writer, Bundles(settings.data_dir), clock)
        self.forward = Forward(
            site,
            outbox,
            quarantine,
            counters,
            self.writer,
            clock,
            window=settings.window,
            ack_timeout_ms=settings.ack_timeout_ms,
        )
        self.forward.latency = self.pipeline.latency
        self.dispatch = Dispatch(site, self.pipeline.office, quarantine, self.writer, clock)
        self.rollouts = RolloutLoop(site, self.pipeline, self.writer, clock)
        self.health = Health(site, settings, clock, self.pipeline, self.writer, self.boot)
        self.keeper = Keeper(Identity(settings.data_dir), site, self.pipeline, self.writer, clock)
        self.keeper.shut_out = self.ingest.shut_out
        self.health.instance = self.keeper.twins.instance
        self.operations = Operations(
            site, settings, clock, self.writer, self.pipeline, self.forward, self.health.failures, self.boot
        )
        beat = self.operations.watch.beat
        self.self_check = SelfCheck(self.writer, disk, self.pipeline, clock, beat)
        self.reload = Reload(site, self.pipeline, self.writer, counters)
        self.foreign = _foreign(site, self.writer, self.pipeline, quarantine, counters, clock, beat)
        self.control = _control(
            settings,
            self.reload,
            self.foreign,
            AlarmDesk(site, memory, self.pipeline, self.writer, clock),
            ShelfDesk(site, self.pipeline, self.writer, clock),
        )
        self.rollouts.serve(self.control)

    def site_link(self) -> Link:
        """The connection to the endpoints' broker."""
        return links.site_link(self._site, self.keeper.identity)

    def cloud_link(self) -> Link:
        """The connection to the cloud's broker, with the last will."""
        will = (self.health.topic, self.health.farewell(status.LAST_WILL))
        return links.cloud_link(self._site, self.keeper.identity, will)

    async def hear_cloud(self, topic: str, payload: bytes) -> None:
        """The handler of the cloud's connection; our own status comes back from there, too."""
        if topic == self.health.topic:
            return self.keeper.twins.hear(payload)
        if not topic.endswith("/task"):
            return await self.forward.handle_ack(topic, payload)
        await self.dispatch.handle_desk(topic, payload)
        return await self.writer.do(partial(self.pipeline.agreement.hear, payload=payload))

    async def batch_history(self) -> None:
        """Send staged samples on, every `history_batch_ms`."""
        while True:
            self.operations.watch.beat("history", HISTORY_ROUND_S + self._settings.history_batch_ms / 1000)
            await asyncio.sleep(self._settings.history_batch_ms / 1000)
            await self.writer.do(partial(self.pipeline.send_history, now_ms=self._clock.now_ms()))

    async def let_time_pass(self) -> None:
        """Whatever the rules of the site do by the clock alone."""
        while True:
            self.operations.watch.beat("site rules", SITE_RULES_ROUND_S)
            await asyncio.sleep(self._clock.real_s(SITE_RULES_EVERY_MS))
            await self.writer.do(partial(self.pipeline.let_time_pass, now_ms=self._clock.now_ms()))

    def tasks(self, site: Connection, cloud: Connection) -> dict[str, Callable[[], Awaitable[None]]]:
        """Everything that runs for ever, by name."""
        return (
            {
                "writer": self.writer.run,
                "history": self.batch_history,
                "site rules": self.let_time_pass,
                "telemetry": self.packer.run,
                "self check": self.self_check.run,
                "silence": lambda: self.health.listen_for_silence(site),
                "site link": lambda: self.health.watch_site_link(site),
                "forward": lambda: self.forward.run(cloud),
                "report": lambda: self.health.report(site, cloud),
                "dispatch": lambda: self.dispatch.run(site, cloud, self.operations.watch.beat),
                "rollouts": lambda: self.rollouts.run(site),
                "announce": lambda: self.health.announce(cloud),
                "control": self.control.run,
                "reload": self.reload.run,
                "identity": lambda: self.keeper.run(cloud),
            }
            | self.foreign.tasks()
            | self.operations.tasks(site, cloud)
        )


def _foreign(
    site: Site,
    writer: Writer,
    pipeline: Pipeline,
    quarantine: Quarantine,
    counters: Counters,
    clock: Clock,
    beat: Callable[[str, float], None],
) -> Foreign:
    host = Host(
        writer=writer,
        counters=counters,
        quarantine=quarantine,
        owe=pipeline.owe,
        note=partial(pipeline.note_own, kind=Kind.GATEWAY_FAULT, topic="adapters"),
        clock=clock,
        beat=beat,
    )
    foreign = Foreign(site, host)
    pipeline.rows.foreign = foreign.row
    return foreign


def _control(settings: Settings, reload: Reload, foreign: Foreign, *desks: AlarmDesk | ShelfDesk) -> Control:
    control = Control(settings.data_dir)
    control.on("reload", reload.apply)
    control.on("panel", foreign.ask_panel)
    for desk in desks:
        desk.serve(control)
    return control


def _storage(settings: Settings, outbox: Outbox, memory: Memory, counters: Counters) -> tuple[Disk, Writer, int]:
    """The disk with its reserve, the writer of the database on it, and the number of this start."""
    disk = Disk(settings.data_dir, settings.reserve_mb * 1_000_000)
    relief = MakeRoom(outbox, Snapshots(counters), counters)
    writer = Writer(settings.data_dir / DATABASE, (memory, counters), disk, relief)
    boot = writer.next_boot()
    disk.take_reserve()
    return disk, writer, boot


def _packer(settings: Settings, writer: Writer, counters: Counters, clock: Clock) -> Packer:
    store = TelemetryStore(settings.data_dir, settings.telemetry_max_mb * 1_000_000, settings.telemetry_days)
    return Packer(settings.data_dir, store, writer, counters, clock)


async def run(
    site: Site,
    settings: Settings,
    clock: Clock,
    stop: asyncio.Event | None = None,
    again: asyncio.Event | None = None,
) -> None:
    """Serve the site until `stop` is set. Works with either broker away, from the first second.

    Whenever `again` is set the site file is read again.
    """
    with _alone_in(settings.data_dir):
        gateway = Gateway(site, settings, clock)
        gateway.reload.wanted = again or gateway.reload.wanted
        await _run(site, gateway, stop or asyncio.Event())


@contextmanager
def _alone_in(data_dir: Path) -> Iterator[None]:
    """Two gateways on one database would each send what the other owes. Raises DataDirError."""
    folder = None
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        folder = os.open(data_dir, os.O_RDONLY)  # the folder itself: a full or read-only disk takes no file for it
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise DataDirError(
            f"数据目录已被另一个网关使用 / {data_dir} is in use by another gateway; stop that one, "
            f"or set {PREFIX}DATA_DIR to another folder"
        ) from None
    except PermissionError as error:
        raise DataDirError(
            f"数据目录不可写 / {error.filename} cannot be written; give this user the right, "
            f"or set {PREFIX}DATA_DIR to another folder"
        ) from None
    finally:
        if folder is not None:
            os.close(folder)


async def _run(site: Site, gateway: Gateway, stop: asyncio.Event) -> None:
    failures = gateway.health.failures
    try:
        async with (
            connected(gateway.site_link(), gateway.ingest.handle, failures) as site_link,
            connected(gateway.cloud_link(), gateway.hear_cloud, failures) as cloud_link,
            asyncio.TaskGroup() as group,
        ):
            gateway.ingest.link = site_link
            tasks = gateway.tasks(site_link, cloud_link)
            running = [group.create_task(supervise(name, task, failures), name=name) for name, task in tasks.items()]
            gateway.operations.watch.look_after(running)
            await gateway.writer.do(_nothing)
            _say_ready(site, gateway.boot)
            gateway.operations.give_up = stop.set
            gateway.operations.ready()
            await stop.wait()
            await site_link.close()
            await gateway.writer.do(gateway.pipeline.filters.save)
            await gateway.operations.stopping()  # what had come is durable now
            await cloud_link.close(gateway.health.topic, gateway.health.farewell(status.CLEAN_EXIT))
            for task in running:
                task.cancel()
    finally:
        gateway.writer.close()


def _nothing(_db: sqlite3.Connection) -> None:
    """A job that only waits for those before it."""


def _say_ready(site: Site, boot: int) -> None:
    sys.stdout.write(json.dumps({"ready": True, "gateway": site.gateway, "site": site.site, "boot": boot}) + "\n")
    sys.stdout.flush()


async def _serve(site: Site, settings: Settings, clock: Clock) -> None:
    stop, again = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, again.set)
    await run(site, settings, clock, stop, again)


def main(site_file: Path) -> int:
    """Run a gateway until SIGTERM or SIGINT. Exit status 2 where the site file or a setting must be corrected first."""
    try:
        site = load(site_file)
        settings = from_env(Settings, PREFIX, os.environ)
        clock = Clock.from_env()
    except (SiteError, SettingsError, ValueError) as error:
        sys.stderr.write(f"网关未启动 / The gateway did not start: {error}\n")
        return USAGE
    logs.set_up(settings.log_level, settings.log_to)
    faulthandler.enable()  # a watchdog's SIGABRT leaves the place of every thread in the log
    try:
        asyncio.run(_serve(site, settings, clock))
    except DataDirError as error:
        sys.stderr.write(f"网关未启动 / The gateway did not start: {error}\n")
        return USAGE
    return 0

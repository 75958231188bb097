"""All parts of a gateway around one database, made and connected once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from domain.incidents import Kind
from gateway.adapters import Host
from gateway.adapters.foreign import Foreign
from gateway.adapters.measured import ForeignSamples
from gateway.beliefs.memory import Memory
from gateway.control import Control
from gateway.desks.alarm_desk import AlarmDesk
from gateway.desks.filter_desk import FilterDesk
from gateway.desks.reload import Reload
from gateway.desks.shelf_desk import ShelfDesk
from gateway.desks.shelf_orders import ShelfOrders
from gateway.health import Health
from gateway.home_assistant.publisher import Publisher
from gateway.identity import links
from gateway.identity.home import Identity
from gateway.identity.keeper import Keeper
from gateway.ingest import Ingest
from gateway.inventory import Inventory
from gateway.ops.operations import Operations
from gateway.ops.release import software
from gateway.outward.forward import Forward
from gateway.outward.relief import MakeRoom
from gateway.outward.snapshots import Snapshots
from gateway.pipeline import Pipeline
from gateway.pulse.rounds import LONG_ROUND_S, ROUND_S, Round
from gateway.rollouts.loop import RolloutLoop
from gateway.self_check import SelfCheck
from gateway.settings import Settings
from gateway.site_file.site import Site
from gateway.store.bundles import Bundles
from gateway.store.counters import Counters
from gateway.store.disk import Disk
from gateway.store.outbox import Outbox
from gateway.store.quarantine import Quarantine
from gateway.store.schema import DATABASE
from gateway.store.writer import Writer
from gateway.telemetry.store import TelemetryStore
from gateway.telemetry.telemetry import Packer
from gateway.work.loop import Dispatch
from protocol import status
from runtime.clock import Clock
from runtime.mqtt import Connection, Link

SITE_RULES_EVERY_MS = 1_000  # in the time of the run, as all that they count


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
        disk, self.writer, self.boot = _storage(settings, outbox, memory, counters, clock)
        self.pipeline = Pipeline(site, memory, outbox, quarantine, counters)
        self.writer.keep_with(self.pipeline.batch, first=True)
        self.writer.after_commit(self.pipeline.filters.keep)
        for cache in (self.pipeline.telemetry, self.pipeline.book, self.pipeline.agreement):
            self.writer.keep_with(cache)
        self.packer = _packer(settings, self.writer, counters, clock)
        self.ingest = Ingest(site, self.pipeline, self.writer, Bundles(settings.data_dir), clock)
        self.forward = _forward(site, settings, self.pipeline, outbox, quarantine, counters, self.writer, clock)
        self.dispatch = Dispatch(site, self.pipeline.office, quarantine, self.writer, clock)
        self.rollouts = RolloutLoop(site, self.pipeline, self.writer, clock)
        self.health = Health(site, settings, clock, self.pipeline, self.writer, self.boot)
        self.keeper = Keeper(Identity(settings.data_dir), site, self.pipeline, self.writer, clock)
        self.keeper.shut_out = self.ingest.shut_out
        self.health.instance = self.keeper.twins.instance
        self.operations = Operations(
            site, settings, clock, self.writer, self.pipeline, self.forward, self.health.failures, self.boot
        )
        beat = self.keeper.beat = self.operations.watch.beat
        self.self_check = SelfCheck(self.writer, disk, self.pipeline, clock, beat)
        self.reload = Reload(site, self.pipeline, self.writer, counters)
        samples = ForeignSamples(memory.recent, self.pipeline.telemetry, self.boot)
        self.foreign = _foreign(site, self.writer, self.pipeline, samples, quarantine, counters, clock, beat)
        self.orders = _orders(site, settings, memory, self.pipeline, self.writer, self.health, clock)
        self.control = _control(
            settings,
            self.reload,
            self.foreign,
            AlarmDesk(site, memory, self.pipeline, self.writer, clock),
            FilterDesk(self.pipeline.filters, self.writer),
            self.orders.desk,
            self.rollouts,
        )
        self.home = Publisher(site, self.pipeline, self.writer, clock, software())

    def site_link(self) -> Link:
        """The connection to the endpoints' broker."""
        return self.operations.connecting(links.site_link(self._site, self.keeper.identity))

    def cloud_link(self) -> Link:
        """The connection to the cloud's broker, with the last will."""
        will = (self.health.topic, self.health.farewell(status.LAST_WILL))
        return self.operations.connecting(links.cloud_link(self._site, self.keeper.identity, will))

    async def hear_site(self, topic: str, payload: bytes) -> None:
        """The handler of the site's connection: endpoints, and a dashboard that starts."""
        hear = self.home.hear if self.home.hears(topic) else partial(self.ingest.handle, topic)
        await hear(payload)

    async def hear_cloud(self, topic: str, payload: bytes) -> None:
        """The handler of the cloud's connection; our own status comes back from there, too."""
        if topic == self.health.topic:
            return self.keeper.twins.hear(payload)
        if not topic.endswith("/task"):
            return await self.forward.handle_ack(topic, payload)
        await self.dispatch.handle_desk(topic, payload)
        await self.orders.hear(payload)
        return await self.writer.do(partial(self.pipeline.agreement.hear, payload=payload))

    async def batch_history(self) -> None:
        """Send staged samples on, every `history_batch_ms`."""
        while True:
            self.operations.watch.beat("history", ROUND_S + self._settings.history_batch_ms / 1000)
            await asyncio.sleep(self._settings.history_batch_ms / 1000)
            await self.writer.do(partial(self.pipeline.send_history, now_ms=self._clock.now_ms()))

    async def let_time_pass(self) -> None:
        """Whatever the rules of the site do by the clock alone."""
        while True:
            self.operations.watch.beat("site rules", ROUND_S)
            await asyncio.sleep(self._clock.real_s(SITE_RULES_EVERY_MS))
            now_ms, steady_ms = self._clock.now_ms(), self._clock.steady_ms()
            await self.writer.do(partial(self.pipeline.let_time_pass, now_ms=now_ms, steady_ms=steady_ms))

    def tasks(self, site: Connection, cloud: Connection) -> dict[str, Callable[[], Awaitable[None]]]:
        """Everything that runs for ever, by name; what goes round says so to the watchdog."""
        beat, reported_s = self.operations.watch.beat, self._settings.status_every_ms / 1000
        return (
            {
                "writer": self.writer.run,
                "history": self.batch_history,
                "site rules": self.let_time_pass,
                "telemetry": lambda: self.packer.run(Round(beat, "telemetry", LONG_ROUND_S)),
                "self check": self.self_check.run,
                "silence": lambda: self.health.listen_for_silence(site, Round(beat, "silence")),
                "site link": lambda: self.health.watch_site_link(site, Round(beat, "site link")),
                "forward": lambda: self.forward.run(cloud),
                "report": lambda: self.health.report(site, cloud, Round(beat, "report", ROUND_S + reported_s)),
                "dispatch": lambda: self.dispatch.run(site, cloud, beat),
                "rollouts": lambda: self.rollouts.run(site, Round(beat, "rollouts")),
                "home assistant": lambda: self.home.run(site, Round(beat, "home assistant", LONG_ROUND_S)),
                "announce": lambda: self.health.announce(cloud, Round(beat, "announce")),
                "control": lambda: self.control.run(Round(beat, "control")),
                "reload": lambda: self.reload.run(Round(beat, "reload", LONG_ROUND_S)),
                "identity": lambda: self.keeper.run(cloud),
            }
            | self.foreign.tasks()
            | self.operations.tasks(site, cloud)
        )


def _forward(
    site: Site,
    settings: Settings,
    pipeline: Pipeline,
    outbox: Outbox,
    quarantine: Quarantine,
    counters: Counters,
    writer: Writer,
    clock: Clock,
) -> Forward:
    window, ack_timeout_ms = settings.window, settings.ack_timeout_ms
    forward = Forward(site, outbox, quarantine, counters, writer, clock, window=window, ack_timeout_ms=ack_timeout_ms)
    forward.latency = pipeline.latency
    forward.refused = pipeline.office.refused
    return forward


def _foreign(
    site: Site,
    writer: Writer,
    pipeline: Pipeline,
    samples: ForeignSamples,
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
        measured=samples.keep,
        clock=clock,
        beat=beat,
    )
    foreign = Foreign(site, host)
    pipeline.rows.foreign, pipeline.live.foreign = foreign.row, foreign.view
    return foreign


def _orders(
    site: Site, settings: Settings, memory: Memory, pipeline: Pipeline, writer: Writer, health: Health, clock: Clock
) -> ShelfOrders:
    """What the centre orders; its outcome and the inventory go into the status."""
    orders = ShelfOrders(ShelfDesk(site, memory, pipeline, writer, clock), writer, clock)
    orders.told = health.hurry
    health.tells = (orders.fields, Inventory(site, memory, settings.data_dir, clock.now_ms()).fields)
    return orders


def _control(
    settings: Settings, reload: Reload, foreign: Foreign, *desks: AlarmDesk | FilterDesk | ShelfDesk | RolloutLoop
) -> Control:
    control = Control(settings.data_dir)
    control.on("reload", reload.apply)
    control.on("panel", foreign.ask_panel)
    for desk in desks:
        desk.serve(control)
    return control


def _storage(
    settings: Settings, outbox: Outbox, memory: Memory, counters: Counters, clock: Clock
) -> tuple[Disk, Writer, int]:
    """The disk with its reserve, the writer of the database on it, and the number of this start."""
    disk = Disk(settings.data_dir, settings.reserve_mb * 1_000_000)
    relief = MakeRoom(outbox, Snapshots(counters), counters)
    every_s = clock.real_s(settings.commit_every_ms)
    writer = Writer(settings.data_dir / DATABASE, (memory, counters), disk, relief, every_s)
    boot = writer.next_boot()
    disk.take_reserve()
    return disk, writer, boot


def _packer(settings: Settings, writer: Writer, counters: Counters, clock: Clock) -> Packer:
    store = TelemetryStore(settings.data_dir, settings.telemetry_max_mb * 1_000_000, settings.telemetry_days)
    return Packer(settings.data_dir, store, writer, counters, clock)

"""All parts of a gateway around one database, made and connected once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from domain.incidents import Kind
from gateway.adapters import Host
from gateway.adapters.foreign import Foreign
from gateway.adapters.measured import ForeignSamples
from gateway.control import Control
from gateway.core import Core, make
from gateway.desks.alarm_desk import AlarmDesk
from gateway.desks.filter_desk import FilterDesk
from gateway.desks.reload import Reload
from gateway.desks.shelf_desk import ShelfDesk
from gateway.desks.shelf_orders import ShelfOrders
from gateway.health.health import Health
from gateway.health.inventory import Inventory
from gateway.health.self_check import SelfCheck
from gateway.home_assistant.live import Live
from gateway.home_assistant.publisher import Publisher
from gateway.identity import links
from gateway.identity.home import Identity
from gateway.identity.keeper import Keeper
from gateway.ops.operations import Operations
from gateway.outward.forward import Forward
from gateway.pipeline.aside import Aside
from gateway.pipeline.ingest import Ingest
from gateway.pulse.rounds import LONG_ROUND_S, ROUND_S, Round
from gateway.rollouts.loop import RolloutLoop
from gateway.rollouts.rollouts import Rollouts
from gateway.settings import Settings
from gateway.site_file.site import Site
from gateway.store.bundles import Bundles
from gateway.telemetry.store import TelemetryStore
from gateway.telemetry.telemetry import Packer
from gateway.work.loop import Dispatch
from protocol import status
from runtime.clock import Clock
from runtime.mqtt import Connection, Link
from runtime.release import software

SITE_RULES_EVERY_MS = 1_000  # in the time of the run, as all that they count


class Gateway:
    """All parts of one gateway around one database."""

    def __init__(self, site: Site, settings: Settings, clock: Clock) -> None:
        self._site = site
        self._settings = settings
        self._clock = clock
        core = make(site, settings, clock)
        self.writer, self.boot, self.pipeline = core.writer, core.boot, core.pipeline
        self.packer = _packer(core)
        self.ingest = Ingest(site, self.pipeline, self.writer, Bundles(settings.data_dir), clock)
        self.forward = _forward(core)
        self.aside = Aside(core.quarantine, self.writer, clock)
        self.dispatch = Dispatch(site, self.pipeline.office, core.quarantine, self.writer, clock)
        self.rollouts = _rollouts(core)
        self.health = Health(site, settings, clock, self.pipeline, self.writer, self.boot)
        self.keeper = Keeper(Identity(settings.data_dir), site, self.pipeline, self.writer, clock)
        self.keeper.shut_out = self.ingest.shut_out
        self.health.instance = self.keeper.twins.instance
        self.operations = Operations(
            site, settings, clock, self.writer, self.pipeline, self.forward, self.health.failures, self.boot
        )
        self.self_check = SelfCheck(self.writer, core.disk, self.pipeline, clock)
        self.self_check.more = self.health.acceptance.problems
        self.forward.refused_other = self.health.refused
        self.operations.status_refused = lambda: self.health.acceptance.reason
        self.reload = Reload(site, self.pipeline, self.writer, core.counters)
        self.foreign = _foreign(core, self.operations.watch.beat)
        self.orders = _orders(core, self.health)
        self.control = _control(core, self.reload, self.foreign, self.orders.desk, self.rollouts)
        self.home = _home(core, self.foreign)

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
        unless = self.aside.unless
        if not topic.endswith("/task"):
            return await unless(self.forward.handle_ack(topic, payload), topic, payload)
        await unless(self.dispatch.handle_desk(topic, payload), topic, payload)
        await unless(self.orders.hear(payload), topic, payload)
        agree = partial(self.pipeline.agreement.hear, payload=payload)
        return await unless(self.writer.do(agree), topic, payload)

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
                "self check": lambda: self.self_check.run(Round(beat, "self check")),
                "silence": lambda: self.health.listen_for_silence(site, Round(beat, "silence")),
                "site link": lambda: self.health.watch_site_link(site, Round(beat, "site link")),
                "forward": lambda: self.forward.run(cloud),
                "report": lambda: self.health.report(site, cloud, Round(beat, "report", ROUND_S + reported_s)),
                "dispatch": lambda: self.dispatch.run(site, cloud, Round(beat, "dispatch")),
                "rollouts": lambda: self.rollouts.run(site, Round(beat, "rollouts")),
                "home assistant": lambda: self.home.run(site, Round(beat, "home assistant", LONG_ROUND_S)),
                "announce": lambda: self.health.announce(cloud, Round(beat, "announce")),
                "control": lambda: self.control.run(Round(beat, "control")),
                "reload": lambda: self.reload.run(Round(beat, "reload", LONG_ROUND_S)),
                "identity": lambda: self.keeper.run(cloud, Round(beat, "identity")),
            }
            | self.foreign.tasks()
            | self.operations.tasks(site, cloud)
        )


def _packer(core: Core) -> Packer:
    settings = core.settings
    store = TelemetryStore(settings.data_dir, settings.telemetry_max_mb * 1_000_000, settings.telemetry_days)
    return Packer(settings.data_dir, store, core.writer, core.counters, core.clock)


def _forward(core: Core) -> Forward:
    forward = Forward(
        core.site, core.outbox, core.quarantine, core.counters, core.writer, core.clock,
        window=core.settings.window, ack_timeout_ms=core.settings.ack_timeout_ms,
    )  # fmt: skip
    forward.latency = core.pipeline.latency
    forward.refused = core.pipeline.office.refused
    return forward


def _rollouts(core: Core) -> RolloutLoop:
    rollouts = Rollouts(core.site, core.memory, core.counters)
    core.pipeline.followers = (rollouts,)
    return RolloutLoop(core.site, rollouts, core.pipeline, core.writer, core.clock)


def _foreign(core: Core, beat: Callable[[str, float], None]) -> Foreign:
    pipeline = core.pipeline
    host = Host(
        writer=core.writer,
        counters=core.counters,
        quarantine=core.quarantine,
        owe=pipeline.owe,
        note=partial(pipeline.note_own, kind=Kind.GATEWAY_FAULT, topic="adapters"),
        measured=ForeignSamples(core.memory.recent, pipeline.telemetry, core.boot).keep,
        clock=core.clock,
        beat=beat,
    )
    foreign = Foreign(core.site, host)
    pipeline.rows.foreign = foreign.row
    return foreign


def _home(core: Core, foreign: Foreign) -> Publisher:
    """The newest values as a dashboard shows them; without one that is wanted nothing is kept."""
    live = Live(core.site, core.memory)
    live.foreign = foreign.view
    core.pipeline.show = live.note
    return Publisher(core.site, live, core.pipeline, core.writer, core.clock, software())


def _orders(core: Core, health: Health) -> ShelfOrders:
    """What the centre orders; its outcome and the inventory go into the status."""
    desk = ShelfDesk(core.site, core.memory, core.pipeline, core.writer, core.clock)
    orders = ShelfOrders(desk, core.writer, core.clock)
    orders.told = health.hurry
    inventory = Inventory(core.site, core.memory, core.settings.data_dir, core.clock.now_ms())
    health.tells = (orders.fields, inventory.fields)
    return orders


def _control(core: Core, reload: Reload, foreign: Foreign, shelves: ShelfDesk, rollouts: RolloutLoop) -> Control:
    control = Control(core.settings.data_dir)
    control.on("reload", reload.apply)
    control.on("panel", foreign.ask_panel)
    alarms = AlarmDesk(core.site, core.memory, core.pipeline, core.writer, core.clock)
    for desk in (alarms, FilterDesk(core.pipeline.filters, core.writer), shelves, rollouts):
        desk.serve(control)
    return control

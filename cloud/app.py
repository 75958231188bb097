"""The centre's process: wires store, series, desk, intake, dispatcher and web server, and takes them down again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from cloud.api.health import Checks
from cloud.desk import Desk
from cloud.equipment.maintenance import load_intervals
from cloud.history.belief import Belief
from cloud.history.memory import Memory
from cloud.history.port import Series
from cloud.identity.keeper import home_of, keep, with_login
from cloud.live import Hub
from cloud.maps.tiles import open_tiles
from cloud.notices.notifier import Notifier
from cloud.notices.ways import load_ways
from cloud.notices.webhooks.carrier import Carrier
from cloud.notices.webhooks.reach import reach_of
from cloud.notices.wiring import contacts_of, make_carrier, make_notifier
from cloud.plan import load_plan
from cloud.plan.errors import PlanError
from cloud.review.alarms.reading import load_targets
from cloud.review.assessing.reading import load_scheme
from cloud.settings import PREFIX, Settings
from cloud.site_lists import SiteLists
from cloud.store.engine import Store, open_store
from cloud.trust.desk import Trust
from cloud.trust.start import open_trust, say_first, sweep
from cloud.web.app import create_app, create_health_app
from cloud.web.server import check, listen
from cloud.workers.bus import Bus
from cloud.workers.dispatcher import Dispatcher
from cloud.workers.ears import hearing
from cloud.workers.jobs import Crew, Jobs, calling
from cloud.workers.leases import Leases
from cloud.workers.one_keeper import OneKeeper
from cloud.workers.opening import open_series
from cloud.workers.readings import house, keeping, settle
from cloud.workers.retention import Retention
from cloud.workers.roles import Role, Worker, worker_of
from cloud.workers.silence import SilenceWatch
from runtime import logs
from runtime.clock import Clock
from runtime.heap import settled
from runtime.settings import SettingsError, from_env
from runtime.supervise import supervise
from runtime.web_server import Server

log = structlog.get_logger()

Ready = Callable[[str], None]
PRIVATE = 0o077  # files of the centre, its database first, are for its own account only


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Everything one process runs."""

    desk: Desk
    store: Store
    series: Series
    hub: Hub
    dispatcher: Dispatcher
    notifier: Notifier
    carrier: Carrier
    lists: SiteLists
    crew: Crew
    trust: Trust
    keeper: OneKeeper


def _crew(settings: Settings, clock: Clock, store: Store, worker: Worker) -> Crew:
    retention = Retention(
        store,
        clock,
        closed_days=settings.keep_incidents_days,
        evidence_days=settings.keep_evidence_days,
        report_days=settings.keep_reports_days,
        track_days=settings.keep_tracks_days,
        belief=Belief(Memory(settings.data_dir, "retention-clock.json")),
    )
    return Crew(worker=worker, leases=Leases(store, worker.run), bus=Bus(store, worker.run), retention=retention)


def _open_desk(settings: Settings, worker: Worker, desk: Desk, series: Series) -> Desk:
    """With its plan, its history and its map."""
    desk.plans.keep = settings.plan_versions_max
    desk.plans.start(settings.config_dir)
    desk.equipment.maintenance.intervals = load_intervals(settings.config_dir)
    desk.alarms.targets = load_targets(settings.config_dir)
    desk.assessing.scheme = load_scheme(settings.config_dir)
    settle(desk.history, settings, worker, series)
    desk.photos.bytes_max = settings.photos_max_mb * 1_000_000
    desk.maps.tiles = open_tiles(settings.tiles, settings.tiles_datum, settings.tiles_attribution)
    return desk


@contextmanager
def open_centre(settings: Settings, clock: Clock) -> Iterator[Centre]:
    """Stores opened and migrated, use cases wired. Needs a running event loop."""
    loop = asyncio.get_running_loop()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    worker = worker_of(settings.worker, settings.roles, settings.database, clock.now_ms())
    plan = load_plan(settings.config_dir)
    store = open_store(settings.database)
    keeper = OneKeeper(store, worker, settings.data_dir).claim()
    series = open_series(settings, worker)
    desk = _open_desk(settings, worker, Desk(store, series, plan, clock), series)
    hub = Hub(loop, first_id=clock.now_ms())
    dispatcher = Dispatcher(desk, clock, loop)
    ways = load_ways(settings.notices)
    desk.notices.use(ways)
    notifier = make_notifier(store, clock, plan, ways, contacts_of(desk.people), desk.tell)
    carrier = make_carrier(desk.webhooks, reach_of(settings.webhook_networks), store, clock, plan, ways)
    lists = SiteLists(store, clock, loop, plan)
    crew = _crew(settings, clock, store, worker)
    crew.bus.listen(desk.outdated)
    for part in (hub, dispatcher, notifier, carrier, lists, desk.facts):
        desk.listen(part.changed)
        crew.bus.listen(part.changed)
    desk.listen(crew.bus.changed)
    trust = open_trust(settings, store, lambda: plan.roster, clock, desk.plans.stored)
    desk.people.seals = desk.sources.seals = desk.webhooks.seals = trust.vault
    try:
        yield Centre(
            desk=desk, store=store, series=series, hub=hub, dispatcher=dispatcher, notifier=notifier, lists=lists,
            carrier=carrier,
            crew=crew, trust=trust, keeper=keeper,
        )  # fmt: skip
    finally:
        series.close()
        keeper.give_back()
        store.close()


async def serve(settings: Settings, clock: Clock, ready: Ready) -> None:
    """Run the centre until a signal; `ready` gets the address once it serves."""
    check(settings)
    with open_centre(settings, clock) as centre:
        crew, desk = centre.crew, centre.desk
        async with hearing(with_login(settings), desk, centre.series, crew.worker) as ears:
            jobs: Jobs = {
                **crew.hearing(ears, SilenceWatch(desk, ears.intake), lambda: keep(home_of(settings), clock.now_ms)),
                **crew.speaking(ears, centre.lists),
                **house(settings, crew.worker, centre.series, desk.history, desk.clock),
            }
            checks = {
                "broker": ears.all_up,
                "intake": ears.intake.health,
                "leases": lambda: sorted(crew.leases.held),
            }
            jobs["one_keeper"] = centre.keeper.run
            jobs["sessions"] = crew.alone("sessions", lambda: sweep(centre.trust, settings.keep_audit_days))

            def first(url: str) -> None:
                say_first(centre.trust, url)
                ready(url)

            await run_web(settings, centre, first, checks=checks, jobs=jobs)
        centre.keeper.check()


async def run_web(settings: Settings, centre: Centre, ready: Ready, *, checks: Checks, jobs: Jobs) -> None:
    """The web server, the dispatcher, the notices and `jobs`, until a signal."""
    front = listen(settings)
    failures: Counter[str] = Counter()
    shown: dict[str, Callable[[], object]] = {"failures": lambda: dict(failures), "timers": centre.desk.timer_health}
    shown |= {"notices": centre.desk.notices.health, "plan": centre.desk.plans.health}
    shown |= {"history": centre.desk.history.health, "photos": centre.desk.photos.health}
    shown["facts"] = centre.desk.facts.health
    shown["connections"] = front.listener.health
    if centre.crew.worker.does(Role.WEB):
        shown["attempts"] = centre.trust.counters
        app = create_app(centre.desk, centre.hub, {**checks, **shown}, centre.trust, front.rules, front.names)
    else:
        app = create_health_app(centre.desk, {**checks, **shown}, centre.trust, front.rules, front.names)
    config = front.config(app)
    server = Server(config, lambda: ready(front.url))
    _stop_on_signals(server, centre.hub)
    crew = centre.crew
    notifier = centre.notifier
    owed: Jobs = {"notifier": notifier.run, "shifts": notifier.shifts.run, "webhooks": centre.carrier.run}
    calls = calling(crew.worker, centre.dispatcher, owed)
    calls |= {**keeping(crew, centre.desk.history), **crew.counting(centre.desk.facts.run)}
    every = {"plans": centre.desk.plans.run, "people": centre.desk.people.run, **calls, **crew.everywhere(), **jobs}
    if front.tls is not None:
        every["tls"] = front.keep_certificate(config, centre.desk.clock.now_ms)
    with front.listener, settled():
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(supervise(name, job, failures), name=name) for name, job in every.items()]
            await server.serve(sockets=[front.listener])
            for task in running:
                task.cancel()


def _stop_on_signals(server: Server, hub: Hub) -> None:
    def stop() -> None:
        hub.close()
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _say_ready(url: str) -> None:
    sys.stdout.write(json.dumps({"ready": True, "url": url}) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Entry point of `gridwhistle cloud run`; 2 for a mistake in settings or configuration."""
    try:
        settings = from_env(Settings, PREFIX, os.environ)
        logs.set_up(settings.log_level)
        os.umask(PRIVATE)
        asyncio.run(serve(settings, Clock.from_env(), _say_ready))
    except (SettingsError, PlanError, ValueError) as error:
        sys.stderr.write(f"gridwhistle cloud: {error}\n")
        return 2
    return 0

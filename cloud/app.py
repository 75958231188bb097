"""The centre's process: wires store, series, desk, intake, dispatcher and web server, and takes them down again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import structlog
import uvicorn

from cloud.api.app import create_app
from cloud.api.health import Checks
from cloud.desk import Desk
from cloud.dispatcher import Dispatcher
from cloud.identity.keeper import home_of, keep, with_login
from cloud.intake import BULK, URGENT, Intake, SilenceWatch
from cloud.live import Hub
from cloud.notices.owe import CHANNEL
from cloud.notify import ConsoleChannel, Notifier
from cloud.plan import PlanError, load_plan
from cloud.series import DuckSeries
from cloud.settings import PREFIX, Settings, refuse_open_network
from cloud.site_lists import SiteLists
from cloud.store.engine import Store, open_store
from protocol import filters
from runtime import logs
from runtime.clock import Clock
from runtime.mqtt import Connection, Link, connected
from runtime.settings import SettingsError, from_env
from runtime.supervise import supervise
from runtime.web_server import Server

log = structlog.get_logger()

CLIENT_ID = "gridwhistle-cloud"  # fixed: the broker keeps what came while we were away
SILENT_S = 30.0  # six missed status messages of 5 s; EN 54-21 allows 100 s until a path fault is due
WATCH_EVERY_S = 2.0
DRAIN_S = 2  # open pages get this long to let go


Ready = Callable[[str], None]
Jobs = Mapping[str, Callable[[], Awaitable[None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Everything one process runs."""

    desk: Desk
    store: Store
    series: DuckSeries
    hub: Hub
    dispatcher: Dispatcher
    notifier: Notifier
    lists: SiteLists


@contextmanager
def open_centre(settings: Settings, clock: Clock) -> Iterator[Centre]:
    """Stores opened and migrated, use cases wired. Needs a running event loop."""
    loop = asyncio.get_running_loop()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    plan = load_plan(settings.config_dir)
    store = open_store(settings.database)
    series = DuckSeries(settings.data_dir / "series.duckdb")
    desk = Desk(store, series, plan, clock)
    desk.plans.start(settings.config_dir)
    hub = Hub(loop, first_id=clock.now_ms())
    dispatcher = Dispatcher(desk, clock, loop)
    notifier = Notifier(store, clock, {CHANNEL: ConsoleChannel()})
    lists = SiteLists(store, clock, loop)
    for listener in (hub.changed, dispatcher.changed, notifier.changed, lists.changed):
        desk.listen(listener)
    try:
        yield Centre(
            desk=desk, store=store, series=series, hub=hub, dispatcher=dispatcher, notifier=notifier, lists=lists
        )
    finally:
        series.close()
        store.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """The intake and its two sessions: the broker queues each by itself, so readings never stand before a whistle."""

    intake: Intake
    urgent: Connection
    bulk: Connection

    def both_up(self) -> bool:
        """True while everything can be heard."""
        return self.urgent.is_up and self.bulk.is_up


def _link(settings: Settings, client_id: str, kinds: tuple[str, ...]) -> Link:
    return Link(
        host=settings.broker_host,
        port=settings.broker_port,
        client_id=client_id,
        subscriptions=tuple(filters.every_site(kind) for kind in kinds),
        username=settings.broker_username,
        password=settings.broker_password,
        ca_file=settings.broker_ca_file,
    )


@asynccontextmanager
async def hearing(settings: Settings, centre: Centre) -> AsyncIterator[Ears]:
    """The intake behind its connections to the broker."""
    intake = Intake(centre.desk, centre.series)
    async with (
        connected(_link(settings, CLIENT_ID, URGENT), intake.handle) as urgent,
        connected(_link(settings, f"{CLIENT_ID}-history", BULK), intake.handle) as bulk,
    ):
        intake.publish = urgent.publish
        yield Ears(intake=intake, urgent=urgent, bulk=bulk)


async def watch_silence(watch: SilenceWatch, connection: Connection) -> None:
    """Look for silent gateways, as long as we can hear at all."""
    loop = asyncio.get_running_loop()
    connects = -1
    while True:
        await connection.wait_up()
        if connection.connects != connects:
            connects = connection.connects
            await asyncio.to_thread(watch.start, loop.time())
        await watch.check(loop.time())
        await asyncio.sleep(WATCH_EVERY_S)


def listen(settings: Settings) -> socket.socket:
    """The socket of the web server, on loopback. Raises SettingsError."""
    refuse_open_network(settings.http_host)
    family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.http_host, settings.http_port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"port {settings.http_port} on {settings.http_host} cannot be used ({error.strerror}); "
            f"set {PREFIX}HTTP_PORT to another one, or to 0 for any free port"
        ) from None
    listener.listen()
    return listener


async def serve(settings: Settings, clock: Clock, ready: Ready) -> None:
    """Run the centre until a signal; `ready` gets the address once it serves."""
    refuse_open_network(settings.http_host)
    with open_centre(settings, clock) as centre:
        async with hearing(with_login(settings), centre) as ears:
            intake, urgent = ears.intake, ears.urgent
            watch = SilenceWatch(centre.desk, intake, SILENT_S)
            jobs: Jobs = {
                "intake_urgent": intake.run_urgent,
                "intake_bulk": intake.run_bulk,
                "silence": lambda: watch_silence(watch, urgent),
                "identity": lambda: keep(home_of(settings), clock.now_ms),
                "site_lists": lambda: centre.lists.run(urgent),
            }
            checks = {"broker": ears.both_up, "intake": lambda: dict(intake.counters)}
            await run_web(settings, centre, ready, checks=checks, jobs=jobs)


async def run_web(settings: Settings, centre: Centre, ready: Ready, *, checks: Checks, jobs: Jobs) -> None:
    """The web server, the dispatcher, the notices and `jobs`, until a signal."""
    listener = listen(settings)
    url = f"http://{settings.http_host}:{listener.getsockname()[1]}"
    failures: Counter[str] = Counter()
    shown = {"failures": lambda: dict(failures), "timers": centre.desk.timer_health}
    app = create_app(centre.desk, centre.hub, {**checks, **shown})
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=DRAIN_S)
    server = Server(config, lambda: ready(url))
    _stop_on_signals(server, centre.hub)
    every = {
        "dispatcher": centre.dispatcher.run, "notifier": centre.notifier.run, "plans": centre.desk.plans.run, **jobs,
    }  # fmt: skip
    with listener:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(supervise(name, job, failures), name=name) for name, job in every.items()]
            await server.serve(sockets=[listener])
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
        asyncio.run(serve(settings, Clock.from_env(), _say_ready))
    except (SettingsError, PlanError, ValueError) as error:
        sys.stderr.write(f"gridwhistle cloud: {error}\n")
        return 2
    return 0

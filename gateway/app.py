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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from gateway.settings import PREFIX, Settings
from gateway.site_file.reader import SiteError
from gateway.site_file.site import Site, load
from gateway.wiring import Gateway
from protocol import status
from runtime import logs
from runtime.clock import Clock
from runtime.mqtt import connected
from runtime.settings import SettingsError, from_env
from runtime.supervise import supervise

log = structlog.get_logger()
USAGE = 2  # exit status: the person who started us has something to correct


class DataDirError(Exception):
    """The folder of the database cannot be used; the text says why and what to do."""


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
            connected(gateway.site_link(), gateway.hear_site, failures) as site_link,
            connected(gateway.cloud_link(), gateway.hear_cloud, failures) as cloud_link,
            asyncio.TaskGroup() as group,
        ):
            gateway.ingest.link = site_link
            tasks = gateway.tasks(site_link, cloud_link)
            running = [group.create_task(supervise(name, task, failures), name=name) for name, task in tasks.items()]
            gateway.operations.watch.look_after(running)
            await gateway.writer.do(_nothing)
            _say_ready(site, gateway.boot)
            gateway.operations.end = stop.set
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

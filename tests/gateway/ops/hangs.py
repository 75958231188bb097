"""A gateway process that can be made to hang: SIGUSR1 stops its writer's thread in a job, SIGUSR2 ends a task."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import sys
import time
from pathlib import Path

from gateway import app
from gateway.settings import PREFIX, Settings
from gateway.site_file.site import load
from runtime import logs
from runtime.clock import Clock
from runtime.settings import from_env


async def _serve(site_file: Path) -> None:
    site, stop, loop = load(site_file), asyncio.Event(), asyncio.get_running_loop()
    gateway = app.Gateway(site, from_env(Settings, PREFIX, os.environ), Clock())
    hanging: list[asyncio.Task[None]] = []

    def hang() -> None:
        hanging.append(loop.create_task(gateway.writer.do(lambda _db: time.sleep(3600))))

    def end_a_task() -> None:
        next(task for task in asyncio.all_tasks() if task.get_name() == "history").cancel()

    for number, act in ((signal.SIGUSR1, hang), (signal.SIGUSR2, end_a_task), (signal.SIGTERM, stop.set)):
        loop.add_signal_handler(number, act)
    await app._run(site, gateway, stop)


if __name__ == "__main__":
    logs.set_up("info")
    faulthandler.enable()
    asyncio.run(_serve(Path(sys.argv[1])))

"""Wiring of an endpoint. main.py on flash says `from firmware.device.main import run` and `run()`."""

import asyncio
import os

from firmware.device import board as boards
from firmware.device.alarm import LimitsError
from firmware.device.boots import Boots
from firmware.device.clock import Clock
from firmware.device.config import ConfigError, load
from firmware.device.endpoints import fire
from firmware.device.health import Health
from firmware.device.link import Link
from firmware.device.outbox import Outbox
from firmware.device.sampler import Sampler
from firmware.device.store import rings
from firmware.device.supervise import supervise
from firmware.device.ticks import Uptime


def run() -> None:
    """Never returns, except to a technician who pressed Ctrl-C."""
    board = boards.Board()
    try:
        config = load()
        alarm = fire.local_alarm(board, config["limits"])
    except (ConfigError, LimitsError) as error:
        print("配置错误 / bad configuration:", error)
        board.blink_forever()
    boots = Boots("/boots.json")
    uptime = Uptime()
    clock = Clock(uptime, boots)
    outbox = Outbox(boots.boot, *rings(os.statvfs("/")))
    sampler = Sampler(fire.drivers(board, uptime.sleep_ms), alarm, outbox, clock, boots.boot)
    health = Health(config["kind"], boots.boot, boards.reset_cause(), clock, outbox, sampler)
    if boots.broken:
        health.faults["flash"] = "write_failed"
    link = Link(config, boots.boot, outbox, clock, health)
    board.start_watchdog()
    tasks = {"sampler": lambda: sampler.run(uptime, board.feed, [health.heap.sweep, link.cycle_done]), "link": link.run}
    print("吹哨 gridwhistle", config["device"], "boot", boots.boot)
    try:
        asyncio.run(supervise(tasks, health.faults))
    except KeyboardInterrupt:
        board.leave_to_technician()
        print("采样已停止,Ctrl-D 重新启动 / sampling stopped, Ctrl-D starts again")
        asyncio.new_event_loop()  # without the tasks that Ctrl-C has torn: they would close the link under our goodbye
        asyncio.run(link.goodbye())

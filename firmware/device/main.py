"""Wiring of an endpoint. main.py on flash finds the slot with this code and calls `run()`."""

import asyncio
import os

from firmware.device import board as boards
from firmware.device.boots import Boots
from firmware.device.clock import Clock
from firmware.device.config import load
from firmware.device.health import Health
from firmware.device.link import Link
from firmware.device.outbox import Outbox
from firmware.device.sample import Records
from firmware.device.sampler import Sampler
from firmware.device.store import ring
from firmware.device.supervise import supervise
from firmware.device.ticks import Uptime


class Kit:
    """What a kind of endpoint gets to build itself from."""

    def __init__(self, board, config: dict, clock, sleep_ms) -> None:
        self.board = board
        self.config = config
        self.settings: dict = {}
        self.clock = clock
        self.boot = clock.boot
        self.sleep_ms = sleep_ms
        self.reports = None
        self.health_faults: dict = {}  # of what is not a channel: name -> reason


def run() -> None:
    """Never returns, except to a technician who pressed Ctrl-C."""
    board = boards.Board()
    uptime = Uptime()
    boots = Boots("/boots.json")
    clock = Clock(uptime, boots)
    try:
        config = load()
        kind = __import__("firmware.device.endpoints." + config["kind"], None, None, ("build",))
        kit = Kit(board, config, clock, uptime.sleep_ms)
        endpoint = kind.build(kit)
    except ValueError as error:
        print("配置错误 / bad configuration:", error)
        board.blink_forever()
    if boots.broken:
        kit.health_faults["flash"] = "write_failed"
    records = Records(kind.CHANNELS, kind.DIGITS)
    flash = os.statvfs("/")
    outbox = Outbox(boots.boot, records, ring("/alarms", flash, 15), ring("/history", flash, 70))
    sampler = Sampler(kind, endpoint, records, outbox, clock, boots.boot)
    health = Health(config["kind"], boots.boot, boards.reset_cause(), clock, outbox, sampler, kit.health_faults)
    link = Link(config, boots.boot, records, outbox, clock, health)
    led = board.output("led")
    hooks = [health.heap.sweep, link.cycle_done, lambda: led.value(int(endpoint.led()))]
    tasks = {"sampler": lambda: sampler.run(uptime, board.feed, hooks), "link": link.run}
    tasks.update(endpoint.tasks)
    print("吹哨 gridwhistle", config["device"], "boot", boots.boot)
    _serve(board, supervise(tasks, kit.health_faults), link)


def _serve(board, work, link) -> None:
    board.start_watchdog()
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        board.leave_to_technician()
        print("采样已停止,Ctrl-D 重新启动 / sampling stopped, Ctrl-D starts again")
        asyncio.new_event_loop()  # without the tasks that Ctrl-C has torn: they would close the link under our goodbye
        asyncio.run(link.goodbye())

"""Wiring of an endpoint. main.py on flash finds the slot with this code and calls `run()`."""

import asyncio
import gc

from firmware.device import board as boards
from firmware.device import const, pins
from firmware.device import led as lights
from firmware.device.button import RESET, watch
from firmware.device.health import Health
from firmware.device.kit import Kit
from firmware.device.link import Link
from firmware.device.log import say, tail
from firmware.device.orders import Orders
from firmware.device.outbox import Outbox
from firmware.device.reports import Reports
from firmware.device.sample import Records
from firmware.device.sampler import Sampler
from firmware.device.settings import Settings
from firmware.device.slots import Slots, forget
from firmware.device.socket_open import Opener
from firmware.device.store import ring
from firmware.device.supervise import supervise

_NOT_OFTENER_MS = const(600_000)  # a heap that is simply too small must not make a board start again all the time


def run() -> None:
    """Never returns, except to a technician who pressed Ctrl-C."""
    kit = Kit()
    kit.board.start_watchdog()
    try:
        endpoint = Wiring(kit)
    except (ValueError, ImportError) as error:
        say("配置错误 / bad configuration:", error)
        _run(kit, _unusable(kit))
        return
    say("吹哨 gridwhistle", kit.config["device"], "boot", kit.boot)
    _run(kit, endpoint.tasks())


def _run(kit, tasks: dict) -> None:
    try:
        asyncio.run(supervise(tasks, kit.health_faults))
    except KeyboardInterrupt:
        kit.board.leave_to_technician()
        print("采样已停止，Ctrl-D 重新启动 / sampling stopped, Ctrl-D starts again")
        asyncio.new_event_loop()  # without the tasks that Ctrl-C has torn: they would close the link under our goodbye
        gc.collect()  # what they held
        if kit.link is not None:
            asyncio.run(kit.link.goodbye())


def _unusable(kit) -> dict:
    """A board that does not know who it is: light, and button for a factory reset."""

    async def feed() -> None:
        while True:
            kit.board.feed()
            await kit.sleep_ms(1000)

    def act(meaning: str) -> None:
        if meaning == RESET:
            kit.factory_reset()

    tasks = {"feed": feed, "led": _light(kit, lambda: lights.BAD_CONFIG)}
    tasks.update(_button(kit, act))
    return tasks


def _light(kit, code):
    led = kit.board.output("led")
    return lambda: lights.shine(led, lambda: lights.FLICKER if kit.flicker() else code(), kit.sleep_ms)


def _button(kit, act) -> dict:
    """Its task, where this kind has a button."""
    if "button" not in kit.board.pins:
        return {}
    pin = kit.board.contact("button")
    return {"button": lambda: watch(pin, kit.board.FALLING, kit.button, act, kit.uptime.now_ms, kit.sleep_ms)}


def _configure(kit) -> None:
    """The provisioning record into the kit; its checks are needed once. Raises ConfigError."""
    from firmware.device.config import ConfigError, load

    before = load()
    if before["kind"] != pins.KIND or before["board"] not in (None, pins.BOARD):
        raise ConfigError("config.json: 程序适用于 / this program is for kind %s, board %s" % (pins.KIND, pins.BOARD))
    kit.config = before
    forget(["firmware.device.config", "protocol.topics"])


class Wiring:
    """An endpoint whose configuration is good."""

    def __init__(self, kit) -> None:
        _configure(kit)
        kind = __import__("firmware.device.endpoints." + kit.config["kind"], None, None, ("build",))
        self._kit = kit
        self._settings = Settings(kind.CHANNELS, kit.config["channels"], getattr(kind, "CHANNEL_FIELDS", ()))
        kit.settings = self._settings.values
        kit.reports = Reports(kit.config["device"], kit.boot, kit.clock, ring("/reports", kit.flash, 10))
        self._endpoint = self._build(kind)
        records = Records(kind.CHANNELS, kind.DIGITS)
        outbox = Outbox(kit.boot, records, ring("/alarms", kit.flash, 15), ring("/history", kit.flash, 65))
        self._sampler = Sampler(kind.PERIOD_MS, self._endpoint, records, outbox, kit, self._settings)
        self._slots = Slots(kit.clock, kit.sleep_ms, self._restart)
        self._reset = boards.reset_cause()
        self._health = Health(kit, outbox, self._sampler, self._facts)
        opener = Opener(kit.config, kit.uptime.now_ms, kit.board.feed)
        self._link = kit.link = Link(kit.config, kit, records, outbox, self._health, opener)
        self._orders = Orders(self._commands())
        self._link.serve(self._orders, [kit.reports, self._slots] + self._endpoint.outgoing, self._configured)

    def _build(self, kind):
        try:
            return kind.build(self._kit)
        except ValueError as error:
            if not self._kit.settings:
                raise
            self._settings.forget(error)  # they were good for another firmware
            self._kit.settings = {}
            self._kit.health_faults["settings"] = "not_usable"
            return kind.build(self._kit)

    def _commands(self) -> dict:
        table = dict(self._endpoint.commands)
        table["identify"] = self._kit.identify
        table["log"] = lambda _command: {"lines": tail()}
        table["update"] = self._slots.update
        table["reboot"] = lambda command: self._orders.restart_after(command, self._restart_soon)
        return table

    def _facts(self, faults: dict) -> dict:
        """For the status."""
        faults.update(self._slots.faults)
        facts = {
            "kind": pins.KIND,
            "board": pins.BOARD,
            "firmware": self._slots.version,
            "slot": self._slots.slot,
            "reset": self._reset,
            "config": self._settings.version,
        }
        facts.update(getattr(self._endpoint, "facts", {}))
        return facts

    def _configured(self, payload: bytes) -> None:
        self._orders.answer(*self._settings.take(payload, self._endpoint.apply))
        self._kit.settings = self._settings.values
        self._health.beat_now()

    async def _restart(self) -> None:
        await self._link.goodbye()
        self._kit.board.reset()

    def _restart_soon(self) -> None:
        self._restarting = asyncio.create_task(self._restart())

    def _pressed(self, meaning: str) -> None:
        if meaning == RESET:
            self._kit.factory_reset()
        elif meaning in self._endpoint.commands:
            try:
                self._endpoint.commands[meaning]({"by": "button"})
            except ValueError as error:
                say(meaning, error)

    def _code(self) -> int:
        faults = self._kit.health_faults
        link_fault = None if self._kit.online() else faults.get("link", "")
        return lights.code_of(self._endpoint.led(), "settings" in faults, link_fault, self._sampler.faults)

    def _cycle_done(self) -> None:
        """After each sample that is complete; then, and only then, the watchdog is fed."""
        self._health.heap.sweep()
        self._link.cycle_done()
        self._slots.cycle_done(self._kit.online(), self._sampler.urgent)
        if self._link.starved() and not self._sampler.urgent and self._kit.uptime.now_ms() > _NOT_OFTENER_MS:
            say("内存碎片，重新启动 / the heap is in pieces, starting again")
            self._kit.board.reset()
        if self._kit.all_live():
            self._kit.board.feed()

    def tasks(self) -> dict:
        """Everything that runs side by side."""
        tasks = {
            "sampler": lambda: self._sampler.run(self._kit.uptime, self._cycle_done),
            "link": self._link.run,
            "slots": self._slots.run,
            "led": _light(self._kit, self._code),
        }
        tasks.update(_button(self._kit, self._pressed))
        tasks.update(self._endpoint.tasks)
        return tasks

"""The worker's terminal: display, five keys, GPS, buzzer. What the worker does travels as reports."""

import cryptolib

from firmware.device import const
from firmware.device.drivers.battery import Battery
from firmware.device.drivers.buzzer import Buzzer
from firmware.device.drivers.gps import Gps
from firmware.device.drivers.keys import NAMES, Keys
from firmware.device.drivers.screen_file import ScreenFile
from firmware.device.drivers.st7789 import ST7789
from firmware.device.handheld_draw import Drawer
from firmware.device.handheld_shift import Shift
from firmware.device.handheld_tasks import TaskList
from firmware.device.handheld_terminal import Terminal
from firmware.device.handheld_vault import Pin, Vault, load, save
from firmware.device.log import say
from firmware.device.slots import forget
from protocol.channel_tables import handheld

CHANNELS = handheld.CHANNELS
DIGITS = {"lat": 5, "lon": 5}  # a metre
PERIOD_MS = 5000  # a walk of some metres; the watchdog allows 8 s
_GPS_POLL_MS = const(250)  # 9600 baud fill the receiver buffer of the ESP32, 256 bytes, in 266 ms
_DRAW_MS = const(500)
_DARK_MS = const(60_000)
_ALIVE_MS = const(20_000)  # thousands of rounds of a PIN take seconds
_HOLDS_MS = const(2000)
_REVOKED = const("/revoked")


class Handheld:
    """One loop for keys, position, buzzer and display."""

    def __init__(self, kit) -> None:
        board = kit.board
        self._kit = kit
        self._gps = Gps(board.uart("gps", 9600))
        self._keys = Keys([board.contact("key_" + name) for name in NAMES])
        self._buzzer = Buzzer(board.pwm("buzzer"))
        self._display = ST7789(board.spi(), board.output("cs"), board.output("dc"), board.output("rst"))
        self._light = board.output("backlight")
        self._next_ms = self._said_ms = self._since_ms = self._asked_ms = 0  # GPS, display, last key, SOS
        self._battery = None
        self.drivers = {"battery": Battery(board.adc("battery"))}
        self.tasks = {"terminal": self._run}
        self.commands = {"revoke": self._revoke, "self_test": self._self_test}
        self.handlers = {"task": self._task}
        self.outgoing = [self]
        vault, pin = Vault("/vault", "/secret", cryptolib.aes), Pin("/pin")
        pin.begin(kit.uptime.now_ms())
        shift = Shift("/shift.json", kit.reports)
        self._terminal = Terminal(TaskList(vault), vault, pin, shift, kit.uptime.now_ms, self._position)
        self._drawer = Drawer(self._display, ScreenFile(), self._terminal, self._read_keys)
        if load(_REVOKED):
            self._terminal.feed("revoke")

    def apply(self, settings: dict) -> None:
        """New settings; another PIN logs the worker off. Raises ValueError naming the field, and changes nothing."""
        from firmware.device.handheld_settings import check

        checked, terminal = check(settings), self._terminal
        terminal.settings = checked
        before = terminal.pin.pin
        if terminal.screen != "shut":
            terminal.pin.pin = checked["pin"]
        if before and before != checked["pin"]:  # not after a restart: the duty goes on
            terminal.feed("pin")
        terminal.feed("settings")
        forget(["firmware.device.handheld_settings"])

    def judge(self, values: dict, faults: dict, at_ms: int) -> bool:
        """Position only on duty or in need: where a worker is at other times is nobody's business."""
        terminal = self._terminal
        position = self._position()
        self._battery = values.get("battery")
        values["sos"] = terminal.screen == "sos"
        values["on_duty"] = terminal.shift.duty
        if self._heard():
            values["gps_fix"] = position[0] is not None
        else:
            faults["gps_fix"] = "no_answer"
        if position[0] is not None and (values["sos"] or values["on_duty"]):
            values["lat"] = position[0] / 1000000
            values["lon"] = position[1] / 1000000
        return values["sos"]

    def led(self) -> bool:
        """Steady while help is called."""
        return self._terminal.screen == "sos"

    def next_message(self) -> None:
        """Everything goes as a report."""

    def went_offline(self) -> None:
        """Nothing is on its way that reports do not know."""

    def _position(self) -> tuple:
        return self._gps.position(self._kit.uptime.now_ms())

    def _heard(self) -> bool:
        return self._gps.at_ms is not None and self._kit.uptime.now_ms() - self._gps.at_ms < 2 * PERIOD_MS

    def _task(self, payload: bytes) -> None:
        from protocol.tasks import decode

        task = decode(payload)
        try:
            if self._terminal.tasks.loaded:
                self._terminal.took(task)
        except OSError as error:  # nothing is told as received: the gateway still owes it
            say("flash:", error)

    def _revoke(self, _command: dict) -> dict:
        save(_REVOKED, b"1")  # a restart goes on here
        reports = self._kit.reports
        lost = len(reports)
        reports.clear()
        self._terminal.feed("revoke")
        self._draw(self._kit.uptime.now_ms())
        reports.put("wiped", lost=lost)
        return {"lost": lost}

    def _self_test(self, _command: dict) -> dict:
        self._terminal.notice = "self-test"
        self._buzzer.play("warning", self._kit.uptime.now_ms())
        return {"passed": self._heard() and self._battery is not None, "gps": self._heard(), "battery": self._battery}

    async def _run(self) -> None:
        await self._display.begin(self._kit.sleep_ms)
        while True:
            self._kit.lives("terminal", _ALIVE_MS)
            self._look(self._kit.uptime.now_ms())
            await self._kit.sleep_ms(self._keys.wait_ms)

    def _look(self, now_ms: int) -> None:
        terminal, settings = self._terminal, self._terminal.settings
        self._read_keys()
        events, self._keys.pending = self._keys.pending, []
        for event in events:
            self._since_ms, self._said_ms = now_ms, 0
            terminal.feed(event)
        if now_ms - self._since_ms > settings["lock_s"] * 1000:
            self._since_ms = now_ms - _DARK_MS
            terminal.feed("idle")
        if now_ms >= self._next_ms:
            self._next_ms = now_ms + _GPS_POLL_MS
            self._gps.read(now_ms)
            terminal.shift.moved(self._position(), now_ms, settings)
        sound = self._sound(now_ms)
        self._buzzer.play(sound, now_ms)
        if now_ms - self._said_ms >= _DRAW_MS or not self._said_ms:
            self._said_ms = now_ms
            self._light.value(int(bool(sound) or now_ms - self._since_ms < _DARK_MS))
            self._draw(now_ms)
        if terminal.screen == "shut" and not len(self._kit.reports):
            self._kit.factory_reset()

    def _read_keys(self) -> None:
        self._keys.read(self._kit.uptime.now_ms())

    def _sound(self, now_ms: int) -> str:
        terminal = self._terminal
        if terminal.screen != "sos":
            return terminal.tasks.loudest()
        if now_ms - self._asked_ms >= _HOLDS_MS:
            self._asked_ms = now_ms
            terminal.heard = bool(terminal.shift.sos) and not self._kit.reports.holds(terminal.shift.sos)
        return "" if terminal.heard else "sos"

    def _draw(self, now_ms: int) -> None:
        kit, text = self._kit, self._drawer.say
        utc_ms = kit.clock.utc_ms(kit.boot, now_ms)
        status = "--:--" if utc_ms is None else self._drawer.clock(utc_ms)
        status += " " + text("online" if kit.online() else "offline")
        if len(kit.reports):
            status += " %s %d" % (text("waiting"), len(kit.reports))
        if self._position()[0] is not None:
            status += " GPS"
        if self._battery is not None:
            status += " %d%%" % self._battery
        self._drawer.draw(status, now_ms)


def build(kit) -> Handheld:
    """Raises ValueError naming the setting that is wrong."""
    endpoint = Handheld(kit)
    endpoint.apply(kit.settings)
    return endpoint

"""The worker's terminal: display, five keys, GPS, buzzer. What the worker does travels as reports."""

import cryptolib

from firmware.device import const
from firmware.device.drivers.battery import Battery
from firmware.device.drivers.buzzer import Buzzer
from firmware.device.drivers.gps import Gps
from firmware.device.drivers.keys import BUSY_POLL_MS, IDLE_POLL_MS, NAMES, Keys
from firmware.device.drivers.screen_file import ScreenFile
from firmware.device.drivers.st7789 import ST7789
from firmware.device.handheld_draw import Drawer
from firmware.device.handheld_settings import check
from firmware.device.handheld_shift import Shift
from firmware.device.handheld_tasks import TaskList
from firmware.device.handheld_terminal import Terminal
from firmware.device.handheld_vault import Pin, Vault
from protocol import tasks as payloads
from protocol.channel_tables import handheld

CHANNELS = handheld.CHANNELS
DIGITS = {"lat": 5, "lon": 5, "battery": 0}  # a metre
PERIOD_MS = 5000  # a walk of some metres; the watchdog allows 8 s
_GPS_POLL_MS = const(250)  # 9600 baud fill the receiver buffer of the ESP32, 256 bytes, in 266 ms
_DRAW_MS = const(500)
_DARK_MS = const(60_000)
_REVOKED = const("/revoked")


class Handheld:
    """One loop for keys, position, buzzer and display."""

    def __init__(self, kit) -> None:
        board = kit.board
        self._kit = kit
        self._now_ms = kit.clock.uptime_ms
        self._gps = Gps(board.uart("gps", 9600))
        self._keys = Keys([board.contact("key_" + name) for name in NAMES])
        self._buzzer = Buzzer(board.pwm("buzzer"))
        self._display = ST7789(board.spi(), *[board.output(net) for net in ("cs", "dc", "rst", "backlight")])
        self._polled_ms = self._drawn_ms = self._key_ms = 0
        self._battery: int | None = None
        self.drivers = {"battery": Battery(board.adc("battery"))}
        self.tasks = {"terminal": self._run}
        self.commands = {"revoke": self._revoke, "self_test": self._self_test}
        self.handlers = {"task": self._task}
        self.outgoing = [self]
        vault, shift = Vault("/vault", "/secret", cryptolib.aes), Shift("/shift.json", kit.reports)
        self._pin = Pin("/pin.txt")
        self._pin.started(self._now_ms())
        self._terminal = Terminal(
            check({}), TaskList(vault), vault, self._pin, shift, kit.reports, self._now_ms, self._position
        )
        self._drawer = Drawer(self._display, ScreenFile(), self._terminal)
        if _exists(_REVOKED):
            self._shut()

    def apply(self, settings: dict) -> None:
        """New settings; another PIN logs the worker off. Raises ValueError naming the field, and changes nothing."""
        checked = check(settings)
        terminal = self._terminal
        if checked["pin"] != terminal.settings["pin"]:
            self._pin.apply(checked["pin"])
            terminal.feed("pin")
        terminal.settings = checked
        terminal.feed("settings")

    def judge(self, values: dict, faults: dict, at_ms: int) -> bool:
        """Position only on duty or in need: where a worker is at other times is nobody's business."""
        terminal = self._terminal
        position = self._gps.position(at_ms)
        self._battery = values.get("battery")
        values["sos"] = terminal.screen == "sos"
        values["on_duty"] = terminal.shift.duty
        if self._gps.heard_ms is None or at_ms - self._gps.heard_ms > 2 * PERIOD_MS:
            faults["gps_fix"] = "no_answer"
        else:
            values["gps_fix"] = position[0] is not None
        if position[0] is not None and (values["sos"] or values["on_duty"]):
            values["lat"] = position[0] / 1000000
            values["lon"] = position[1] / 1000000
        return values["sos"]

    def led(self) -> bool:
        """Steady while help is called."""
        return self._terminal.screen == "sos"

    def next_message(self) -> None:
        """Everything goes as a report."""
        return

    def went_offline(self) -> None:
        """Nothing is on its way that reports do not know."""

    def _position(self) -> tuple:
        return self._gps.position(self._now_ms())

    def _task(self, payload: bytes) -> None:
        task = payloads.decode(payload)
        if self._terminal.vault.is_open():
            self._terminal.took(task)

    def _revoke(self, _command: dict) -> dict:
        with open(_REVOKED, "w"):
            pass  # a restart goes on here
        lost = len(self._kit.reports)
        self._kit.reports.clear()
        self._shut()
        self._kit.reports.put("wiped", lost=lost)
        return {"lost": lost}

    def _shut(self) -> None:
        self._terminal.feed("revoke")
        self._draw(self._now_ms())

    def _self_test(self, _command: dict) -> dict:
        heard = self._gps.heard_ms is not None and self._now_ms() - self._gps.heard_ms < 2 * PERIOD_MS
        self._terminal.notice = "self-test"
        self._buzzer.play("warning", self._now_ms())
        return {"passed": heard and self._battery is not None, "gps": heard, "battery": self._battery}

    async def _run(self) -> None:
        await self._display.start(self._kit.sleep_ms)
        while True:
            self._look(self._now_ms())
            await self._kit.sleep_ms(BUSY_POLL_MS if self._keys.busy else IDLE_POLL_MS)

    def _look(self, now_ms: int) -> None:
        terminal = self._terminal
        for event in self._keys.poll(now_ms):
            self._key_ms, self._drawn_ms = now_ms, 0
            terminal.feed(event)
        if now_ms - self._key_ms > terminal.settings["lock_s"] * 1000:
            self._key_ms = now_ms
            terminal.feed("idle")
        if now_ms - self._polled_ms >= _GPS_POLL_MS:
            self._polled_ms = now_ms
            self._gps.poll(now_ms)
            settings = terminal.settings
            terminal.shift.moved(self._position(), now_ms, settings["track_s"] * 1000, settings["track_m"])
        sound = self._sound()
        self._buzzer.play(sound, now_ms)
        if now_ms - self._drawn_ms >= _DRAW_MS or not self._drawn_ms:
            self._drawn_ms = now_ms
            self._display.light(bool(sound) or now_ms - self._key_ms < _DARK_MS)
            self._draw(now_ms)
        if terminal.screen == "shut" and not len(self._kit.reports):
            self._kit.factory_reset()

    def _sound(self) -> str:
        terminal = self._terminal
        if terminal.screen == "sos":
            sos = terminal.shift.sos
            return "" if sos and not self._kit.reports.holds(sos) else "sos"
        return terminal.tasks.loudest()

    def _draw(self, now_ms: int) -> None:
        kit, say = self._kit, self._drawer.say
        utc_ms = kit.clock.utc_ms(kit.boot, now_ms)
        words = [
            "--:--" if utc_ms is None else self._drawer.clock(utc_ms),
            say("online" if kit.online() else "offline"),
        ]
        if len(kit.reports):
            words.append(say("waiting") + " %d" % len(kit.reports))
        if self._position()[0] is not None:
            words.append("GPS")
        if self._battery is not None:
            words.append("%d%%" % self._battery)
        self._drawer.draw(" ".join(words), now_ms)


def _exists(path: str) -> bool:
    try:
        open(path).close()
    except OSError:
        return False
    return True


def build(kit) -> Handheld:
    """Settings that make no sense are told and replaced by the defaults: SOS works all the same."""
    endpoint = Handheld(kit)
    try:
        endpoint.apply(kit.settings)
    except ValueError as error:
        print("配置错误 / bad configuration:", error)
        kit.health_faults["settings"] = str(error)
    return endpoint

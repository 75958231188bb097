"""The fire endpoint: smoke, heat, CO, call point, pressures of the mains, contacts, power; and a sounder of its own."""

from firmware.device import const
from firmware.device.alarm import LocalAlarm, limits_from
from firmware.device.drivers.battery import Battery
from firmware.device.drivers.call_point import CallPoint
from firmware.device.drivers.co_cell import COCell
from firmware.device.drivers.contact import Contact
from firmware.device.drivers.pressure import Pressure
from firmware.device.drivers.sht4x import SHT4x
from firmware.device.drivers.smoke_chamber import SmokeChamber
from firmware.device.kept import load, save
from firmware.device.log import say
from firmware.device.selftest import DAYS, SelfTest
from firmware.device.sounder import Sounder
from firmware.device.trouble import Trouble
from protocol.channel_tables import fire

# finer than the parts resolve
CHANNELS = fire.CHANNELS
DIGITS = {"smoke": 4, "temp": 2, "co": 1, "battery": 0, "hydrant_pressure": 1, "sprinkler_pressure": 1}
PERIOD_MS = 1000
_STATE = const("/fire.json")
_SILENCE_MIN = const(10)
_SILENCE_MAX_MIN = const(15)  # of an alarm; ours
_SOUND_MAX_MIN = const(30)  # for another place; the gateway asks again while that goes on
_HUSH_MAX_MIN = const(720)  # of a chirp at night; ours


def parts(board, sleep_ms) -> dict:
    """Channel -> driver, in the order they are read: what makes an alarm comes first."""
    bus = board.i2c()
    light = board.output("smoke_test") if "smoke_test" in board.pins else None
    drivers = {
        "smoke": SmokeChamber(board.adc("smoke"), sleep_ms, light),
        "temp": SHT4x(bus, sleep_ms),
        "call_point": CallPoint(board.contact("call_no"), board.contact("call_nc"), board.FALLING, sleep_ms),
        "co": COCell(board.adc("co")),
        "hydrant_pressure": Pressure(bus, sleep_ms, 0),
        "sprinkler_pressure": Pressure(bus, sleep_ms, 1),
        "mains": Contact(board.contact("mains"), sleep_ms),
        "battery": Battery(board.adc("battery")),
    }
    for channel, net in (("escape_door", "door"), ("extinguisher_removed", "extinguisher"), ("tamper", "tamper")):
        drivers[channel] = Contact(board.contact(net), sleep_ms, 1, board.RISING)
    return drivers


def checked(record: dict, settings: dict) -> tuple:
    """(limits, days between self-tests, alarm channels that are off). Raises ValueError naming the wrong field."""
    limits = dict(record["limits"])
    limits.update(settings.get("limits", {}))
    off = []
    for channel in ("smoke", "temp", "call_point"):
        wanted = dict(record["channels"].get(channel, {}))
        wanted.update(settings.get("channels", {}).get(channel, {}))
        if wanted.get("enabled") is False:
            off.append(channel)
    if len(off) == 3:
        raise ValueError("channels: 没有可报警的通道 / nothing is left that could raise an alarm")
    days = settings.get("self_test_days", DAYS)
    if type(days) is not int or not 1 <= days <= 31:
        raise ValueError("self_test_days: 1..31")
    return limits_from(limits), days, off


class Endpoint:
    """Its alarm needs neither network nor flash nor settings; what is wrong with those stands in the faults."""

    def __init__(self, kit, path: str = _STATE) -> None:
        self._kit = kit
        self._path = path
        kept = load(path)
        tested_ms = kept.get("tested_ms")
        self._state = {
            "latched": kept.get("latched") is True,
            "passed": kept.get("passed") if kept.get("passed") in (True, False) else None,
            "tested_ms": tested_ms if isinstance(tested_ms, int) else None,
        }
        self._alarm = LocalAlarm(self._state["latched"])
        self._trouble = Trouble()
        self._sounder = Sounder(kit.board.output("sounder"), kit.clock.uptime_ms, kit.sleep_ms)
        self.drivers = parts(kit.board, kit.sleep_ms)
        self._test = SelfTest(self._state, dict(self.drivers))
        self._test.look(0, None)
        self.drivers["self_test"] = self._test  # last: a test takes longer than a read
        self.tasks = {"sounder": self._sounder.run}
        self._asked_until_ms = 0  # another place burns: sound like it
        self.commands = {"self_test": self._self_test, "silence": self._silence, "reset_alarm": self._reset}
        self.commands["sound"] = self._sound
        self.outgoing: list = []

    def apply(self, settings: dict) -> None:
        """Other settings from the next sample on. Raises ValueError naming the wrong field; then nothing changes."""
        limits, days, off = checked(self._kit.config, settings)
        self._alarm.limit(limits)
        for channel in off:
            self._alarm.forget(channel)
        self._test.days = days
        self._kit.health_faults.pop("settings", None)

    def judge(self, values: dict, faults: dict, at_ms: int) -> bool:
        """Sounds what has to sound; adds the channels that nobody measures. A sample of an alarm is urgent."""
        active = self._alarm.feed(values, at_ms)
        if active:  # before anything that could fail
            self._sounder.play(self._alarm.sound())
        chime = self._tested(values, faults, at_ms)
        trouble = self._trouble.feed(values, faults, at_ms)
        if not active:
            self._sounder.play("fire" if at_ms < self._asked_until_ms else chime or trouble)
        if self._alarm.latched != self._state["latched"]:
            self._keep()
        values["silenced"] = self._alarm.silenced if active else bool(self._trouble.names) and trouble is None
        values["local_alarm"] = active
        return active

    def led(self) -> bool:
        """True while the alarm is on."""
        return self._alarm.active

    def _tested(self, values: dict, faults: dict, at_ms: int) -> str | None:
        """Tests where it is time, never during an alarm. The pattern that tells who pressed the button how it went."""
        utc_ms = self._kit.clock.utc_ms(self._kit.boot, at_ms)
        ended = self._test.finish(faults, at_ms, utc_ms)
        if not self._alarm.active:
            self._test.look(at_ms, utc_ms)
        if ended is None:
            return None
        by, failed = ended
        values["self_test"] = not failed
        self._keep()
        self._kit.reports.put("self_test", passed=not failed, failed=failed, by=by)
        return None if by != "button" else "failed" if failed else "passed"

    def _keep(self) -> None:
        self._state["latched"] = self._alarm.latched
        try:
            save(self._path, self._state)
        except OSError as error:
            self._kit.health_faults["flash"] = "write_failed"
            say("flash:", error)

    def _self_test(self, command: dict) -> dict:
        """The result comes as a report."""
        if self._alarm.active:
            raise ValueError("报警中不能自检 / no self-test during an alarm")
        self._test.by = command.get("by", "command")
        return {}

    def _silence(self, command: dict) -> dict:
        """By button: what sounds, and where only a silenced call point is left, its reset."""
        by_button = command.get("by") == "button"
        if by_button and self._alarm.state == "hushed":
            self._kit.reports.put("alarm_reset", by="button")
            return self._reset(command)
        longest = _SILENCE_MAX_MIN if self._alarm.active else _HUSH_MAX_MIN
        minutes = command.get("minutes", _SILENCE_MIN if self._alarm.active else _HUSH_MAX_MIN)
        if type(minutes) is not int or not 1 <= minutes <= longest:
            raise ValueError("minutes: 1..%d" % longest)
        if self._alarm.active:
            self._alarm.move("silence")
        elif self._asked_until_ms > self._kit.clock.uptime_ms():
            self._asked_until_ms = 0
        elif not self._trouble.names:
            raise ValueError("没有在响 / nothing sounds")
        what = self._alarm if self._alarm.active else self._trouble
        what.silent_until_ms = self._kit.clock.uptime_ms() + minutes * 60_000
        self._sounder.play(None)
        if by_button:
            self._kit.reports.put("silenced", by="button", minutes=minutes)
        return {"minutes": minutes}

    def _sound(self, command: dict) -> dict:
        """As for a fire here, for another place; whoever is here can silence it. Its own alarm goes before."""
        minutes = command.get("minutes")
        if type(minutes) is not int or not 0 <= minutes <= _SOUND_MAX_MIN:
            raise ValueError("minutes: 0..%d" % _SOUND_MAX_MIN)
        self._asked_until_ms = self._kit.clock.uptime_ms() + minutes * 60_000
        return {"minutes": minutes}

    def _reset(self, _command: dict) -> dict:
        """Raises ValueError while its cause is there."""
        self._alarm.move("reset")
        self._keep()
        return {}


def build(kit) -> Endpoint:
    """The endpoint of this kind. Bad limits or settings are a fault, and the defaults protect: it has to sound."""
    endpoint = Endpoint(kit)
    try:
        endpoint.apply(kit.settings)
    except (ValueError, TypeError, AttributeError) as error:
        say("配置错误 / bad configuration:", error)
        kit.health_faults["settings"] = str(error)[:64]
    return endpoint

"""The fire endpoint: smoke, temperature, CO, call point, battery; sounder of its own."""

from firmware.device.alarm import LocalAlarm, limits_from
from firmware.device.drivers.battery import Battery
from firmware.device.drivers.call_point import CallPoint
from firmware.device.drivers.co_cell import COCell
from firmware.device.drivers.sht4x import SHT4x
from firmware.device.drivers.smoke_chamber import SmokeChamber
from protocol.channel_tables import fire

CHANNELS = fire.CHANNELS
DIGITS = {"smoke": 4, "temp": 2, "co": 1, "battery": 0}  # finer than the parts resolve
PERIOD_MS = 1000


class Endpoint:
    """The sounder follows the local alarm. Raises LimitsError."""

    def __init__(self, kit) -> None:
        board = kit.board
        self.drivers = {
            "smoke": SmokeChamber(board.adc("smoke")),
            "temp": SHT4x(board.i2c(), kit.sleep_ms),
            "co": COCell(board.adc("co")),
            "battery": Battery(board.adc("battery")),
            "call_point": CallPoint(board.contact("call_no"), board.contact("call_nc"), board.FALLING),
        }
        self.tasks: dict = {}
        self.commands: dict = {}
        self.outgoing: list = []
        self._sounder = board.output("sounder")
        self._alarm = LocalAlarm(limits_from(kit.config["limits"]), lambda active: self._sounder.value(int(active)))

    def judge(self, values: dict, faults: dict, at_ms: int) -> bool:
        """Adds local_alarm; a sample of an alarm is urgent."""
        values["local_alarm"] = active = self._alarm.feed(values, at_ms)
        return active

    def apply(self, settings: dict) -> None:
        """Settings at run time."""

    def led(self) -> bool:
        """True while the alarm is on."""
        return self._alarm.active


def build(kit) -> Endpoint:
    """The endpoint of this kind."""
    return Endpoint(kit)

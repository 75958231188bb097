"""The fire endpoint: smoke, temperature, CO, call point, battery; sounder and light of its own."""

from firmware.device import alarm
from firmware.device.drivers.battery import Battery
from firmware.device.drivers.call_point import CallPoint
from firmware.device.drivers.co_cell import COCell
from firmware.device.drivers.sht4x import SHT4x
from firmware.device.drivers.smoke_chamber import SmokeChamber


def drivers(board, sleep_ms) -> dict:
    """Channel -> driver, in the order they are read."""
    return {
        "smoke": SmokeChamber(board.adc("smoke")),
        "temp": SHT4x(board.i2c(), sleep_ms),
        "co": COCell(board.adc("co")),
        "battery": Battery(board.adc("battery")),
        "call_point": CallPoint(board.contact("call_no"), board.contact("call_nc"), board.FALLING),
    }


def local_alarm(board, overrides: dict) -> alarm.LocalAlarm:
    """Sounder and light follow the alarm. Raises LimitsError."""
    return alarm.LocalAlarm(alarm.limits_from(overrides), board.show_alarm)

"""Pins and parts of this board through `machine`, which is a fake on the virtual board."""

import sys
import time

import machine

from firmware.device import const
from firmware.device.pins import PINS, board_of

_WATCHDOG_MS = const(8000)  # the RP2040 counts to 8388 ms at most
_TECHNICIAN_FEED_MS = const(2000)


class Board:
    """Makes each bus and pin once."""

    FALLING = machine.Pin.IRQ_FALLING

    def __init__(self) -> None:
        self._pins = PINS[board_of(getattr(sys.implementation, "_machine", ""))]
        self._sounder = machine.Pin(self._pins["sounder"], machine.Pin.OUT, value=0)
        self._led = machine.Pin(self._pins["led"], machine.Pin.OUT, value=0)
        self._watchdog = None

    def i2c(self):
        """The sensor bus."""
        return machine.I2C(0, sda=machine.Pin(self._pins["sda"]), scl=machine.Pin(self._pins["scl"]), freq=100_000)

    def adc(self, name: str):
        """An analogue input over the full 3.3 V."""
        pin = machine.Pin(self._pins[name])
        if hasattr(machine.ADC, "ATTN_11DB"):  # ESP32: its own default measures to 1 V only
            return machine.ADC(pin, atten=machine.ADC.ATTN_11DB)
        return machine.ADC(pin)

    def contact(self, name: str):
        """A contact to GND."""
        return machine.Pin(self._pins[name], machine.Pin.IN, machine.Pin.PULL_UP)

    def show_alarm(self, active: bool) -> None:
        """Sounder and light."""
        self._sounder.value(int(active))
        self._led.value(int(active))

    def start_watchdog(self) -> None:
        """From here on the board resets itself unless it is fed."""
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)

    def feed(self) -> None:
        """A complete cycle is done."""
        if self._watchdog is not None:
            self._watchdog.feed()

    def leave_to_technician(self) -> None:
        """The program is interrupted: a watchdog cannot be stopped, so a timer feeds it until the next reset."""
        if self._watchdog is not None:
            timer = machine.Timer(0 if hasattr(machine.ADC, "ATTN_11DB") else -1)
            timer.init(period=_TECHNICIAN_FEED_MS, callback=lambda _timer: self.feed())

    def blink_forever(self) -> None:
        """Three short flashes and a pause: the configuration is wrong. Ctrl-C ends it."""
        while True:
            for level in (1, 0, 1, 0, 1, 0):
                self._led.value(level)
                time.sleep_ms(150)
            time.sleep_ms(1500)


def reset_cause() -> str:
    """Why the board started."""
    names = {machine.WDT_RESET: "watchdog", machine.PWRON_RESET: "power_on", machine.SOFT_RESET: "soft"}
    return names.get(machine.reset_cause(), "reset")

"""Pins and parts of this board through `machine`, which is a fake on the virtual board."""

import gc

import machine

from firmware.device import const
from firmware.device.pins import PINS

_WATCHDOG_MS = const(8000)  # the RP2040 counts to 8388 ms at most
_TECHNICIAN_FEED_MS = const(2000)
_SPI_HZ = const(40_000_000)
_COLLECT_AFTER = const(2048)

# This module is the first to be loaded. What stays for ever has to lie close together: with garbage in between, a heap
# with ten free kilobytes had no half kilobyte in one piece.
gc.threshold(_COLLECT_AFTER)


class Board:
    """Makes buses and pins by the net they are wired to; `pins` has the GPIO of every net."""

    FALLING = machine.Pin.IRQ_FALLING
    RISING = machine.Pin.IRQ_RISING

    def __init__(self) -> None:
        self.pins = PINS
        self._bus = None
        self._watchdog = None

    def i2c(self):
        """The sensor bus; the same one for all that ask."""
        if self._bus is None:
            self._bus = machine.I2C(0, sda=machine.Pin(PINS["sda"]), scl=machine.Pin(PINS["scl"]), freq=100_000)
        return self._bus

    def adc(self, net: str):
        """An analogue input over the full 3.3 V."""
        pin = machine.Pin(PINS[net])
        if hasattr(machine.ADC, "ATTN_11DB"):  # ESP32: its own default measures to 1 V only
            return machine.ADC(pin, atten=machine.ADC.ATTN_11DB)
        return machine.ADC(pin)

    def contact(self, net: str):
        """An input with pull-up: a contact to GND, or an open collector."""
        return machine.Pin(PINS[net], machine.Pin.IN, machine.Pin.PULL_UP)

    def output(self, net: str):
        """An output, low. `output(net).value(1)`."""
        return machine.Pin(PINS[net], machine.Pin.OUT, value=0)

    def pwm(self, net: str):
        """An output that sounds, silent: `.freq(hz)`, `.duty_u16(0..65535)`."""
        return machine.PWM(machine.Pin(PINS[net]), freq=1000, duty_u16=0)

    def uart(self, net: str, baudrate: int):
        """The serial port on nets <net>_tx and <net>_rx; `read()` gives None where nothing came."""
        return machine.UART(1, baudrate, tx=machine.Pin(PINS[net + "_tx"]), rx=machine.Pin(PINS[net + "_rx"]))

    def spi(self):
        """The display's bus, which only writes."""
        return machine.SPI(1, baudrate=_SPI_HZ, sck=machine.Pin(PINS["sck"]), mosi=machine.Pin(PINS["mosi"]))

    def start_watchdog(self) -> None:
        """From here on the board resets itself unless it is fed."""
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)

    def feed(self) -> None:
        """A complete cycle is done."""
        if self._watchdog is not None:
            self._watchdog.feed()

    def reset(self) -> None:
        """Start again from the boot ROM."""
        machine.reset()

    def leave_to_technician(self) -> None:
        """The program is interrupted: a watchdog cannot be stopped, so a timer feeds it until the next reset."""
        if self._watchdog is not None:
            timer = machine.Timer(0 if hasattr(machine.ADC, "ATTN_11DB") else -1)
            timer.init(period=_TECHNICIAN_FEED_MS, callback=lambda _timer: self.feed())


def reset_cause() -> str:
    """Why the board started."""
    names = {machine.WDT_RESET: "watchdog", machine.PWRON_RESET: "power_on", machine.SOFT_RESET: "soft"}
    return names.get(machine.reset_cause(), "reset")

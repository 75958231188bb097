"""The module `machine` of a virtual board. Only what our firmware uses, with the names of the ESP32 port."""

import binascii
import time

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
SOFT_RESET = 5

_CAUSES = {"power_on": PWRON_RESET, "watchdog": WDT_RESET, "soft": SOFT_RESET, "reset": HARD_RESET}
_wires = None
_cause = PWRON_RESET
_unique_id = b""


def plug_in(wires, cause: str, unique_id: bytes) -> None:
    """Called by start.py before the firmware runs."""
    global _wires, _cause, _unique_id
    _wires, _cause, _unique_id = wires, _CAUSES[cause], unique_id


class Pin:
    """An output tells its level to the host, an input asks for it. An interrupt comes late: at the next read."""

    IN = 0
    OUT = 1
    PULL_UP = 1
    IRQ_FALLING = 1

    def __init__(self, number, mode=IN, pull=None, value=None) -> None:
        self.number = number
        self._level = 1
        self._handler = None
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is not None:
            _wires.tell("o %d %d" % (self.number, level))
            return None
        before, self._level = self._level, int(_wires.ask("p %d" % self.number))
        if self._handler is not None and before > self._level:
            self._handler(self)
        return self._level

    def irq(self, handler, trigger) -> None:
        self._handler = handler


class ADC:
    """Twelve bits, as the ESP32 has them, scaled to sixteen."""

    ATTN_11DB = 3

    def __init__(self, pin, atten=ATTN_11DB) -> None:
        self._number = pin.number

    def read_u16(self):
        return int(_wires.ask("a %d" % self._number))


class I2C:
    """One bus with whatever the host has put on it."""

    def __init__(self, number, sda, scl, freq=400_000) -> None:
        pass

    def writeto(self, address, data):
        _wires.ask("w %d %s" % (address, binascii.hexlify(data).decode()))

    def readfrom(self, address, count):
        return binascii.unhexlify(_wires.ask("r %d %d" % (address, count)))


class WDT:
    """The host switches the power off and on unless it is fed in time."""

    def __init__(self, timeout=5000) -> None:
        _wires.tell("d %d" % timeout)

    def feed(self) -> None:
        _wires.tell("f")


class Timer:
    """The unix port has no timers. The firmware uses one only to feed the watchdog, which the host does for it."""

    def __init__(self, number=-1) -> None:
        pass

    def init(self, period, callback) -> None:
        _wires.tell("t")


def reset():
    _wires.tell("x")
    while True:
        time.sleep(1)


def reset_cause():
    return _cause


def unique_id():
    return _unique_id

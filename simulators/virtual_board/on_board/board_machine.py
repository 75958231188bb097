"""The module `machine` of a virtual board. Only what our firmware uses, with the names of the ESP32 port."""

import binascii
import socket
import time

from micropython import const

PWRON_RESET = 1
WDT_RESET = 3
SOFT_RESET = 5

_CAUSES = {"power_on": PWRON_RESET, "watchdog": WDT_RESET, "soft": SOFT_RESET, "reset": 2}
_wires = None
_cause = PWRON_RESET
_EIO = const(5)


class Wires:
    """A loopback connection; `ask` waits for the answer, `tell` does not."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket()
        self._socket.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
        self._socket.setsockopt(6, 1, 1)  # TCP_NODELAY: a tell before an ask would cost 40 ms

    def ask(self, *words) -> str:
        """The answer. Raises OSError with the number the part gave where it did not answer."""
        self.tell(*words)
        answer = self._socket.readline().decode().strip()
        if not answer or answer.startswith("!"):
            raise OSError(int(answer[1:] or _EIO))
        return answer

    def tell(self, *words) -> None:
        """Nothing comes back."""
        self._socket.write(" ".join([str(word) for word in words]) + "\n")


def plug_in(words: list) -> None:
    """Called by start.py before the firmware runs: port of the wires, speed, reset cause."""
    global _wires, _cause
    _wires, _cause = Wires(int(words[0])), _CAUSES[words[2]]


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
            _wires.tell("o", self.number, level)
            return None
        before, self._level = self._level, int(_wires.ask("p", self.number))
        if self._handler is not None and before > self._level:
            self._handler(self)
        return self._level

    def irq(self, handler, trigger) -> None:
        self._handler = handler


class ADC:
    """Twelve bits, as the ESP32 has them, scaled to sixteen."""

    ATTN_11DB = 3

    def __init__(self, pin, atten=ATTN_11DB) -> None:
        self.number = pin.number

    def read_u16(self):
        return int(_wires.ask("a", self.number))


class I2C:
    """One bus with whatever the host has put on it."""

    def __init__(self, number, sda, scl, freq=400_000) -> None:
        pass

    def writeto(self, address, data):
        _wires.ask("w", address, binascii.hexlify(data).decode())

    def readfrom(self, address, count):
        return binascii.unhexlify(_wires.ask("r", address, count))


class WDT:
    """The host switches the power off and on unless it is fed in time."""

    def __init__(self, timeout=5000) -> None:
        _wires.tell("d", timeout)

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

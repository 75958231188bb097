"""The module `machine` of a virtual board. Only what our firmware uses, with the names of the ESP32 port."""

import binascii
import hashlib
import socket
import time

from micropython import const

PWRON_RESET = 1
WDT_RESET = 3
SOFT_RESET = 5

_CAUSES = {"power_on": PWRON_RESET, "watchdog": WDT_RESET, "soft": SOFT_RESET, "reset": 2}
_wires = None
_identity = bytearray(8)
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

    def ask_bytes(self, *words) -> bytes:
        """An answer of so many bytes, which follow their number. Raises OSError as `ask` does."""
        return self._socket.read(int(self.ask(*words)))

    def ask_into(self, buffer, *words) -> int:
        """The same into a buffer that is large enough; how many bytes came."""
        count = int(self.ask(*words))
        self._socket.readinto(buffer, count)
        return count

    def tell(self, *words) -> None:
        """Nothing comes back."""
        self._socket.write(" ".join([str(word) for word in words]) + "\n")


def plug_in(words: list) -> None:
    """Called by start.py before the firmware runs: port of the wires, speed, reset cause, flash image."""
    global _wires, _cause
    _wires, _cause = Wires(int(words[0])), _CAUSES[words[2]]
    _identity[:] = hashlib.sha256(words[3].split("/")[-1].encode()).digest()[:8]  # the chip stays, its folder may not


def ask_part(*words) -> bytes:
    """For a fake module of one kind: a question its parts answer. Raises OSError."""
    return _wires.ask_bytes("k", *words)


def ask_part_into(buffer, *words) -> int:
    """The same into a buffer; how many bytes came."""
    return _wires.ask_into(buffer, "k", *words)


class Pin:
    """An output tells its level to the host, an input asks for it.

    An interrupt comes late, at the next read; while its handler runs, pins show what they showed at its moment.
    """

    IN = 0
    OUT = 1
    PULL_UP = 1
    IRQ_FALLING = 1
    IRQ_RISING = 2
    _moment = None

    def __init__(self, number, mode=IN, pull=None, value=None) -> None:
        self.number = number
        self._handler = None
        self._edge = 0
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is not None:
            _wires.tell("o", self.number, int(level))
            return None
        if Pin._moment:
            return int(_wires.ask("p", self.number, 0, Pin._moment))
        answer = _wires.ask("p", self.number, self._edge).split()
        if len(answer) > 1:
            Pin._moment = answer[1]
            self._handler(self)
            Pin._moment = None
        return int(answer[0])

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler, trigger) -> None:
        self._handler = handler
        self._edge = trigger


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
        _wires.ask("w", address, _hex(data))

    def readfrom(self, address, count):
        return _wires.ask_bytes("r", address, count)

    def readfrom_into(self, address, buffer):
        _wires.ask_into(buffer, "r", address, len(buffer))

    def readfrom_mem(self, address, register, count):
        return _wires.ask_bytes("m", address, register, count)

    def readfrom_mem_into(self, address, register, buffer):
        _wires.ask_into(buffer, "m", address, register, len(buffer))

    def writeto_mem(self, address, register, data):
        _wires.ask("n", address, register, _hex(data))


class UART:
    """One serial port; what nobody reads in time the host keeps."""

    def __init__(self, number, baudrate=9600, tx=None, rx=None, timeout=0) -> None:
        self._tx = tx.number
        self._rx = rx.number

    def read(self, count=256):
        return _wires.ask_bytes("u", self._rx, count) or None

    def write(self, data):
        _wires.tell("v", self._tx, _hex(data))
        return len(data)


class SPI:
    """One bus that only writes."""

    def __init__(self, number, baudrate=1_000_000, sck=None, mosi=None, miso=None) -> None:
        pass

    def write(self, data):
        data = memoryview(data)
        for start in range(0, len(data), 256):  # a line of hex must fit into the heap
            _wires.tell("s", _hex(data[start : start + 256]))


class PWM:
    """An output that sounds."""

    def __init__(self, pin, freq=1000, duty_u16=0) -> None:
        self._pin = pin.number
        self._freq = freq
        self._duty = duty_u16

    def freq(self, hz):
        self._freq = hz
        self._tell()

    def duty_u16(self, duty):
        self._duty = duty
        self._tell()

    def deinit(self):
        self.duty_u16(0)

    def _tell(self):
        _wires.tell("y", self._pin, self._freq, self._duty)


def _hex(data):
    return binascii.hexlify(data).decode()


def SDCard(**wiring):  # noqa: N802 - a class of the real module; only one kind of endpoint needs it
    from board_card import Card

    return Card(ask_part, ask_part_into)


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


def unique_id():
    return bytes(_identity)

"""The parts of a worker's terminal: a display that can be looked at, five keys, a GPS receiver, a buzzer."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.device.drivers import battery
from simulators.environments.handheld import HandheldEnvironment
from simulators.virtual_board.parts import BareBoard, adc_count

if TYPE_CHECKING:
    from PIL import Image

SIDE = 240
_CASET, _RASET, _RAMWR, _DISPON, _DISPOFF, _SWRESET = 0x2A, 0x2B, 0x2C, 0x29, 0x28, 0x01  # ST7789VW, part 9
_CATCH_UP_S = 3  # a receiver keeps no more than its buffer


def sentence(body: str) -> bytes:
    """A NMEA sentence with its checksum."""
    total = 0
    for byte in body.encode():
        total ^= byte
    return f"${body}*{total:02X}\r\n".encode()


def _angle(udeg: int, digits: int, signs: str) -> str:
    degrees, rest = divmod(abs(udeg), 1_000_000)
    minutes_e5 = rest * 6
    return f"{degrees:0{digits}}{minutes_e5 // 100_000:02}.{minutes_e5 % 100_000:05},{signs[udeg < 0]}"


def sentences(worker: HandheldEnvironment) -> bytes:
    """RMC and GGA of one second, as a u-blox M8 with and without a fix sends them."""
    moment = datetime.fromtimestamp(worker.at_ms // 1000, UTC)
    clock, date = moment.strftime("%H%M%S.00"), moment.strftime("%d%m%y")
    if not worker.fix:
        return sentence(f"GNRMC,{clock},V,,,,,,,{date},,,N") + sentence(f"GNGGA,{clock},,,,,0,00,99.99,,,,,,")
    latitude, longitude = _angle(worker.lat_udeg, 2, "NS"), _angle(worker.lon_udeg, 3, "EW")
    rmc = f"GNRMC,{clock},A,{latitude},{longitude},1.200,77.52,{date},,,A"
    return sentence(rmc) + sentence(f"GNGGA,{clock},{latitude},{longitude},1,08,1.01,19.6,M,8.0,M,,")


class Display:
    """An ST7789 with 240x240 pixels of 16 bits; only what our driver sends is known."""

    def __init__(self) -> None:
        self.memory = bytearray(b"\x5a" * (SIDE * SIDE * 2))  # after power-on it holds anything
        self.on = False
        self.lit = False
        self.levels = {"cs": 1, "dc": 0, "rst": 1}
        self._command = 0
        self._data = b""
        self._columns = (0, SIDE - 1)
        self._rows = (0, SIDE - 1)
        self._at = 0

    def set(self, net: str, level: int) -> None:
        """One of its pins."""
        if net == "backlight":
            self.lit = bool(level)
        elif net in self.levels:
            self.levels[net] = level
            if net == "rst" and not level:
                self.on = False

    def write(self, data: bytes) -> None:
        """Bytes over SPI."""
        if self.levels["cs"]:
            return
        if self.levels["dc"]:
            self._take(data)
            return
        self._command, self._data, self._at = data[-1], b"", 0
        if self._command in (_DISPON, _DISPOFF, _SWRESET):
            self.on = self._command == _DISPON

    def _take(self, data: bytes) -> None:
        if self._command in (_CASET, _RASET):
            self._data += data
            if len(self._data) == 4:
                window = int.from_bytes(self._data[:2], "big"), int.from_bytes(self._data[2:], "big")
                if self._command == _CASET:
                    self._columns = window
                else:
                    self._rows = window
        elif self._command == _RAMWR:
            self._paint(data)

    def _paint(self, data: bytes) -> None:
        width = (self._columns[1] - self._columns[0] + 1) * 2
        while data:
            row, column = divmod(self._at, width)
            part = data[: width - column]
            start = ((self._rows[0] + row) * SIDE + self._columns[0]) * 2 + column
            if self._rows[0] + row <= self._rows[1]:
                self.memory[start : start + len(part)] = part
            self._at += len(part)
            data = data[len(part) :]

    def picture(self) -> Image.Image:
        """What somebody would see; black where it is off or dark."""
        from PIL import Image

        seen = Image.new("RGB", (SIDE, SIDE))
        if self.on and self.lit:
            pixels = [self.memory[i] << 8 | self.memory[i + 1] for i in range(0, len(self.memory), 2)]
            seen.putdata([(p >> 11 << 3, (p >> 5 & 63) << 2, (p & 31) << 3) for p in pixels])
        return seen

    def save(self, path: Path, scale: int = 2) -> None:
        """As PNG, enlarged."""
        picture = self.picture()
        picture.resize((SIDE * scale, SIDE * scale), 0).save(path, optimize=True)

    def ink(self, line: int, pitch: int = 20, margin: int = 2) -> list[bytes]:
        """16 rows of 30 bytes of one line of text: a bit where it is not the colour of its upper left pixel."""
        rows = []
        for y in range(line * pitch + margin, line * pitch + margin + 16):
            start = y * SIDE * 2
            paper = self.memory[line * pitch * SIDE * 2 : line * pitch * SIDE * 2 + 2]
            bits = 0
            for x in range(SIDE):
                bits = bits << 1 | (self.memory[start + 2 * x : start + 2 * x + 2] != paper)
            rows.append(bits.to_bytes(SIDE // 8, "big"))
        return rows


class Parts(BareBoard):
    """Everything on one terminal. `tones` has (ms, Hz) at every change, `looks` how often each key was read.

    `taps` are keys that are down for so many looks: the same for the terminal, however slow the machine is.
    """

    def __init__(self) -> None:
        self.display = Display()
        self.tones: list[tuple[int, int]] = []
        self.looks: Counter[str] = Counter()
        self.taps: Counter[str] = Counter()
        self._waiting = b""
        self._told_s: int | None = None

    def adc(self, net: str, room: HandheldEnvironment) -> int:
        """The cell."""
        span_mv = battery.FULL_CELL_MV - battery.EMPTY_CELL_MV
        return adc_count((battery.EMPTY_CELL_MV + span_mv * room.battery_pct / 100) / battery.DIVIDER)

    def level(self, net: str, room: HandheldEnvironment) -> int:
        """A key pulls its pin down."""
        self.looks[net] += 1
        if self.taps[net] > 0:
            self.taps[net] -= 1
            return 0
        return 0 if net.removeprefix("key_") in room.keys else 1

    def output(self, net: str, value: int, room: HandheldEnvironment) -> None:
        """Pins of the display."""
        self.display.set(net, value)

    def spi_write(self, data: bytes, room: HandheldEnvironment) -> None:
        """To the display."""
        self.display.write(data)

    def pwm(self, net: str, freq_hz: int, duty: int, room: HandheldEnvironment) -> None:
        """The buzzer."""
        hz = freq_hz if duty else 0
        if hz != (self.tones[-1][1] if self.tones else 0):
            self.tones.append((room.at_ms, hz))

    def uart_read(self, net: str, limit: int, room: HandheldEnvironment) -> bytes:
        """The receiver speaks once a second of the worker's time."""
        second = room.at_ms // 1000
        if self._told_s is None:
            self._told_s = second
        if room.gps and second > self._told_s:
            self._waiting += sentences(room) * min(_CATCH_UP_S, second - self._told_s)
        self._told_s = max(second, self._told_s)
        data, self._waiting = self._waiting[:limit], self._waiting[limit:]
        return data

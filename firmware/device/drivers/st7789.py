"""Display with ST7789, 240x240, over SPI: written line of text by line of text, without a picture of it in memory.

Commands: ST7789VW datasheet, part 9. Colours are RGB 5-6-5, high byte first.
"""

from binascii import crc32

from firmware.device import const

WIDTH = const(240)
LINES = 12
PITCH = const(20)  # pixel rows of a line of text: 16 of the glyph and 2 above and below
_MARGIN = const(2)
_ROW_BYTES = const(30)
# style -> background and ink
NORMAL, TITLE, CHOSEN, ALARM, DIM, GOOD = b"\x00\x00\xff\xff", b"\x02\x54\xff\xff", b"\xfe\x60\x00\x00", \
    b"\xd8\x00\xff\xff", b"\x00\x00\x8c\x51", b"\x00\x00\x07\xe8"  # fmt: skip
# command, pause after it in ms (datasheet 9.1.2, 9.1.12), data
_START = (
    (0x01, 150, b""),  # software reset
    (0x11, 120, b""),  # sleep out
    (0x3A, 0, b"\x55"),  # 16 bits a pixel
    (0x36, 0, b"\x00"),  # memory from top left
    (0x21, 0, b""),  # inversion on: the glass of these modules is IPS
    (0x13, 0, b""),  # normal mode
    (0x29, 0, b""),  # display on
)


def expand(bits: bytes, style: bytes) -> bytes:
    """One row of 240 pixels, a bit each, in the colours of a style."""
    colours = (style[:2], style[2:])
    quads = [b"".join([colours[nibble >> shift & 1] for shift in (3, 2, 1, 0)]) for nibble in range(16)]
    return b"".join([quads[bits[i >> 1] >> (0 if i & 1 else 4) & 15] for i in range(2 * len(bits))])


class ST7789:
    """`draw` is all there is; a line that shows already what it shall is not sent again."""

    def __init__(self, spi, cs, dc, rst, backlight) -> None:
        self._spi = spi
        self._cs = cs
        self._dc = dc
        self._rst = rst
        self._backlight = backlight
        self._shown: list = [None] * LINES

    async def start(self, sleep_ms) -> None:
        """Reset and switch on; what was in its memory is not shown before it is overwritten."""
        self._rst.value(0)
        await sleep_ms(1)
        self._rst.value(1)
        await sleep_ms(120)
        for command, pause_ms, data in _START:
            self._send(command, data)
            await sleep_ms(pause_ms)

    def light(self, on: bool) -> None:
        """The backlight."""
        self._backlight.value(int(on))

    def draw(self, line: int, text: str, style: bytes, bits) -> None:
        """Show one line of text; `bits(text)` gives 16 rows of 30 bytes, b"" for none, and is asked only if needed."""
        shown = crc32(style, crc32(text.encode()))
        if self._shown[line] == shown:
            return
        self._shown[line] = shown
        top = line * PITCH
        self._send(0x2A, b"\x00\x00\x00\xef")
        self._send(0x2B, bytes([0, top, 0, top + PITCH - 1]))
        self._send(0x2C, b"")
        self._dc.value(1)
        self._cs.value(0)
        empty = style[:2] * WIDTH
        rows = bits(text)
        for y in range(-_MARGIN, PITCH - _MARGIN):
            row = rows[y * _ROW_BYTES : (y + 1) * _ROW_BYTES] if y >= 0 else b""
            self._spi.write(expand(row, style) if any(row) else empty)
        self._cs.value(1)

    def _send(self, command: int, data: bytes) -> None:
        self._cs.value(0)
        self._dc.value(0)
        self._spi.write(bytes([command]))
        if data:
            self._dc.value(1)
            self._spi.write(data)
        self._cs.value(1)

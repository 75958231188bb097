"""Display with ST7789, 240x240, over SPI: written line of text by line of text, without a picture of it in memory.

Commands: ST7789VW datasheet, part 9. Colours are RGB 5-6-5, high byte first. A line of text has 20 pixel rows: 16 of
the glyph and 2 above and below. Styles: 0 normal, 1 title, 2 chosen, 3 alarm, 4 dim, 5 good.
"""

from binascii import crc32

from firmware.device import const

_WIDTH = const(240)
_PITCH = const(20)
_MARGIN = const(2)
_ROW_BYTES = const(30)
_STYLES = (
    b"\x00\x00\xff\xff\x02\x54\xff\xff\xfe\x60\x00\x00\xd8\x00\xff\xff\x00\x00\x8c\x51\x00\x00\x07\xe8"  # paper, ink
)
# command, data or none, pause after it in 10 ms (datasheet 9.1.2, 9.1.12)
_BEGIN = (
    b"\x01\xff\x0f"  # software reset
    b"\x11\xff\x0c"  # sleep out
    b"\x3a\x55\x00"  # 16 bits a pixel
    b"\x36\x00\x00"  # memory from top left
    b"\x21\xff\x00"  # inversion on: the glass of these modules is IPS
    b"\x13\xff\x00"  # normal mode
    b"\x29\xff\x00"  # display on
)


def expand(bits: bytes, style: bytes) -> bytes:
    """One row of 240 pixels, a bit each, in the colours of a style."""
    pairs = [style[:2] + style[:2], style[:2] + style[2:], style[2:] + style[:2], style[2:] + style[2:]]
    row = bytearray(2 * _WIDTH)
    for i, byte in enumerate(bits):
        at = 16 * i
        row[at : at + 4] = pairs[byte >> 6]
        row[at + 4 : at + 8] = pairs[byte >> 4 & 3]
        row[at + 8 : at + 12] = pairs[byte >> 2 & 3]
        row[at + 12 : at + 16] = pairs[byte & 3]
    return row


class ST7789:
    """`draw` is all there is; a line that shows already what it shall is not sent again."""

    def __init__(self, spi, cs, dc, rst) -> None:
        self.spi = spi
        self.cs = cs
        self.dc = dc
        self.rst = rst
        self._sent: list = [None] * 12

    async def begin(self, sleep_ms) -> None:
        """Reset and switch on; the light is for later, when there is something to see."""
        self.rst.value(0)
        await sleep_ms(1)
        self.rst.value(1)
        await sleep_ms(120)
        self._sent = [None] * 12
        for i in range(0, len(_BEGIN), 3):
            data = _BEGIN[i + 1 : i + 2]
            self._send(_BEGIN[i : i + 1], b"" if data == b"\xff" else data)
            await sleep_ms(_BEGIN[i + 2] * 10)

    def draw(self, line: int, text: str, style: int, bits) -> bool:
        """Show one line of text: 20 ms. False, and nothing sent, where it stands there already.

        `bits(text)` gives 16 rows of 30 bytes, b"" for none, and is asked only if needed.
        """
        style = _STYLES[style * 4 : style * 4 + 4]
        shown = crc32(style, crc32(text.encode()))
        if self._sent[line] == shown:
            return False
        self._sent[line] = shown
        top = line * _PITCH
        self._send(b"\x2a", b"\x00\x00\x00\xef")
        self._send(b"\x2b", bytes([0, top, 0, top + _PITCH - 1]))
        self._send(b"\x2c", b"")
        self.dc.value(1)
        self.cs.value(0)
        rows = bits(text)
        for y in range(-_MARGIN, _PITCH - _MARGIN):
            row = rows[y * _ROW_BYTES : (y + 1) * _ROW_BYTES] if y >= 0 else b""
            self.spi.write(expand(row, style) if any(row) else style[:2] * _WIDTH)
        self.cs.value(1)
        return True

    def _send(self, command: bytes, data: bytes) -> None:
        self.cs.value(0)
        self.dc.value(0)
        self.spi.write(command)
        if data:
            self.dc.value(1)
            self.spi.write(data)
        self.cs.value(1)

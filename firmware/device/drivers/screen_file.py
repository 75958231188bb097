"""/screen.bin: glyphs and Chinese words on flash, made by firmware/kit/font.py, read bit by bit and never as a whole.

    "GWF1", glyphs (2), words (2); 95 ASCII glyphs of 8x16 from the space on; sorted code points (2 each); 16x16 glyphs;
    sorted words: CRC-32 of the English (4), start (2) and length (2) of the Chinese in what follows, UTF-8

Numbers are big endian. Without the file the words stay English and letters are those of framebuf, 8x8.
"""

from binascii import crc32

from firmware.device import const

_PATH = const("/screen.bin")
_HEAD = const(8)
_INDEX = const(8 + 95 * 16)
_COLUMNS = const(30)
# a character that we have not
_BOX = const(
    b"\x00\x00\x7f\xfe\x40\x02\x40\x02\x40\x02\x40\x02\x40\x02\x40\x02"
    b"\x40\x02\x40\x02\x40\x02\x40\x02\x40\x02\x7f\xfe\x00\x00\x00\x00"
)


def cut(data: bytes) -> int:
    """How many bytes of UTF-8 fit on a line: ASCII takes one of 30 cells, everything else two."""
    left, at = _COLUMNS, 0
    while at < len(data):
        size = _size(data[at])
        left -= 1 if size == 1 else 2
        if left < 0:
            break
        at += size
    return at


def _size(byte: int) -> int:
    """Of the character that begins with this byte."""
    return 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4


def _code(data: bytes) -> int:
    """The code point of the bytes of one character. Never a str of one: MicroPython keeps each of those for ever."""
    if len(data) == 1:
        return data[0]
    code = data[0] & (0x1F if len(data) == 2 else 0x0F)
    for byte in data[1:]:
        code = code << 6 | byte & 0x3F
    return code if len(data) < 4 else 0x10000


class ScreenFile:
    """Numbers of glyphs and words; both 0 where the board has no such file."""

    def __init__(self, path: str = _PATH) -> None:
        self._path = path
        self._count = self._names = 0
        try:
            with open(path, "rb") as file:
                head = file.read(_HEAD)
        except OSError:
            return
        if len(head) == _HEAD and head[:4] == b"GWF1":
            self._count = int.from_bytes(head[4:6], "big")
            self._names = int.from_bytes(head[6:8], "big")

    def chinese(self, text: str) -> str:
        """The Chinese of a text of the screens; the text itself where there is none."""
        if not self._names:
            return text
        index = _INDEX + self._count * 34
        with open(self._path, "rb") as file:
            if _look_up(file, index, 8, self._names, crc32(text.encode()).to_bytes(4, "big")) < 0:
                return text
            entry = file.read(4)  # behind the key that was read last
            file.seek(index + self._names * 8 + int.from_bytes(entry[:2], "big"))
            return file.read(int.from_bytes(entry[2:], "big")).decode()

    def bits(self, text: str) -> bytes:
        """16 rows of 30 bytes; b"" for an empty text. What does not fit is cut off."""
        if not text.strip():
            return b""
        data = text.encode()
        rows = bytearray(16 * _COLUMNS)
        if not self._count:
            _small(data[: cut(data)], rows)
            return rows
        at = column = 0
        end = cut(data)
        with open(self._path, "rb") as file:
            while at < end:
                size = _size(data[at])
                glyph = self._read(file, _code(data[at : at + size]))
                width = len(glyph) // 16
                for y in range(16):
                    rows[y * _COLUMNS + column : y * _COLUMNS + column + width] = glyph[y * width : (y + 1) * width]
                column += width
                at += size
        return rows

    def _read(self, file, code: int) -> bytes:
        if code < 128:
            file.seek(_HEAD + (code - 32 if 32 <= code < 127 else 0) * 16)
            return file.read(16)
        at = _look_up(file, _INDEX, 2, self._count, code.to_bytes(2, "big")) if code < 65536 else -1
        if at < 0:
            return _BOX
        file.seek(_INDEX + self._count * 2 + at * 32)
        return file.read(32)


def _look_up(file, offset: int, size: int, count: int, key: bytes) -> int:
    """Which of `count` sorted records of this size begins with the key; -1 for none. Leaves the file behind the key."""
    low = 0
    while low < count:
        middle = (low + count) // 2
        file.seek(offset + middle * size)
        found = file.read(len(key))
        if found == key:
            return middle
        if found < key:
            low = middle + 1
        else:
            count = middle
    return -1


def _small(data: bytes, buffer) -> None:
    """Letters of 8x8 in the middle of the line; a box for two cells stands for what they cannot write."""
    import framebuf

    canvas = framebuf.FrameBuffer(buffer, _COLUMNS * 8, 16, framebuf.MONO_HLSB)
    at = x = 0
    while at < len(data):
        size = _size(data[at])
        if size == 1:
            canvas.text(data[at : at + 1], x, 4)
            x += 8
        else:
            canvas.rect(x + 2, 2, 12, 12, 1)
            x += 16
        at += size

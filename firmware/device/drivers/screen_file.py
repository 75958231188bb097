"""/screen.bin: glyphs and Chinese words on flash, made by firmware/kit/font.py, read bit by bit and never as a whole.

    "GWF1", glyphs (2), words (2); 95 ASCII glyphs of 8x16 from the space on; sorted code points (2 each); 16x16 glyphs;
    sorted words: CRC-32 of the English (4), start (2) and length (2) of the Chinese in what follows, UTF-8

Numbers are big endian. Without the file the words stay English and letters are those of framebuf, 8x8.
"""

from binascii import crc32

from firmware.device import const

MAGIC = b"GWF1"
_HEAD = const(8)
_ASCII = const(95)
_COLUMNS = const(30)
_BOX = b"\x00\x00\x7f\xfe" + b"\x40\x02" * 12 + b"\x7f\xfe\x00\x00\x00\x00"  # a character that we have not


def columns(text: str) -> int:
    """Half-width cells: ASCII takes one, everything else two."""
    return sum([1 if ord(letter) < 127 else 2 for letter in text])


def cut(text: str, width: int = _COLUMNS) -> int:
    """How many characters of the text fit into so many cells."""
    for i, letter in enumerate(text):
        width -= 1 if ord(letter) < 127 else 2
        if width < 0:
            return i
    return len(text)


class ScreenFile:
    """`there` is false where the board has none."""

    def __init__(self, path: str = "/screen.bin") -> None:
        self._path = path
        self._glyphs = self._words = 0
        self.there = False
        try:
            with open(path, "rb") as file:
                head = file.read(_HEAD)
        except OSError:
            return
        if len(head) == _HEAD and head[:4] == MAGIC:
            self.there = True
            self._glyphs = int.from_bytes(head[4:6], "big")
            self._words = int.from_bytes(head[6:8], "big")

    def chinese(self, english: str) -> str:
        """The Chinese of a text of the screens; the English where there is none."""
        if not self._words:
            return english
        index = _HEAD + _ASCII * 16 + self._glyphs * 34
        with open(self._path, "rb") as file:
            at = _find(file, index, 8, self._words, crc32(english.encode()).to_bytes(4, "big"))
            if at < 0:
                return english
            entry = file.read(4)  # behind the key that _find has read last
            file.seek(index + self._words * 8 + int.from_bytes(entry[:2], "big"))
            return file.read(int.from_bytes(entry[2:], "big")).decode()

    def bits(self, text: str) -> bytes:
        """16 rows of 30 bytes; b"" for an empty text. What does not fit is cut off."""
        text = text[: cut(text)]
        if not text.strip():
            return b""
        if not self.there:
            return _small(text)
        rows = bytearray(16 * _COLUMNS)
        column = 0
        with open(self._path, "rb") as file:
            for letter in text:
                glyph = self._glyph(file, ord(letter))
                width = len(glyph) // 16
                for y in range(16):
                    rows[y * _COLUMNS + column : y * _COLUMNS + column + width] = glyph[y * width : (y + 1) * width]
                column += width
        return bytes(rows)

    def _glyph(self, file, code: int) -> bytes:
        if code < 127:
            file.seek(_HEAD + max(0, code - 32) * 16)
            return file.read(16)
        index = _HEAD + _ASCII * 16
        at = _find(file, index, 2, self._glyphs, code.to_bytes(2, "big")) if code < 65536 else -1
        if at < 0:
            return _BOX
        file.seek(index + self._glyphs * 2 + at * 32)
        return file.read(32)


def _find(file, start: int, size: int, count: int, key: bytes) -> int:
    """Which of `count` sorted records of this size begins with the key; -1 for none. Leaves the file behind the key."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        file.seek(start + middle * size)
        found = file.read(len(key))
        if found == key:
            return middle
        if found < key:
            low = middle + 1
        else:
            high = middle
    return -1


def _small(text: str) -> bytes:
    """Letters of 8x8 in the middle of the line; a box for two cells stands for what they cannot write."""
    import framebuf

    rows = bytearray(16 * _COLUMNS)
    canvas = framebuf.FrameBuffer(rows, _COLUMNS * 8, 16, framebuf.MONO_HLSB)
    x = 0
    for letter in text:
        if ord(letter) < 127:
            canvas.text(letter, x, 4)
            x += 8
        else:
            canvas.rect(x + 2, 2, 12, 12, 1)
            x += 16
    return bytes(rows)

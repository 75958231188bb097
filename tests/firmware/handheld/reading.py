"""Reads the text off a simulated display: every glyph must be exactly one of the font file."""

from __future__ import annotations

from pathlib import Path

from simulators.virtual_board.parts.handheld import Display

_ASCII = range(32, 127)
_HEAD = 8


class Reader:
    """Knows the glyphs of one /screen.bin."""

    def __init__(self, screen_file: Path) -> None:
        content = screen_file.read_bytes()
        count = int.from_bytes(content[4:6], "big")
        codes_at = _HEAD + len(_ASCII) * 16
        glyphs_at = codes_at + count * 2
        self._letters: dict[bytes, str] = {}
        for i in range(count):
            code = int.from_bytes(content[codes_at + 2 * i : codes_at + 2 * i + 2], "big")
            glyph = content[glyphs_at + 32 * i : glyphs_at + 32 * i + 32]
            if any(glyph):
                self._letters.setdefault(glyph, chr(code))
        for i, code in enumerate(_ASCII):
            self._letters[content[_HEAD + 16 * i : _HEAD + 16 * i + 16]] = chr(code)

    def lines(self, display: Display) -> list[str]:
        """Twelve lines; `?` is a glyph nobody knows."""
        return [self._line(display.ink(line)) for line in range(12)]

    def _line(self, rows: list[bytes]) -> str:
        text, column = "", 0
        while column < 30:
            narrow = bytes(row[column] for row in rows)
            wide = b"".join(row[column : column + 2] for row in rows)
            if wide in self._letters and column < 29:
                text += self._letters[wide]
                column += 2
            else:
                text += self._letters.get(narrow, "?")
                column += 1
        return text.rstrip()

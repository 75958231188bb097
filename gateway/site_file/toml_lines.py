"""On which line each field of a TOML text stands. The text has been parsed before: here nothing is checked."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r]+|\#[^\n]*)
    |(?P<newline>\n)
    |(?P<text>\"{3}(?:\\.|[^\\])*?\"{3}(?!\")|'{3}.*?'{3}(?!')|\"(?:\\.|[^\"\\])*\"|'[^']*')
    |(?P<mark>[\[\]{}=,.])
    |(?P<bare>[^\s\[\]{}=,.\"'\#]+)""",
    re.VERBOSE | re.DOTALL,
)
_ENDS_SCALAR = (",", "]", "}", "\n", "")


class _Token(NamedTuple):
    text: str
    line: int


def lines_of(text: str) -> dict[str, int]:
    """Dotted place -> line, both as errors name them: `rules.fire.hold_ms`, `endpoints[2].device`."""
    scan = _Scan(text)
    scan.document()
    return scan.lines


def _tokens(text: str) -> list[_Token]:
    tokens, line = [], 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skip":
            tokens.append(_Token(match.group(), line))
        line += match.group().count("\n")
    return tokens


def _key(token: str) -> str:
    return str(tomllib.loads(f"key = {token}")["key"]) if token[0] in "\"'" else token


class _Scan:
    """One walk through the tokens."""

    def __init__(self, text: str) -> None:
        self.lines: dict[str, int] = {}
        self._tokens = _tokens(text)
        self._at = 0
        self._entries: Counter[str] = Counter()  # of each array of tables

    def _peek(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""

    def _next(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, text: str) -> bool:
        found = self._peek() == text
        self._at += found
        return found

    def _skip_lines(self) -> None:
        while self._take("\n"):
            pass

    def document(self) -> None:
        """The whole text."""
        table = ""
        while self._peek():
            self._skip_lines()
            if self._take("["):
                table = self._header()
            elif self._peek():
                self._pair(table)

    def _header(self) -> str:
        is_array = self._take("[")
        where, token = self._step("")
        while self._take("."):
            where += f"[{self._entries[where]}]" if where in self._entries else ""
            where, token = self._step(where)
        if is_array:
            self._entries[where] += 1
            where = f"{where}[{self._entries[where]}]"
        self.lines[where] = token.line
        while self._take("]"):
            pass
        return where

    def _step(self, where: str) -> tuple[str, _Token]:
        token = self._next()
        where = f"{where}.{_key(token.text)}" if where else _key(token.text)
        self.lines.setdefault(where, token.line)
        return where, token

    def _pair(self, table: str) -> None:
        where, _ = self._step(table)
        while self._take("."):
            where, _ = self._step(where)
        self._next()  # the sign =
        self._value(where)

    def _value(self, where: str) -> None:
        if self._take("["):
            self._array(where)
        elif self._take("{"):
            self._inline_table(where)
        else:
            while self._peek() not in _ENDS_SCALAR:
                self._at += 1

    def _array(self, where: str) -> None:
        number = 0
        self._skip_lines()
        while not self._take("]"):
            number += 1
            self.lines[f"{where}[{number}]"] = self._tokens[self._at].line
            self._value(f"{where}[{number}]")
            self._skip_lines()
            self._take(",")
            self._skip_lines()

    def _inline_table(self, where: str) -> None:
        self._skip_lines()
        while not self._take("}"):
            self._pair(where)
            self._skip_lines()
            self._take(",")
            self._skip_lines()

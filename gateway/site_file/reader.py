"""Tables of a site file as checked values. All errors are collected; each names the line, the place and the remedy."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from gateway.site_file.toml_lines import lines_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to correct. `zh` says the same as `what` and `remedy` in Chinese."""

    where: str
    what: str
    remedy: str
    zh: str = ""
    line: int | None = None

    def __str__(self) -> str:
        line = "" if self.line is None else f"line {self.line}: "
        chinese = f" · {self.zh}" if self.zh else ""
        return f"{line}{self.where} {self.what}; {self.remedy}{chinese}"


@dataclass(frozen=True, slots=True)
class _Type:
    fits: Callable[[object], bool]
    expected: str
    zh: str
    convert: Callable[[Any], object] = field(default=lambda value: value)


class SiteError(Exception):
    """The site file cannot be used. The text says where, what that means and what to write instead."""

    def __init__(self, text: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(text)
        self.problems = problems


def whole_file(path: Path, what: str, remedy: str, zh: str) -> SiteError:
    """What is wrong with a file before any field of it can be looked at."""
    found = re.search(r"\(at line (\d+)", what)
    problem = Problem(where=path.name, what=what, remedy=remedy, zh=zh, line=int(found[1]) if found else None)
    return SiteError(f"{path}: {what}; {remedy} · {zh}", (problem,))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def _list_of(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(fits(item) for item in value)


# annotation of a field (without `| None`) -> what may stand in the file; a list becomes a tuple
_TYPES = {
    "str": _Type(_is_text, "text in quotes", "应为加引号的文字"),
    "bool": _Type(lambda value: isinstance(value, bool), "true or false", "应为 true 或 false"),
    "int": _Type(_is_whole, "a whole number", "应为整数"),
    "float": _Type(_is_number, "a number", "应为数字"),
    "Mapping[str, Any]": _Type(lambda value: isinstance(value, dict), "a table", "应为一张表"),
    "tuple[str, ...]": _Type(_list_of(_is_text), "a list of texts", "应为文字的列表", tuple),
    "tuple[int, ...]": _Type(_list_of(_is_whole), "a list of whole numbers", "应为整数的列表", tuple),
    "tuple[float, ...]": _Type(_list_of(_is_number), "a list of numbers", "应为数字的列表", tuple),
}


class Reader:
    """A site file while it is read. What is wrong is collected; `finish` raises it all at once."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text
        self._lines: dict[str, int] | None = None  # looked for with the first error; most files have none
        self._problems: list[Problem] = []

    def error(self, where: str, what: str, remedy: str, zh: str = "") -> SiteError:
        """What is wrong at a dotted place and what to write instead, to raise: ends the reading of this part."""
        return self._as_error((Problem(where=where, what=what, remedy=remedy, zh=zh, line=self._line(where)),))

    def note(self, where: str, what: str, remedy: str, zh: str = "") -> None:
        """The same, where the reading of this part can go on."""
        self._problems += self.error(where, what, remedy, zh).problems

    def attempt(self, default: T, parse: Callable[..., T], *args: object) -> T:
        """What `parse` reads. Its SiteError is collected, and the default taken so that the reading goes on."""
        try:
            return parse(*args)
        except SiteError as error:
            self._problems += error.problems
            return default

    def part(self, parent: Mapping[str, Any], where: str, parse: Callable[[Reader, Any, str], T], default: T) -> T:
        """A section of `parent`: `parse(reader, value, where)` where the file has it, otherwise the default."""
        name = where.rsplit(".", 1)[-1]
        return self.attempt(default, parse, self, parent[name], where) if name in parent else default

    def entries(self, values: object, where: str) -> Iterator[tuple[str, object]]:
        """(place, entry) of a list of tables `[[where]]`. Raises SiteError where it is no list."""
        if not isinstance(values, list):
            raise self.error(where, "is not a list", f"write one [[{where}]] for each", f"应写成若干 [[{where}]]")
        return ((f"{where}[{number}]", entry) for number, entry in enumerate(values, 1))

    def finish(self) -> None:
        """Raises one SiteError with everything collected, in the order of the lines."""
        if self._problems:
            raise self._as_error(tuple(sorted(self._problems, key=lambda problem: problem.line or 0)))

    def _as_error(self, problems: tuple[Problem, ...]) -> SiteError:
        lines = [f"{self._path}{', ' if problem.line else ': '}{problem}" for problem in problems]
        return SiteError("\n".join(lines), problems)

    def _line(self, where: str) -> int | None:
        if self._lines is None:
            self._lines = lines_of(self._text)
        while where and where not in self._lines:  # what is missing is named by the line of its table
            where = re.sub(r"(^|\.)[^.\[\]]*$|\[\d+\]$", "", where)
        return self._lines.get(where)

    def table(self, values: object, where: str) -> dict[str, Any]:
        """The value, where it is a table. Raises SiteError."""
        if not isinstance(values, dict):
            raise self.error(
                where, "is not a table", f"write [{where}] with its fields below it", f"不是一张表，请写 [{where}]"
            )
        return values

    def names(self, table: dict[str, Any], where: str, needed: tuple[str, ...], *, optional: tuple[str, ...]) -> bool:
        """True where all that is needed is there; collects every name that is unknown or missing."""
        known = needed + optional
        for name in table:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                zh = f"未知的字段{'，是否想写 ' + near[0] if near else ''}"
                self.note(where + name, "is unknown", f"known here: {', '.join(known)}{hint}", zh)
        missing = [name for name in needed if name not in table]
        for name in missing:
            self.note(where + name, "is missing", "add it", "缺少，请补上")
        return not missing

    def fill(self, cls: type[T], values: object, where: str) -> T:
        """A flat dataclass from a table. Raises SiteError with every unknown, missing and wrongly typed field."""
        table = self.table(values, where)
        before = len(self._problems)
        known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
        needed = tuple(name for name, f in known.items() if f.default is MISSING and f.default_factory is MISSING)
        self.names(table, f"{where}.", needed, optional=tuple(name for name in known if name not in needed))
        kinds = {name: _TYPES[str(f.type).removesuffix(" | None")] for name, f in known.items() if name in table}
        given = {name: self._checked(f"{where}.{name}", table[name], kind) for name, kind in kinds.items()}
        if len(self._problems) > before:
            found = tuple(self._problems[before:])
            del self._problems[before:]
            raise self._as_error(found)
        try:
            return cls(**given)
        except ValueError as error:
            text, _, zh = str(error).partition(" · ")  # a class that checks itself may say it in both languages
            first, _, rest = text.partition(" ")  # and names the field first
            place, what = (f"{where}.{first}", rest) if first in known else (where, text)
            raise self.error(place, what, "correct it", zh or "请改正") from None

    def _checked(self, where: str, value: object, kind: _Type) -> object:
        if not kind.fits(value):
            self.note(where, f"cannot be {value!r}", f"write {kind.expected}", kind.zh)
            return value
        return kind.convert(value)

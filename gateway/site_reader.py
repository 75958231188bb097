"""Tables of a site file as checked values. Every error names the line, the place and the remedy."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class SiteError(Exception):
    """The site file cannot be used. The text says where, what that means and what to write instead."""


_EXPECTED = {"Mapping[str,": "a table", "str": "text in quotes", "int": "a whole number", "float": "a number"}


class Reader:
    """The lines of a site file, so that an error can name one."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def error(self, where: str, what: str, remedy: str) -> SiteError:
        """What is wrong at a dotted place, and what to write instead."""
        key = where.rsplit(".", 1)[-1]
        numbers = [n for n, line in enumerate(self._lines, 1) if line.split("=")[0].strip(" []\t\"'") == key]
        line = f", line {numbers[0]}" if len(numbers) == 1 else ""
        return SiteError(f"{self._path}{line}: {where} {what}; {remedy}")

    def table(self, values: object, where: str) -> dict[str, Any]:
        """The value, where it is a table. Raises SiteError."""
        if not isinstance(values, dict):
            raise self.error(where, "is not a table", f"write [{where}] with its fields below it")
        return values

    def names(self, table: dict[str, Any], where: str, needed: tuple[str, ...], *, optional: tuple[str, ...]) -> None:
        """Raises SiteError where a name is unknown or missing."""
        for name in table:
            if name not in needed + optional:
                raise self.error(where + name, "is unknown", f"known here: {', '.join(needed + optional)}")
        for name in needed:
            if name not in table:
                raise self.error(where + name, "is missing", "add it")

    def fill(self, cls: type[T], values: object, where: str) -> T:
        """A flat dataclass from a table. Raises SiteError for unknown, missing and wrongly typed fields."""
        table = self.table(values, where)
        known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
        needed = tuple(name for name, f in known.items() if f.default is MISSING and f.default_factory is MISSING)
        self.names(table, f"{where}.", needed, optional=tuple(name for name in known if name not in needed))
        for name, value in table.items():
            self._check(f"{where}.{name}", value, str(known[name].type).split(" ")[0])
        try:
            return cls(**table)
        except ValueError as error:
            raise self.error(where, str(error), "correct it") from None

    def _check(self, where: str, value: object, kind: str) -> None:
        fits = {"str": isinstance(value, str) and bool(value), "int": isinstance(value, int)}
        fits["Mapping[str,"] = isinstance(value, dict)
        fits["float"] = isinstance(value, int | float)
        if not fits[kind] or isinstance(value, bool):
            raise self.error(where, f"cannot be {value!r}", f"write {_EXPECTED[kind]}")

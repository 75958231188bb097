"""What is wrong with a table, by row and column, in words for people."""

from __future__ import annotations

from dataclasses import dataclass

SHOWN_MAX = 500  # a file with more faults than that is the wrong file; the rest are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One of them. `row` as the spreadsheet counts, 0 where it is about the whole; `column` as its heading says."""

    row: int
    column: str
    value: str
    zh: str
    en: str

    def __str__(self) -> str:
        where = f"第 {self.row} 行 row {self.row}" if self.row else "整表 whole table"
        column = f"「{self.column}」" if self.column else ""
        value = f" {self.value!r}" if self.value else ""
        return f"{where} {column}{value}：{self.zh} / {self.en}"


class CellError(ValueError):
    """A cell cannot be read so."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


class SheetError(CellError):
    """The file itself cannot be read as a table."""


@dataclass(slots=True)
class Faults:
    """Collected while reading; bounded, counted."""

    found: list[Fault]
    count: int = 0

    @classmethod
    def none(cls) -> Faults:
        """An empty list."""
        return cls([])

    def add(self, row: int, column: str, value: object, error: CellError) -> None:
        """One more."""
        self.count += 1
        if len(self.found) < SHOWN_MAX:
            text = "" if value is None else str(value)[:80]
            self.found.append(Fault(row=row, column=column, value=text, zh=error.zh, en=error.en))

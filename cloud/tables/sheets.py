"""A spreadsheet's file to rows of text and back. Files come from strangers: all is bounded before it is read."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cloud.tables.faults import SheetError

FILE_MAX = 8_000_000  # bytes; 20,000 people of a district are about 2 MB
# bytes; an XLSX is a zip, and a small one may hide a large one. Styles and workbook become objects whole
UNPACKED_MAX = 20_000_000
PARTS_MAX = {"xl/styles.xml": 1_000_000, "xl/workbook.xml": 1_000_000, "xl/sharedstrings.xml": 15_000_000}
ENTRIES_MAX = 200  # files in the zip
ROWS_MAX = 20_000
COLUMNS_MAX = 60
CELL_MAX = 1_000  # characters
ENCODINGS = ("utf-8-sig", "gb18030")  # GBK and GB2312 are parts of GB 18030, which spreadsheets in China write
# a spreadsheet would run a cell that begins so, in China and Japan by full-width signs too (OWASP, CSV injection)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # XML 1.0 section 2.2 has no way to say these
ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The heading, and each row that is not empty with its number in the file."""

    heading: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_sheet(data: bytes) -> Sheet:
    """The first table of a CSV or XLSX file, told apart by its content. Raises SheetError."""
    if len(data) > FILE_MAX:
        raise SheetError(
            f"文件超过 {FILE_MAX // 1_000_000} MB，请拆分后分批导入",
            f"the file is larger than {FILE_MAX // 1_000_000} MB; split it",
        )
    if data.startswith(OLD_EXCEL):
        raise SheetError("这是旧版 .xls 文件，请另存为 .xlsx 或 CSV", "an old .xls file; save it as .xlsx or CSV")
    lines = _xlsx(data) if data.startswith(ZIP) else _csv(data)
    rows: list[tuple[int, tuple[str, ...]]] = []
    for number, cells in enumerate(lines, 1):
        if number > ROWS_MAX + 1:
            raise SheetError(f"超过 {ROWS_MAX} 行，请拆分后分批导入", f"more than {ROWS_MAX} rows; split the file")
        if any(cells):
            rows.append((number, _trimmed(cells)))
    if not rows:
        raise SheetError("文件里没有内容；第一行应为表头", "the file is empty; its first row must be the heading")
    return Sheet(rows[0][1], tuple(rows[1:]))


def _trimmed(cells: list[str]) -> tuple[str, ...]:
    used = max(place for place, cell in enumerate(cells) if cell) + 1
    return tuple(cells[:used])


def _clean(text: str) -> str:
    text = text.strip().strip("\ufeff")
    if len(text) > CELL_MAX:
        raise SheetError(f"单元格超过 {CELL_MAX} 个字符", f"a cell has more than {CELL_MAX} characters")
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def _csv(data: bytes) -> Iterator[list[str]]:
    text = _decoded(data)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [_clean(cell) for cell in row[:COLUMNS_MAX]]
    except csv.Error as error:
        raise SheetError(f"CSV 格式有误：{error}", f"the CSV cannot be read: {error}") from None


def _decoded(data: bytes) -> str:
    if b"\0" in data:
        raise SheetError("不是文本文件，请保存为 CSV 或 .xlsx", "not a text file; save it as CSV or .xlsx")
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError("编码无法识别，请保存为 CSV（UTF-8）", "neither UTF-8 nor GBK; save it as CSV (UTF-8)")


def _xlsx(data: bytes) -> Iterator[list[str]]:
    import openpyxl  # takes as long to import as all other parts of this package: only where somebody has a file
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            too_much = _is_bomb(archive.infolist())
        if too_much:
            raise SheetError("表格解压后过大，请另存为 CSV", "the file unpacks to too much; save it as CSV")
        # defusedxml is installed, and openpyxl reads by it: no entities, no external files
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(max_col=COLUMNS_MAX, values_only=True):
            yield [_clean(_text(value)) for value in row]
        book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, SyntaxError) as error:
        if isinstance(error, SheetError):
            raise
        raise SheetError("不是可读的 .xlsx 文件，请重新另存", f"not a readable .xlsx file: {error}") from None


def _is_bomb(entries: Sequence[zipfile.ZipInfo]) -> bool:
    large = any(entry.file_size > PARTS_MAX.get(entry.filename.lower().lstrip("/"), UNPACKED_MAX) for entry in entries)
    return large or len(entries) > ENTRIES_MAX or sum(entry.file_size for entry in entries) > UNPACKED_MAX


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a phone number that a spreadsheet took for a number
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def to_csv(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a byte order mark, as spreadsheets in China want it; no cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([_inert(cell) for cell in row] for row in (heading, *rows))
    return out.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    """No formula, and nothing that XLSX cannot hold."""
    cell = UNWRITABLE.sub("", cell)
    return "'" + cell if cell.startswith(FORMULA) else cell


def to_xlsx(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """One sheet, every cell text, the heading stays in sight."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("gridwhistle")
    sheet.freeze_panes = "A2"
    for row in (heading, *rows):
        sheet.append([_inert(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

"""Values as texts of a form, one function to write and one to read each kind. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cloud.console.planning.fields import Field, Row
from cloud.tables.cells import ID
from cloud.tables.faults import CellError
from domain.shifts import Shift
from domain.spans import Span

Texts = dict[str, list[str]]  # name in the form -> what stands in it
Values = Mapping[str, Sequence[str]]
Columns = tuple[list[str], ...]  # the texts of the inputs of one field
UNITS = ("s", "min", "h", "d", "working hours", "working days")
TEXT_MAX = 200
WEEK = tuple(range(1, 8))
PERSON = "person:"  # a target of a step, whose name stands beside it
EMPTY = CellError("不能为空，请填写", "must not be empty; fill it in")


def write_one(value: Any) -> Columns:
    return (["" if value is None else str(value)],)


def write_many(value: Any) -> Columns:
    return ([str(item) for item in value or ()],)


def read_text(field: Field, texts: Columns) -> str:
    value, most = texts[0][0], int(field.most or TEXT_MAX)
    if len(value) > most:
        raise CellError(f"不能超过 {most} 个字", f"at most {most} characters")
    return value


def read_id(_field: Field, texts: Columns) -> str:
    value = texts[0][0]
    if not ID.fullmatch(value):
        raise CellError(
            "只能用字母、数字、点、横线和下划线，最多 48 位", "letters, digits, . _ - only, at most 48 of them"
        )
    return value


def read_number(field: Field, texts: Columns) -> float | int:
    whole = field.kind == "number"
    low, high = field.least if field.least is not None else 0, field.most if field.most is not None else 1e9
    try:
        value: float | int = int(texts[0][0]) if whole else float(texts[0][0])
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise CellError(f"请填 {low:g} 到 {high:g} 之间的数", f"a number from {low:g} to {high:g}")
    return value


def read_flag(_field: Field, texts: Columns) -> bool:
    return bool(texts[0])


def read_list(_field: Field, texts: Columns) -> list[str]:
    return list(dict.fromkeys(text for text in texts[0] if text))


def read_lines(_field: Field, texts: Columns) -> list[str]:
    return [line.strip() for line in texts[0][0].splitlines() if line.strip()]


def read_date(_field: Field, texts: Columns) -> str:
    try:
        return date.fromisoformat(texts[0][0]).isoformat()
    except ValueError:
        raise CellError("日期请写成 2026-10-01", "write a date as 2026-10-01") from None


def read_dates(field: Field, texts: Columns) -> list[str]:
    return sorted({read_date(field, ([text],)) for text in texts[0] if text})


def write_week(value: Any) -> Columns:
    return ([str(day) for day in value or WEEK],)


def read_weekdays(field: Field, texts: Columns) -> list[int] | None:
    days = sorted({int(text) for text in texts[0] if text.isdecimal() and int(text) in WEEK})
    if not days:
        raise CellError("至少选一天", "choose at least one day")
    return None if len(days) == len(WEEK) and field.default is None else days


def _ends(text: str) -> tuple[str, str]:
    start, _, end = str(text).partition("-")
    return start.strip(), end.strip()


def write_hours(value: Any) -> Columns:
    start, end = _ends(value or "")
    return [start], [end]


def write_hours_all(value: Any) -> Columns:
    ends = [_ends(text) for text in value or ()]
    return [start for start, _ in ends], [end for _, end in ends]


def _shift(start: str, end: str) -> str:
    try:
        return str(Shift.parse(f"{start.replace('.', ':')}-{end.replace('.', ':')}"))
    except ValueError:
        raise CellError("时间请写成 08:00 和 20:00", "write the times as 08:00 and 20:00") from None


def read_hours(_field: Field, texts: Columns) -> str:
    return _shift("".join(texts[0]), "".join(texts[1]))


def read_hours_all(_field: Field, texts: Columns) -> list[str]:
    return [_shift(start, end) for start, end in zip(*level(texts), strict=True) if start or end]


def level(texts: Columns) -> list[list[str]]:
    """Columns of one length: a browser sends them so, the ends were trimmed."""
    most = max(map(len, texts))
    return [text + [""] * (most - len(text)) for text in texts]


def _span_ends(text: Any) -> tuple[str, str]:
    number, _, unit = str(text or " min").partition(" ")
    return number, unit if unit in UNITS else f"{unit}s" if f"{unit}s" in UNITS else unit or "min"


def write_span(value: Any) -> Columns:
    number, unit = _span_ends(value)
    return [number], [unit] if number else []


def _span_text(number: str, unit: str) -> str:
    text = f"{number} {unit}"
    text = text.removesuffix("s") if number == "1" and unit.startswith("working") else text
    try:
        Span.parse(text)
    except ValueError:
        raise CellError("请填大于 0 的整数", "a whole number above 0") from None
    return text


def read_span(field: Field, texts: Columns) -> str | None:
    number, unit = "".join(texts[0]), "".join(texts[1])
    if not number:
        if field.required:
            raise EMPTY
        return None
    return _span_text(number, unit or "min")


def write_point(value: Any) -> Columns:
    lon, lat = value or ("", "")
    return [str(lon)], [str(lat)]


def read_point(_field: Field, texts: Columns) -> list[float]:
    try:
        lon, lat = (float("".join(text)) for text in texts)
    except ValueError:
        raise CellError("经度和纬度要一起填，用小数", "longitude and latitude together, as decimals") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise CellError("经度 -180 到 180，纬度 -90 到 90", "longitude -180 to 180, latitude -90 to 90")
    return [lon, lat]


def write_steps(value: Any) -> Columns:
    columns: Columns = ([], [], [], [], [])
    for step in value or ():
        number, unit = _span_ends(step.get("wait"))
        target = str(step.get("notify", ""))
        person = target.removeprefix(PERSON) if target.startswith(PERSON) else ""
        cells = (number, unit, PERSON if person else target, person, str(step.get("times", 1)))
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
    return columns


def read_steps(_field: Field, texts: Columns) -> list[Row]:
    found: list[Row] = []
    for place, (number, unit, target, person, times) in enumerate(zip(*level(texts), strict=True), start=1):
        if not target:
            continue
        try:
            found.append(_step(number, unit, target, person, times))
        except CellError as error:
            raise CellError(f"第 {place} 步：{error.zh}", f"step {place}: {error.en}") from None
    if not found:
        raise EMPTY
    return found


def _step(number: str, unit: str, target: str, person: str, times: str) -> Row:
    step: Row = {"wait": _span_text(number, unit or "min")} if number else {}
    if target == PERSON and not person:
        raise CellError("请填写通知哪个人", "say which person")
    step["notify"] = f"{PERSON}{person}" if target == PERSON else target
    if times not in ("", "1"):
        if not times.isdecimal():
            raise CellError("次数请填 1 到 10", "times: 1 to 10")
        step["times"] = int(times)
    return step


def read_no_file(_field: Field, _texts: Columns) -> None:
    raise CellError("请选择文件", "choose a file")

"""What a cell means, and how it is written again. Each reader raises CellError with what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from cloud.tables.faults import CellError
from domain.shifts import Shift

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}")  # no colon: `gateway:<id>` is no person
NAME_MAX = 64
LIST_MAX = 200
DATES_MAX = 366
YES = {"是": True, "在岗": True, "true": True, "yes": True, "1": True, "y": True}
NO = {"否": False, "离岗": False, "false": False, "no": False, "0": False, "n": False}
_DAYS = "一二三四五六日"
_SPLIT = re.compile(r"[;；、,，\s]+")
_RANGE = re.compile(r"(?:至|到|~|—|–|-)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What cells may refer to: what people write -> the id; None where it is not one thing."""

    areas: Mapping[str, str | None] = field(default_factory=dict)
    people: Mapping[str, str | None] = field(default_factory=dict)
    departments: Mapping[str, str | None] = field(default_factory=dict)
    buildings: Mapping[str, str | None] = field(default_factory=dict)
    levels: tuple[str, ...] = ()


Read = Callable[[str, Known], Any]
Write = Callable[[Any], str]


def names(*rows: tuple[str, ...]) -> dict[str, str | None]:
    """Every way to write one thing -> its id, the first of each row. A name that two share stands for neither."""
    ids = {row[0] for row in rows}
    found: dict[str, str | None] = {}
    for first, *others in rows:
        for other in others:
            if other and other not in ids:
                found[other] = first if found.get(other, first) == first else None
    return {**found, **{one: one for one in ids}}


def text(value: str, _known: Known) -> str:
    """Anything short."""
    if len(value) > NAME_MAX:
        raise CellError(f"不能超过 {NAME_MAX} 个字", f"at most {NAME_MAX} characters")
    return value


def identifier(value: str, _known: Known) -> str:
    """An id."""
    if not ID.fullmatch(value):
        raise CellError(
            "编号只能用字母、数字、点、横线和下划线，最多 48 位", "an id has letters, digits, . _ -, at most 48 of them"
        )
    return value


def reference(what: str, zh: str) -> Read:
    """One of the known `areas`, `people`, ...: by id, or by a name that only one of them has."""

    def read(value: str, known: Known) -> str:
        table: Mapping[str, str | None] = getattr(known, what)
        found = table.get(value)
        if found is None and value in table:
            raise CellError(f"有多个{zh}叫这个名字，请写编号", f"several {what} have that name; write the id")
        if found is None:
            raise CellError(f"没有这个{zh}，请核对编号或名称", f"unknown among {what}; check id or name")
        return found

    return read


def choice(known: Mapping[str, str]) -> Read:
    """One of several words; what people write -> code."""
    codes = ", ".join(dict.fromkeys(known.values()))

    def read(value: str, _known: Known) -> str:
        if value.lower() not in known:
            words = "、".join(word for word in known if not word.isascii())
            raise CellError(f"请写：{words or codes}", f"write one of: {codes}")
        return known[value.lower()]

    return read


def level(value: str, known: Known) -> str:
    """A level of the area tree."""
    if value not in known.levels:
        raise CellError(f"层级只能是：{'、'.join(known.levels)}", f"levels are {', '.join(known.levels)}")
    return value


def listed(one: Read) -> Read:
    """Several, apart by semicolon, comma or blank."""

    def read(value: str, known: Known) -> list[Any]:
        parts = [part for part in _SPLIT.split(value) if part]
        if len(parts) > LIST_MAX:
            raise CellError(f"最多 {LIST_MAX} 项", f"at most {LIST_MAX} of them")
        return list(dict.fromkeys(one(part, known) for part in parts))

    return read


def yes_no(value: str, _known: Known) -> bool:
    """是 or 否."""
    if value.lower() not in {**YES, **NO}:
        raise CellError("请写 是 或 否", "write yes or no")
    return {**YES, **NO}[value.lower()]


def hours(value: str, _known: Known) -> str:
    """Hours of a day."""
    try:
        return str(Shift.parse(value))
    except ValueError:
        raise CellError("时间请写成 08:00-20:00", "write hours as 08:00-20:00") from None


def day(value: str, _known: Known) -> str:
    """A date."""
    parts = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", value.split(" ", maxsplit=1)[0])
    try:
        return date(*map(int, parts.groups() if parts else (0, 0, 0))).isoformat()
    except ValueError:
        raise CellError("日期请写成 2026-10-01", "write a date as 2026-10-01") from None


def days(value: str, known: Known) -> list[str]:
    """Dates, also from..to."""
    found: list[str] = []
    for part in (part for part in _SPLIT.split(value) if part):
        first, dots, last = part.partition("..")
        begin = date.fromisoformat(day(first, known))
        end = date.fromisoformat(day(last, known)) if dots else begin
        length = (end - begin).days
        if not 0 <= length <= DATES_MAX or len(found) + length > DATES_MAX:
            raise CellError(f"日期最多 {DATES_MAX} 天，且先早后晚", f"at most {DATES_MAX} days, the earlier one first")
        found += [(begin + timedelta(days=step)).isoformat() for step in range(length + 1)]
    return found


def weekdays(value: str, _known: Known) -> list[int]:
    """1 to 7, 周一 to 周日, ranges of both; 每天 is all of them, for which the document says nothing."""
    if value in ("每天", "daily"):
        return []
    found: set[int] = set()
    for part in (part for part in _SPLIT.split(value) if part):
        ends = [_weekday(end) for end in _RANGE.split(part, maxsplit=1)]
        if ends[0] > ends[-1]:
            raise CellError("星期范围请从小到大写，如 1-5", "write a range of weekdays upwards, as 1-5")
        found |= set(range(ends[0], ends[-1] + 1))
    return sorted(found) if len(found) < len(_DAYS) else []


def _weekday(value: str) -> int:
    digit = re.sub(r"^(周|星期|礼拜)", "", value.strip()).replace("天", "日")
    number = _DAYS.find(digit) + 1 if len(digit) == 1 and digit in _DAYS else int(digit) if digit.isdecimal() else 0
    if not 1 <= number <= 7:
        raise CellError("星期请写 1-7 或 周一至周日", "write weekdays as 1 (Monday) to 7 (Sunday)")
    return number


def number(low: float, high: float, *, whole: bool = True) -> Read:
    """A number between two."""

    def read(value: str, _known: Known) -> float | int:
        try:
            found = int(value) if whole else float(value)
        except ValueError:
            found = low - 1
        if not low <= found <= high:
            raise CellError(f"请写 {low} 到 {high} 之间的数", f"write a number from {low} to {high}")
        return found

    return read


def mobile(value: str, _known: Known) -> str:
    """A telephone number: 11 digits of a mobile, or any with area code."""
    digits = re.sub(r"[\s()-]", "", value)
    if not re.fullmatch(r"\+?\d{3,15}", digits):
        raise CellError("电话只能是 3 至 15 位数字", "a telephone number has 3 to 15 digits")
    return digits


def mail(value: str, _known: Known) -> str:
    """A mail address."""
    if not re.fullmatch(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+", value):
        raise CellError("邮箱格式不对", "this is no mail address")
    return value


def plain(value: Any) -> str:
    """A value as text; empty for none."""
    return "" if value is None else str(value)


def joined(value: Any) -> str:
    """Several."""
    return ";".join(map(str, value or ()))


def worded(value: Any) -> str:
    """是 or 否."""
    return "" if value is None else "是" if value else "否"


def weekdays_worded(value: Sequence[int] | None) -> str:
    """As spreadsheets in China say them."""
    if not value or len(value) == len(_DAYS):
        return "每天"
    return ";".join(f"周{_DAYS[one - 1]}" for one in value)


def in_chinese(words: Mapping[str, str]) -> Write:
    """A code as its Chinese word; one without a word as it is. The reader takes both."""
    by_code = {code: word for word, code in words.items()}

    def write(value: Any) -> str:
        return by_code.get(value, plain(value))

    return write

"""Single values of a rule, from parsed TOML. Every error names the place, what is wrong and what to write instead."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from domain.rules.conditions import DAY_MIN
from domain.rules.rule import RuleError

Table = Mapping[str, Any]
E = TypeVar("E", bound=StrEnum)


def minute(value: object, where: str) -> int:
    """A time of day as minutes."""
    hours, _, minutes = value.partition(":") if isinstance(value, str) else ("", "", "")
    fits = hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2 and int(minutes) < 60
    if not fits or int(hours) * 60 + int(minutes) > DAY_MIN:
        raise RuleError(where, f"cannot be {value!r}", 'write a time of day, "00:00" to "24:00"', "应为一天中的时刻")
    return (int(hours) * 60 + int(minutes)) % DAY_MIN


def table(value: object, where: str, needed: tuple[str, ...], optional: tuple[str, ...]) -> Table:
    """A table with these fields."""
    if not isinstance(value, Mapping):
        raise RuleError(where, "is not a table", "write it with its fields", "应为一张表")
    known = needed + optional
    for name in value:
        if name not in known:
            raise RuleError(f"{where}.{name}", "is unknown", f"known here: {', '.join(known)}", "未知的字段")
    for name in needed:
        if name not in value:
            raise RuleError(f"{where}.{name}", "is missing", "add it", "缺少，请补上")
    return value


def text(value: object, where: str) -> str:
    """Text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise RuleError(where, f"cannot be {value!r}", "write text in quotes", "应为加引号的文字")
    return value


def texts(values: object, where: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Some of these names, each once."""
    if not isinstance(values, list) or not values or len(set(map(str, values))) != len(values):
        names = f"write some of {', '.join(known)} in [ ]"
        raise RuleError(where, "is not a list of different names", names, "应为不重复的名称列表")
    for value in values:
        if value not in known:
            raise RuleError(where, f"cannot hold {value!r}", f"known: {', '.join(known)}", "没有这个名称")
    return tuple(values)


def one_of(words: type[E], value: object, where: str) -> E:
    """One of these words."""
    if not isinstance(value, str) or value not in set(words):
        raise RuleError(where, f"cannot be {value!r}", f"write one of {', '.join(words)}", "没有这个名称")
    return words(value)


def is_number(value: object) -> bool:
    """True for a finite number that is no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def number(value: Any, where: str) -> float:
    """A number."""
    if not is_number(value):
        raise RuleError(where, f"cannot be {value!r}", "write a number", "应为数字")
    return float(value)


def whole(value: Any, where: str) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise RuleError(where, f"cannot be {value!r}", "write a whole number", "应为整数")
    return value


def ms(value: Any, where: str) -> int:
    """Seconds as milliseconds."""
    return round(number(value, where) * 1000)


def truth(value: Any, where: str) -> bool:
    """A truth value."""
    if not isinstance(value, bool):
        raise RuleError(where, f"cannot be {value!r}", "write true or false", "应为 true 或 false")
    return value

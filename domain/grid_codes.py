"""Codes of areas (网格编码): one scheme per district, by configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

FREE, SIX, DIVISION = "free", "six", "division"
SCHEMES = (FREE, SIX, DIVISION)
ORDINARY, EXCLUSIVE = "ordinary", "exclusive"  # 普通网格, 专属网格
KIND_DIGITS = {ORDINARY: "1", EXCLUSIVE: "2"}  # of the 6-digit scheme
GRID = "grid"
TOP_DIGITS = 6  # GB/T 2260: province, city, county
DIGITS_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeScheme:
    """How codes are made.

    six: a grid has 3 digits of its village, 1 of its kind, 2 serial; a village (the level above) has its 3 digits.
    division: the top has the digits of its administrative division; everything below has the code of its parent,
    the level's own code where there is one, and a serial number of so many digits.
    free: only unique.
    """

    name: str = FREE
    top_digits: int = TOP_DIGITS
    serial_digits: Mapping[str, int] = field(default_factory=dict)  # level -> digits
    level_codes: Mapping[str, str] = field(default_factory=dict)  # level -> digits between parent and serial

    def __post_init__(self) -> None:
        if self.name not in SCHEMES:
            raise ValueError(f"scheme.name {self.name!r}: one of {', '.join(SCHEMES)} · 未知编码规则")
        widths = [self.top_digits, *self.serial_digits.values()]
        if any(type(width) is not int or not 1 <= width <= DIGITS_MAX for width in widths):
            raise ValueError(f"scheme: a serial has 1 to {DIGITS_MAX} digits · 序号位数须为 1 至 {DIGITS_MAX}")
        if any(not re.fullmatch("[0-9]{0,4}", str(code)) for code in self.level_codes.values()):
            raise ValueError("scheme.level_codes: up to four digits each · 层级码为至多四位数字")

    def wanted(self, level: str, kind: str, parent_code: str | None, levels: tuple[str, ...]) -> tuple[str, str]:
        """(pattern of the code, the same in words) for an area; `levels` of its tree, lowest first."""
        if self.name == SIX:
            return self._six(level, kind, parent_code or "", levels)
        if self.name == DIVISION:
            return self._division(level, parent_code)
        return ".+", "not empty · 不能为空"

    def _six(self, level: str, kind: str, parent_code: str, levels: tuple[str, ...]) -> tuple[str, str]:
        place = levels.index(level) - levels.index(GRID) if GRID in levels else None
        if place == 0:
            begin = parent_code + KIND_DIGITS[kind]
            words = f"{begin} (village, kind) and two serial digits from 01 · {begin} 加两位序号（从 01 起）"
            return re.escape(begin) + "(?!00)[0-9]{2}", words
        if place == 1:
            return "[0-9]{3}", "three digits · 三位数字"
        return ".+", "not empty · 不能为空"

    def _division(self, level: str, parent_code: str | None) -> tuple[str, str]:
        if parent_code is None:
            return (
                f"[0-9]{{{self.top_digits}}}",
                f"{self.top_digits} digits of the division · {self.top_digits} 位区划码",
            )
        digits, own = self.serial_digits.get(level, 3), self.level_codes.get(level, "")
        begin = f"{parent_code}{own}"
        words = f"{begin} and {digits} serial digits · {begin} 加 {digits} 位序号"
        return re.escape(begin) + f"[0-9]{{{digits}}}", words

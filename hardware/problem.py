"""What is wrong with a design, in words for the person who must change it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One reason to refuse a design. `rule` is what tests and tools go by."""

    rule: str
    where: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"[{self.rule}] {self.where}: {self.zh} / {self.en}"

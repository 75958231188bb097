"""What a reporter says when called back (回访)."""

from __future__ import annotations

from enum import StrEnum


class Grade(StrEnum):
    """How satisfied."""

    SATISFIED = "satisfied"
    FAIR = "fair"  # 基本满意
    UNSATISFIED = "unsatisfied"

    @property
    def ends_it(self) -> bool:
        """False where the incident opens again."""
        return self is not Grade.UNSATISFIED

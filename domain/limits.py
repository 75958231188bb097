"""The times that a rule gives: one per stage that has any, and one for the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from domain.spans import Span


class Due(StrEnum):
    """What is due: a deadline of a stage, or of the whole."""

    ACCEPT = "accept"
    DISPATCH = "dispatch"
    FEED_BACK = "feed_back"
    VERIFY = "verify"
    CLOSE = "close"
    OVERALL = "overall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From the report: accept, overall; from the acceptance: dispatch, feed_back; from the stage before: the rest."""

    accept: Span
    dispatch: Span | None = None
    feed_back: Span
    verify: Span | None = None
    close: Span | None = None
    overall: Span

    def of(self, due: Due) -> Span | None:
        """The time for one thing; None where only the overall one counts."""
        span: Span | None = getattr(self, due)
        return span

    @classmethod
    def take(cls, values: dict[str, Any]) -> Limits:
        """Take the times out of a row. Raises KeyError, ValueError."""
        wanted = {"accept", "feed_back", "overall"}
        return cls(**{due: _span(due, values.pop(due)) for due in Due if due in values or due in wanted})

    def other(self, row: Mapping[str, Any]) -> Limits:
        """These with some of them changed. Raises ValueError."""
        unknown = row.keys() - {field.name for field in fields(self)}
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))}: no such time; times: {', '.join(Due)}")
        return replace(self, **{name: _span(name, value) for name, value in row.items()})


def _span(name: str, value: object) -> Span:
    try:
        return Span.parse(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None

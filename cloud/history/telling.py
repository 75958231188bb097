"""Curves as rows for programs and pages: numbers as they are, null where there are none, a gap as a row of nulls."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

import numpy as np

from cloud.history.asking import Drawn, iso
from cloud.history.port import Numbers

COLUMNS = ("at_ms", "min", "max", "mean", "last", "count", "faults", "uncertain", "backfilled")


def rows(drawn: Drawn) -> list[list[Any]]:
    """COLUMNS per point; between two points that are too far apart a row with a time alone."""
    curve = drawn.curve
    columns = (
        curve.at_ms.tolist(), _plain(curve.low), _plain(curve.high), _plain(curve.mean), _plain(curve.last),
        curve.count.tolist(), curve.faults.tolist(), curve.uncertain.tolist(), curve.backfilled.tolist(),
    )  # fmt: skip
    told = [list(row) for row in zip(*columns, strict=True)]
    holes = np.flatnonzero(np.diff(curve.at_ms) > drawn.gap_ms)
    for place in reversed(holes.tolist()):
        told.insert(place + 1, [told[place][0] + max(1, drawn.step_ms), *[None] * (len(COLUMNS) - 1)])
    return told


def dated(told: list[list[Any]], zone: tzinfo) -> list[list[Any]]:
    """The same with the time in words behind the milliseconds."""
    return [[row[0], iso(row[0], zone), *row[1:]] for row in told]


def _plain(numbers: Numbers) -> list[float | None]:
    return [None if number != number else number for number in numbers.tolist()]  # noqa: PLR0124 - NaN only

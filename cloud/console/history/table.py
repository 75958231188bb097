"""Exact values of a plot as a table, for those who do not see it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cloud.console.words import Words
from cloud.history.asking import Answer, Drawn
from cloud.history.desk import unit
from cloud.history.devices import Device

ROWS = 240


def table_of(words: Words, answer: Answer, places: Mapping[str, Device]) -> dict[str, Any]:
    """Curves side by side, a line per time; thinned where there are more than can be read."""
    times = sorted({int(at) for drawn in answer.curves for at in drawn.curve.at_ms})
    times = times[:: len(times) // ROWS + 1]
    columns = [_cells(words, drawn) for drawn in answer.curves]
    gap = words.t("inc.plot.gap")
    return {
        "curves": [
            {
                "name": words.code("channel", drawn.curve.channel),
                "unit": words.code("unit", unit(drawn.curve.channel)),
                "place": places[drawn.curve.device].place or drawn.curve.device,
            }
            for drawn in answer.curves
        ],
        "lines": [(words.field(at).replace("T", " "), [column.get(at, gap) for column in columns]) for at in times],
    }


def _cells(words: Words, drawn: Drawn) -> dict[int, str]:
    curve = drawn.curve
    cells = {}
    numbers = zip(curve.at_ms, curve.low, curve.high, curve.mean, curve.uncertain, curve.backfilled, strict=True)
    for at, low, high, mean, uncertain, late in numbers:
        if math.isnan(mean):
            cells[int(at)] = words.t("plot.fault")
            continue
        band = f" ({low:.4g} – {high:.4g})" if low != high else ""
        marks = [words.t(f"plot.{name}") for name, count in (("uncertain", uncertain), ("late", late)) if count]
        cells[int(at)] = " ".join([f"{mean:.4g}{band}", *marks])
    return cells

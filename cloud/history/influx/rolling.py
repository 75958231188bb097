"""Readings into buckets and buckets into wider ones, with numpy: the same sums for every level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cloud.history.influx.layout import begins_ms
from cloud.history.port import Counts, Level, Numbers, Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Buckets of several channels by channel and time; single readings too: buckets of one."""

    names: list[tuple[str, str]]  # (device, channel)
    series: Counts  # which of the names
    at_ms: Times
    low: Numbers
    high: Numbers
    mean: Numbers
    last: Numbers
    count: Counts
    faults: Counts
    uncertain: Counts
    backfilled: Counts

    def where(self, wanted: NDArray[np.bool_]) -> Buckets:
        """Some of them."""
        columns = {name: getattr(self, name)[wanted] for name in self.__slots__ if name != "names"}
        return Buckets(names=self.names, **columns)


def roll(rows: Buckets, level: Level) -> Buckets:
    """The buckets of `level` from rows in order of series and time."""
    begins = begins_ms(level, rows.at_ms)
    changes = (np.diff(rows.series) != 0) | (np.diff(begins) != 0)
    starts = np.flatnonzero(np.concatenate([[True], changes]))[: len(begins)]
    if not len(begins):
        return rows
    count = np.add.reduceat(rows.count, starts)
    mean = _means(rows, starts, count)
    position = np.maximum.reduceat(np.where(rows.count > 0, np.arange(len(begins)), -1), starts)
    return Buckets(
        names=rows.names,
        series=rows.series[starts],
        at_ms=begins[starts],
        low=np.fmin.reduceat(rows.low, starts),
        high=np.fmax.reduceat(rows.high, starts),
        mean=mean,
        last=np.where(position < 0, np.nan, rows.last[position]),
        count=count,
        faults=np.add.reduceat(rows.faults, starts),
        uncertain=np.add.reduceat(rows.uncertain, starts),
        backfilled=np.add.reduceat(rows.backfilled, starts),
    )


def _means(rows: Buckets, starts: NDArray[np.intp], count: Counts) -> Numbers:
    """NaN where there is no value, and where the sum is beyond all numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.add.reduceat(np.where(rows.count > 0, rows.mean * rows.count, 0.0), starts)
        mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return np.where(np.isfinite(mean), mean, np.nan)

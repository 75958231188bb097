"""Keeps the roll-ups: marked buckets are counted anew from the level below and written over what was there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
import structlog

from cloud.history.influx import reading
from cloud.history.influx.flux import Pick
from cloud.history.influx.forgetting import gone_ms
from cloud.history.influx.forward import store
from cloud.history.influx.frames import Names
from cloud.history.influx.layout import MEASUREMENTS
from cloud.history.influx.lines import bucket_lines
from cloud.history.influx.marks import Mark, above, groups, span_of
from cloud.history.influx.queue import Queue
from cloud.history.influx.rolling import Buckets, roll
from cloud.history.influx.server import Server
from cloud.history.port import Level

log = structlog.get_logger()
LEVELS = tuple(Level)  # the finest first
MARKS = 1000  # looked at together
LINES = 10_000


def fold(server: Server, queue: Queue, level: Level) -> int:
    """All that is marked; how many buckets were written. Raises Away and NotReadable; what is left stays marked."""
    total = 0
    gone = gone_ms(queue)
    while marks := queue.marked(level, MARKS):
        for below, days in groupby(marks, lambda mark: below_of(level, mark.part_ms, gone)):
            for group in groups(list(days)):
                total += 0 if below is None else _count_anew(server, queue, level, below, group)
                queue.folded(group, [mark for one in group for mark in above(one)])
    return total


def below_of(level: Level, day_ms: int, gone: Mapping[Level, int]) -> Level | None:
    """The level that a day's buckets are counted from: the nearest that has it. None where they are not kept."""
    finer = LEVELS[: LEVELS.index(level)]
    kept = [below for below in reversed(finer) if day_ms >= gone[below]]
    return kept[0] if kept and day_ms >= gone[level] else None


def _count_anew(server: Server, queue: Queue, level: Level, below: Level, group: Sequence[Mark]) -> int:
    from_ms, to_ms = span_of(group, level)
    devices = sorted({mark.device for mark in group})
    channels = sorted({mark.channel for mark in group})
    pick = Pick(measurement=MEASUREMENTS[below], from_ms=from_ms, to_ms=to_ms, devices=devices, channels=channels)
    names = Names()
    names.code((devices[0], channels[0]))  # the one that is not told where there is only one
    counted = _marked(roll(reading.rows(server, below, pick, names), level), group)
    lines = bucket_lines(level, counted)
    for start in range(0, len(lines), LINES):
        stored = store(server, lines[start : start + LINES])
        if stored.refusals:
            queue.written((), (), stored.refusals)
    return len(lines)


def _marked(buckets: Buckets, group: Sequence[Mark]) -> Buckets:
    """Without those that were only told beside them."""
    spans = dict.fromkeys(buckets.names, (0, -1))
    for mark in group:
        name = (mark.device, mark.channel)
        first, last = spans.get(name, (0, -1))
        span = (mark.from_ms, mark.to_ms)
        spans[name] = span if last < first else (min(first, mark.from_ms), max(last, mark.to_ms))
    if not len(buckets.at_ms):
        return buckets
    ends = np.array([spans[name] for name in buckets.names], np.int64)
    first, last = ends[buckets.series, 0], ends[buckets.series, 1]
    return buckets.where((first <= buckets.at_ms) & (buckets.at_ms <= last))

"""Made-up readings, and what any store must make of them, computed in plain Python."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cloud.history.port import Curve, Level, Series, begin_ms

NOON_MS = 1_795_320_000_000  # 2026-11-22 12:00 at +08:00
END_MS = 1 << 52


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value of one channel; None is a fault."""

    device: str = "fire-a"
    channel: str = "smoke"
    boot: int = 1
    seq: int
    at_ms: int
    value: float | None
    quality: str = "good"
    backfill: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        """What it is known by."""
        return self.device, self.channel, self.at_ms, self.boot, self.seq

    def row(self) -> dict[str, Any]:
        """As gateways send it."""
        told = {"values": {self.channel: self.value}} if self.value is not None else {"faults": {self.channel: "lost"}}
        fixed = {name: getattr(self, name) for name in ("device", "boot", "seq", "at_ms", "quality", "backfill")}
        return {**fixed, "received_ms": self.at_ms + 40, **told}


def every_second(count: int, at_ms: int = NOON_MS, **same: Any) -> list[Reading]:
    """A channel at 1 Hz."""
    return [Reading(seq=n, at_ms=at_ms + n * 1000, value=float(n % 97), **same) for n in range(count)]


def batch(number: int) -> list[Reading]:
    """Twenty minutes of a channel; some of them make a day."""
    same = {"backfill": number % 3 == 0, "quality": "uncertain" if number % 5 == 0 else "good"}
    first = number * 40
    return [
        Reading(seq=seq, at_ms=NOON_MS + seq * 30_000, value=None if seq % 7 == 0 else seq / 8, **same)
        for seq in range(first, first + 40)
    ]


def append(series: Series, readings: Iterable[Reading]) -> int:
    """To the store, as rows."""
    return series.append([reading.row() for reading in readings])


def buckets(readings: Iterable[Reading], level: Level) -> list[dict[str, Any]]:
    """The roll-ups of one channel, counted anew from all that was ever taken."""
    found: dict[int, list[Reading]] = {}
    for one in sorted({reading.key: reading for reading in readings}.values(), key=lambda reading: reading.key):
        found.setdefault(begin_ms(level, one.at_ms), []).append(one)
    return [_bucket(at_ms, found[at_ms]) for at_ms in sorted(found)]


def _bucket(at_ms: int, readings: list[Reading]) -> dict[str, Any]:
    values = [reading.value for reading in readings if reading.value is not None]
    return {
        "at_ms": at_ms,
        "low": min(values, default=math.nan),
        "high": max(values, default=math.nan),
        "mean": math.fsum(values) / len(values) if values else math.nan,
        "last": values[-1] if values else math.nan,
        "count": len(values),
        "faults": len(readings) - len(values),
        "uncertain": sum(reading.quality == "uncertain" for reading in readings if reading.value is not None),
        "backfilled": sum(reading.backfill for reading in readings),
    }


def assert_same(curve: Curve, wanted: list[dict[str, Any]]) -> None:
    """A curve shows exactly these buckets; sums are added in another order, so the mean may differ in its last bits."""
    assert curve.at_ms.tolist() == [bucket["at_ms"] for bucket in wanted]
    for name in ("low", "high", "last", "count", "faults", "uncertain", "backfilled"):
        np.testing.assert_array_equal(getattr(curve, name), [bucket[name] for bucket in wanted], name)
    np.testing.assert_allclose(curve.mean, [bucket["mean"] for bucket in wanted], rtol=1e-9, atol=1e-9)


def rolled(series: Series, level: Level, device: str = "fire-a", channel: str = "smoke") -> Curve:
    """All buckets of a channel."""
    (curve,) = series.read(device, [channel], 0, END_MS, level, 1_000_000)
    return curve

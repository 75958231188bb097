"""The filters of all channels in arrays, a batch at a time; domain/filters defines them, value by value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.filters.channel import DRIFT, OUT_OF_RANGE, STUCK
from domain.filters.spec import HAMPEL, MAX_WINDOW, FilterSpec
from domain.filters.stages import DRIFT_CLEAR, DRIFT_REACH, SIGMA_OF_MAD

FAULTS = ("", OUT_OF_RANGE, STUCK, DRIFT)  # by code
_NEVER_MS = 1 << 60  # longer than any time between two samples
_NO_TIME = -1

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[Any]  # records of the two types below


def _record(**names: str) -> list[tuple[str, str]]:
    return [(name, kind) for kind, listed in names.items() for name in listed.split()]


_PARAMETERS = np.dtype(
    _record(
        f8="low high floor sigmas band stuck_band limit rest",
        i8="width smooth_ms silence_ms stuck_ms drift_ms gap_ms",
        bool="spike hampel drifts",
    )
)
_STATE = np.dtype(
    [
        *_record(f8="anchor mean smooth told", i8="at_ms since_ms told_ms next", bool="drifted"),
        ("window", "f8", (MAX_WINDOW,)),
    ]
)
_BLANK = {"at_ms": _NO_TIME, "anchor": np.nan, "smooth": np.nan, "told": np.nan, "window": np.nan}  # the others: 0


class Steps(NamedTuple):
    """What became of a batch, value by value. NaN: no value. `faults`: codes, see FAULTS."""

    values: Floats
    faults: NDArray[np.uint8]
    rejected: Bools
    told: Bools


def _parameters(spec: FilterSpec) -> dict[str, Any]:
    def ms(value: int | None) -> int:
        return _NEVER_MS if value is None else value

    return {
        "low": -np.inf if spec.low is None else spec.low,
        "high": np.inf if spec.high is None else spec.high,
        "spike": spec.spike is not None,
        "hampel": spec.spike == HAMPEL,
        "width": spec.spike_window,
        "floor": spec.spike_floor or 0.0,
        "sigmas": spec.spike_sigmas * SIGMA_OF_MAD,
        "smooth_ms": spec.smooth_ms or 0,
        "band": -1.0 if spec.deadband is None else spec.deadband,
        "silence_ms": ms(spec.max_silence_ms),
        "stuck_ms": ms(spec.stuck_ms),
        "stuck_band": spec.stuck_band,
        "drifts": spec.drift_limit is not None,
        "limit": spec.drift_limit or 1.0,
        "drift_ms": spec.drift_ms,
        "rest": spec.rest,
        "gap_ms": spec.gap_ms,
    }


def _rows(dtype: np.dtype[np.void], records: Sequence[dict[str, Any]]) -> Rows:
    rows: Rows = np.zeros(len(records), dtype)
    for name in dtype.names or ():
        for number, record in enumerate(records):
            rows[name][number] = record.get(name, 0)
    return rows


class FilterBank:
    """A slot per channel, in the order of the specs."""

    def __init__(self, specs: Sequence[FilterSpec]) -> None:
        kinds = {id(spec): spec for spec in specs}  # thousands of channels share a few
        number = {key: n for n, key in enumerate(kinds)}
        table = _rows(_PARAMETERS, [_parameters(spec) for spec in kinds.values()])
        self._specs = table[np.array([number[id(spec)] for spec in specs], np.intp)]
        self._rows = np.repeat(_rows(_STATE, [_BLANK]), len(specs))
        self._before: list[tuple[NDArray[np.intp], Rows]] = []

    def step(self, slots: NDArray[np.intp], values: Floats, at_ms: NDArray[np.int64]) -> Steps:
        """The next value of each slot; every slot at most once. NaN: the endpoint had no value."""
        p, rows = self._specs[slots], self._rows[slots]
        self._before.append((slots, rows.copy()))
        good = (values >= p["low"]) & (values <= p["high"])  # false for NaN
        rows["told"][~good] = np.nan
        faults = np.where(good | np.isnan(values), 0, FAULTS.index(OUT_OF_RANGE)).astype(np.uint8)
        steps = Steps(np.full(len(slots), np.nan), faults, np.zeros(len(slots), bool), np.ones(len(slots), bool))
        at = np.flatnonzero(good)
        if len(at):
            part = rows[at]
            results: tuple[NDArray[Any], ...] = steps
            for result, found in zip(results, _judge(p[at], part, values[at], at_ms[at]), strict=True):
                result[at] = found
            rows[at] = part
        self._rows[slots] = rows
        return steps

    def keep(self) -> None:
        """All steps so far stand."""
        self._before.clear()

    def undo(self) -> None:
        """Take the steps since the last `keep` back: their transaction was undone."""
        for slots, rows in reversed(self._before):
            self._rows[slots] = rows
        self._before.clear()

    def take_over(self, other: FilterBank, slots: Sequence[int], theirs: Sequence[int]) -> None:
        """What another bank knows of channels goes on in these slots."""
        mine, old = np.array(slots, np.intp), np.array(theirs, np.intp)
        self._rows[mine] = other._rows[old]
        for at in np.flatnonzero(self._specs["width"][mine] != other._specs["width"][old]).tolist():
            self.restore(slots[at], other.to_state(theirs[at]))

    def to_state(self, slot: int) -> dict[str, Any]:
        """As ChannelFilter.to_state."""
        row, width = self._rows[slot], int(self._specs[slot]["width"])
        ring = np.roll(row["window"][:width], -int(row["next"]))
        return {
            "at_ms": None if row["at_ms"] == _NO_TIME else int(row["at_ms"]),
            "anchor": _number(row["anchor"]),
            "since_ms": int(row["since_ms"]),
            "mean": float(row["mean"]),
            "drifted": bool(row["drifted"]),
            "window": [float(value) for value in ring if not np.isnan(value)],
            "smooth": _number(row["smooth"]),
            "told": _number(row["told"]),
            "told_ms": int(row["told_ms"]),
        }

    def restore(self, slot: int, state: dict[str, Any]) -> None:
        """As ChannelFilter.restore."""
        width = int(self._specs[slot]["width"])
        window = np.full(MAX_WINDOW, np.nan)
        kept = state["window"][-width:]
        window[: len(kept)] = kept
        record = state | {"window": window, "next": len(kept) % width}
        self._rows[slot : slot + 1] = _rows(_STATE, [_BLANK | {k: v for k, v in record.items() if v is not None}])


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)


def _judge(p: Rows, rows: Rows, values: Floats, at_ms: NDArray[np.int64]) -> Steps:
    """Values within their range, one per row; `rows` moves on in place."""
    first = rows["at_ms"] == _NO_TIME
    passed_ms = np.where(first, 0, at_ms - rows["at_ms"])
    fresh = first | (passed_ms < 0) | (passed_ms > p["gap_ms"])
    rows["at_ms"] = at_ms
    stuck = _stuck(p, rows, values, at_ms, fresh)
    drifted = _drift(p, rows, values, np.maximum(passed_ms, 0))
    clean, rejected = _spikes(p, rows, values, fresh)
    smooth = _smooth(p, rows, clean, passed_ms, fresh)
    faults = np.where(stuck, FAULTS.index(STUCK), np.where(drifted, FAULTS.index(DRIFT), 0)).astype(np.uint8)
    told = _deadband(p, rows, smooth, at_ms, faults != 0)
    return Steps(np.where(faults != 0, np.nan, smooth), faults, rejected, told)


def _stuck(p: Rows, rows: Rows, values: Floats, at_ms: NDArray[np.int64], fresh: Bools) -> Bools:
    judged = p["stuck_ms"] != _NEVER_MS
    moved = judged & (fresh | ~(np.abs(values - rows["anchor"]) <= p["stuck_band"]))  # true for NaN
    rows["anchor"] = np.where(moved, values, rows["anchor"])
    rows["since_ms"] = np.where(moved, at_ms, rows["since_ms"])
    stuck: Bools = judged & (at_ms - rows["since_ms"] >= p["stuck_ms"])
    return stuck


def _drift(p: Rows, rows: Rows, values: Floats, elapsed_ms: NDArray[np.int64]) -> Bools:
    reach = DRIFT_REACH * p["limit"]
    away = np.clip(values - p["rest"], -reach, reach)
    counted_ms = np.minimum(elapsed_ms, p["gap_ms"])
    mean = rows["mean"] + (away - rows["mean"]) * (counted_ms / (p["drift_ms"] + counted_ms))
    rows["mean"] = np.where(p["drifts"], mean, rows["mean"])
    distance = np.abs(rows["mean"])
    drifted: Bools = (distance > p["limit"]) | (rows["drifted"] & ~(distance < DRIFT_CLEAR * p["limit"]))
    rows["drifted"] = np.where(p["drifts"], drifted, rows["drifted"])
    judged: Bools = p["drifts"]
    return drifted & judged


def _spikes(p: Rows, rows: Rows, values: Floats, fresh: Bools) -> tuple[Floats, Bools]:
    clean, rejected = values.copy(), np.zeros(len(values), bool)
    at = np.flatnonzero(p["spike"])
    if not len(at):
        return clean, rejected
    p, value, turn = p[at], values[at], rows["next"][at]
    window = rows["window"][at, : p["width"].max()]
    window[fresh[at]] = np.nan
    window[np.arange(len(at)), turn] = value
    rows["window"][at, : window.shape[1]], rows["next"][at] = window, (turn + 1) % p["width"]
    middle = _median(window)
    spread = _median(np.abs(window - middle[:, np.newaxis]))
    outvoted = np.abs(value - middle) > np.maximum(p["floor"], p["sigmas"] * spread)
    rejected[at] = p["hampel"] & outvoted
    clean[at] = np.where(p["hampel"] & ~outvoted, value, middle)
    return clean, rejected


def _median(windows: Floats) -> Floats:
    """Of each row; NaN is an empty place, at least one is not."""
    ordered = np.sort(windows, axis=1)  # NaN last
    count = np.count_nonzero(~np.isnan(windows), axis=1)
    row = np.arange(len(windows))
    middle: Floats = (ordered[row, (count - 1) // 2] + ordered[row, count // 2]) / 2
    return middle


def _smooth(p: Rows, rows: Rows, values: Floats, passed_ms: NDArray[np.int64], fresh: Bools) -> Floats:
    smooths = p["smooth_ms"] > 0
    elapsed_ms = np.maximum(passed_ms, 1)  # where it is 0 the value stays
    moved = rows["smooth"] + (values - rows["smooth"]) * (elapsed_ms / (p["smooth_ms"] + elapsed_ms))
    begins = fresh | np.isnan(rows["smooth"])
    smooth = np.where(begins, values, np.where(passed_ms > 0, moved, rows["smooth"]))
    rows["smooth"] = np.where(smooths, smooth, rows["smooth"])
    return np.where(smooths, smooth, values)


def _deadband(p: Rows, rows: Rows, values: Floats, at_ms: NDArray[np.int64], faulty: Bools) -> Bools:
    quiet_ms = at_ms - rows["told_ms"]
    same = np.abs(values - rows["told"]) <= p["band"]  # false for NaN
    told: Bools = faulty | ~(same & (quiet_ms >= 0) & (quiet_ms < p["silence_ms"]))
    compares = told & ~faulty & (p["band"] >= 0)
    rows["told"] = np.where(faulty, np.nan, np.where(compares, values, rows["told"]))
    rows["told_ms"] = np.where(compares, at_ms, rows["told_ms"])
    return told

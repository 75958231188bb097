"""Flux as text. Names come from outside: whatever is not a plain letter or digit goes in as a number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cloud.history.influx.layout import LATEST_MS, NS_IN_MS

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_USUAL = re.compile(r"[A-Za-z0-9_-]+")  # nothing in it means anything in a pattern
FEW = 8
EARLIEST_MS = -86_400_000  # the local day of the first reading of 1970 begins before it


def literal(text: str) -> str:
    """A Flux string. No quote, backslash, dollar or line end is ever in it, so nothing can end it or speak in it."""
    return '"' + "".join(chr(byte) if byte in _PLAIN else f"\\x{byte:02x}" for byte in text.encode()) + '"'


def moment(at_ms: int, less_ns: int = 0) -> str:
    """A Flux time, cut to what InfluxDB can count."""
    at_ns = min(max(at_ms, EARLIEST_MS), LATEST_MS + 1) * NS_IN_MS - less_ns
    return f"{np.datetime64(at_ns, 'ns')}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """Points of one measurement with `from_ms <= time < to_ms`; no devices or channels: all."""

    measurement: str
    from_ms: int
    to_ms: int
    devices: Sequence[str] = ()
    channels: Sequence[str] = ()


def rows(bucket: str, pick: Pick, fields: Sequence[str], columns: Sequence[str], limit: int | None = None) -> str:
    """What a pick holds of these fields; at most `limit` of each field of each channel."""
    kept = ", ".join(literal(column) for column in columns)
    ends = [] if limit is None else [f"limit(n: {limit:d})"]
    if "device" in columns:
        ends.append("group()")  # a table of its own for every channel costs more than its rows
    return _piped(_from(bucket, pick, fields), *ends, f"keep(columns: [{kept}])")


def count(bucket: str, pick: Pick, field: str) -> str:
    """How many points have this field, one row per channel."""
    return _piped(_from(bucket, pick, [field]), "count()", 'keep(columns: ["_value"])')


def _from(bucket: str, pick: Pick, fields: Sequence[str]) -> str:
    tests = [("_measurement", [pick.measurement]), ("device", pick.devices), ("channel", pick.channels)]
    said = [_any(column, names) for column, names in [*tests, ("_field", fields)] if names]
    # 1.8 tells a point at the stop, 2 does not: there is none in the nanosecond before
    return _piped(
        f"from(bucket: {literal(bucket)})",
        f"range(start: {moment(pick.from_ms)}, stop: {moment(pick.to_ms, less_ns=1)})",
        f"filter(fn: (r) => {' and '.join(said)})",
    )


def _any(column: str, names: Sequence[str]) -> str:
    """A long chain of comparisons takes a time that grows with its square: plain names go in as one pattern."""
    plain = [name for name in names if _USUAL.fullmatch(name)]
    if len(plain) <= FEW:
        plain = []
    known = frozenset(plain)
    said = [f"r.{column} =~ /^(?:{'|'.join(plain)})$/"] if plain else []
    said += [f"r.{column} == {literal(name)}" for name in names if name not in known]
    return "(" + " or ".join(said) + ")"


def _piped(*steps: str) -> str:
    return " |> ".join(steps)

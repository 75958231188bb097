"""Local time, as people read it; nothing below words it."""

from __future__ import annotations

from datetime import UTC, datetime

UTC_OFFSET_MIN = 480  # +08:00, one zone for the whole country
LAST_MS = 253_402_214_400_000  # 9999-12-31 UTC: the last day that has a date in every zone


def clock(ms: int) -> str:
    """Time of day."""
    return _local(ms).strftime("%H:%M:%S")


def moment(ms: int, now_ms: int) -> str:
    """With the date where it is not today."""
    if ms >= LAST_MS:  # a board with a broken clock
        return "—"
    local = _local(ms)
    return local.strftime("%H:%M:%S" if local.date() == _local(now_ms).date() else "%m-%d %H:%M:%S")


def date(ms: int) -> str:
    """The date."""
    return _local(min(ms, LAST_MS)).date().isoformat()


def local_day(ms: int) -> str:
    """The date there; times of another one are written with it."""
    return _local(ms).strftime("%m-%d")


def _local(ms: int) -> datetime:
    return datetime.fromtimestamp(min(ms, LAST_MS) // 1000 + UTC_OFFSET_MIN * 60, UTC)

"""Local time, as people read and write it; nothing below words it. Where that is, the plan says (Plan.offset_min)."""

from __future__ import annotations

from datetime import UTC, datetime

CHINA_MIN = 480  # +08:00, one zone for the whole country: where nothing else is configured
LAST_MS = 253_402_214_400_000  # 9999-12-31 UTC: the last day that has a date in every zone
FIELD = "%Y-%m-%dT%H:%M:%S"


def clock(ms: int, offset_min: int) -> str:
    """Time of day."""
    return _local(ms, offset_min).strftime("%H:%M:%S")


def moment(ms: int, now_ms: int, offset_min: int) -> str:
    """With the date where it is not today."""
    if ms >= LAST_MS:  # a board with a broken clock
        return "—"
    local = _local(ms, offset_min)
    today = _local(now_ms, offset_min).date()
    return local.strftime("%H:%M:%S" if local.date() == today else "%m-%d %H:%M:%S")


def date(ms: int, offset_min: int) -> str:
    """The date."""
    return _local(ms, offset_min).date().isoformat()


def local_day(ms: int, offset_min: int) -> str:
    """The date there; times of another one are written with it."""
    return _local(ms, offset_min).strftime("%m-%d")


def field(ms: int, offset_min: int) -> str:
    """As a field for a time holds it."""
    return _local(ms, offset_min).strftime(FIELD)


def read(text: str, offset_min: int) -> int:
    """The moment that a field for a time, or for a day, says. Raises ValueError."""
    local = datetime.fromisoformat(text)
    if local.tzinfo is not None:
        raise ValueError("a local time has no zone")
    return round(local.replace(tzinfo=UTC).timestamp() * 1000) - offset_min * 60_000


def _local(ms: int, offset_min: int) -> datetime:
    return datetime.fromtimestamp(min(ms, LAST_MS) // 1000 + offset_min * 60, UTC)

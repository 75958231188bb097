"""What may be asked of the history, checked on the way in, and what is answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cloud.history.levels import Stretch
from cloud.history.port import DAY_MS, Curve, Level
from cloud.words.times import LAST_MS

DEVICES_MAX = 8  # lines that can be told apart
CHANNELS_MAX = 12
CURVES_MAX = 24
WIDTH_MIN, WIDTH_MAX = 50, 8000  # pixels; a wall of screens has 7680
POINTS_MAX = 20_000  # of one curve in one answer
POINTS_ALL = 200_000  # of all curves of an answer: some 27 MB of JSON
LARGE = 50_000  # points that are read: such questions take turns
SMALL = 5_000  # so many are read without a turn; those between have turns of their own
LONGEST_MS = 50 * 366 * DAY_MS
ZONE = "+08:00"  # one zone for the whole country
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")


class BadAsk(ValueError):
    """A question that cannot be answered; `field` is what to change."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Curves of channels of devices over `from_ms <= at_ms < to_ms`. Without channels: all that there are.

    Without a level the span and the width in pixels choose it; with one, at most `limit` points come as they are kept.
    """

    devices: tuple[str, ...]
    channels: tuple[str, ...]
    from_ms: int
    to_ms: int
    width: int = 800
    level: Level | None = None
    limit: int = POINTS_MAX

    def __post_init__(self) -> None:
        check_names("device", self.devices, DEVICES_MAX, least=1)
        check_names("channel", self.channels, CHANNELS_MAX)
        check_span(self.from_ms, self.to_ms)
        if len(self.devices) * len(self.channels) > CURVES_MAX:
            raise BadAsk("channel", f"at most {CURVES_MAX} curves at once; ask for fewer devices or channels")
        if not WIDTH_MIN <= self.width <= WIDTH_MAX:
            raise BadAsk("width", f"must be {WIDTH_MIN} to {WIDTH_MAX} pixels")
        if not 1 <= self.limit <= POINTS_MAX:
            raise BadAsk("limit", f"must be 1 to {POINTS_MAX} points")


def check_names(field: str, names: tuple[str, ...], most: int, least: int = 0) -> None:
    """Raises BadAsk."""
    if not least <= len(names) <= most:
        raise BadAsk(field, f"name {least} to {most} of them, there are {len(names)}")
    if len(set(names)) != len(names):
        raise BadAsk(field, "each one once")
    if any(not 0 < len(name) <= 64 or "\0" in name for name in names):
        raise BadAsk(field, "a name has 1 to 64 letters")


def check_span(from_ms: int, to_ms: int) -> None:
    """Raises BadAsk."""
    if not 0 <= from_ms < to_ms:
        raise BadAsk("to_ms", "must be after from_ms; both are UTC epoch milliseconds")
    if to_ms - from_ms > LONGEST_MS:
        raise BadAsk("from_ms", "at most 50 years at once")
    if to_ms >= LAST_MS:
        raise BadAsk("to_ms", "is beyond every calendar")


def zone_of(text: str) -> tzinfo:
    """A zone by its name (Asia/Shanghai) or offset (+08:00, UTC). Raises BadAsk."""
    if found := _OFFSET.fullmatch(text.replace(" ", "+")):  # a plus that nobody has escaped
        sign, hours, minutes = found.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        if offset < timedelta(hours=24):
            return timezone(-offset if sign == "-" else offset)
    try:
        return UTC if text in ("UTC", "Z") else ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadAsk("zone", f"{text[:64]!r} is no time zone; write +08:00 or Asia/Shanghai") from None


def iso(at_ms: int, zone: tzinfo) -> str:
    """ISO 8601 with milliseconds and the offset; empty for a time without a date: a board with a broken clock."""
    if not 0 <= at_ms < LAST_MS:
        return ""
    moment = datetime.fromtimestamp(at_ms // 1000, UTC).replace(microsecond=at_ms % 1000 * 1000)
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A curve with what is needed to draw it."""

    curve: Curve
    step_ms: int  # width of what one point stands for; 0 for a single reading
    gap_ms: int  # a hole longer than this is a gap
    period_ms: int  # how often the channel usually says something here
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was read."""

    from_ms: int
    to_ms: int
    level: Level
    step_ms: int
    curves: tuple[Drawn, ...]

    @property
    def more(self) -> bool:
        """True where a curve has more points than were told."""
        return any(drawn.curve.more for drawn in self.curves)

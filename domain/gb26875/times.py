"""Time tags: second, minute, hour, day, month, year of the century; no zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

CHINA_MINUTES = 480  # +08:00; tags carry no zone, and the standard is a national one
TRUSTED_MS = 5_000  # GB 50440-2007: clocks of the alarm network agree within 5 s; not verified, so a default
SET_MS = 24 * 3_600_000  # a clock that is wrong by more than a day was never set
OLDEST_MS = 7 * SET_MS  # what a device may have kept while it could not send; default


def _zone(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes))


def read(tag: bytes, zone_minutes: int = CHINA_MINUTES) -> int | None:
    """UTC milliseconds of a tag, None where it is no time at all."""
    second, minute, hour, day, month, year = tag
    if year > 99:
        return None
    try:
        at = datetime(2000 + year, month, day, hour, minute, second, tzinfo=_zone(zone_minutes))
    except ValueError:
        return None
    return int(at.timestamp()) * 1000


def write(at_ms: int, zone_minutes: int = CHINA_MINUTES) -> bytes:
    """The tag of a moment of this century."""
    at = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(_zone(zone_minutes))
    return bytes((at.second, at.minute, at.hour, at.day, at.month, at.year % 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class SendersClock:
    """What the tag of a frame says about its sender's clock, beside our own time when it came."""

    received_ms: int
    told_ms: int | None
    backwards: bool  # the six bytes come in the opposite order
    zone_minutes: int

    @property
    def off_ms(self) -> int | None:
        """How far it is ahead of ours, None where it cannot be read."""
        return None if self.told_ms is None else self.told_ms - self.received_ms

    @property
    def is_right(self) -> bool:
        """True where its times can be taken as they are."""
        return self.off_ms is not None and abs(self.off_ms) <= TRUSTED_MS

    def read(self, tag: bytes) -> int | None:
        """A tag in the order of this sender."""
        return read(tag[::-1] if self.backwards else tag, self.zone_minutes)

    def moment_ms(self, tag: bytes) -> int:
        """When it happened, as well as we know: a wrong clock still tells how long before sending."""
        at_ms = self.read(tag) if tag else None
        if at_ms is None or self.told_ms is None:
            return self.received_ms
        age_ms = (self.received_ms if self.is_right else self.told_ms) - at_ms
        return self.received_ms - age_ms if 0 <= age_ms <= OLDEST_MS else self.received_ms


def senders_clock(tag: bytes, received_ms: int, zone_minutes: int = CHINA_MINUTES) -> SendersClock:
    """The clock behind the tag of a frame; read backwards only where that, and nothing else, makes a time of today."""
    told_ms = read(tag, zone_minutes)
    backwards = False
    if told_ms is None or abs(told_ms - received_ms) > SET_MS:
        other_ms = read(tag[::-1], zone_minutes)
        if other_ms is not None and abs(other_ms - received_ms) <= SET_MS:
            told_ms, backwards = other_ms, True
    return SendersClock(received_ms=received_ms, told_ms=told_ms, backwards=backwards, zone_minutes=zone_minutes)

"""When two reports are one matter: the same kind, the same place, about the same time. Pure."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

from domain.incidents import Kind

M_PER_UDEG = 0.11132  # metres of a millionth of a degree along a meridian
HOUR_MS = 3_600_000
WITHIN_M_MAX, HOURS_MAX = 5000, 24 * 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """WGS 84, in millionths of a degree."""

    lat_udeg: int
    lon_udeg: int

    def __post_init__(self) -> None:
        if not (abs(self.lat_udeg) <= 90_000_000 and abs(self.lon_udeg) <= 180_000_000):
            raise ValueError("a latitude lies between -90 and 90 degrees, a longitude between -180 and 180")

    def metres_to(self, other: Position) -> float:
        """Along the ground; good to a thousandth within a city."""
        north = self.lat_udeg - other.lat_udeg
        east = (self.lon_udeg - other.lon_udeg) * math.cos(math.radians(self.lat_udeg / 1e6))
        return math.hypot(north, east) * M_PER_UDEG


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How near in place and time; `whole_grid`: the grid is near enough, as for fires."""

    kinds: frozenset[Kind]
    within_m: int
    hours: int
    whole_grid: bool = False

    def __post_init__(self) -> None:
        for name, most in (("within_m", WITHIN_M_MAX), ("hours", HOURS_MAX)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                raise ValueError(f"{name} must be a whole number from 1 to {most}")
        if not isinstance(self.whole_grid, bool):
            raise ValueError("whole_grid must be true or false")  # noqa: TRY004 - one kind of error, as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one report, or one incident of a sensor, says of where and when."""

    kind: Kind
    matter: str | None
    grid: str
    place: str
    position: Position | None
    at_ms: int


def same(rule: Rule, one: Seen, other: Seen) -> bool:
    """True where both must be the same matter: unsure is no. A sensor has a kind and no matter."""
    if one.kind is not other.kind or (one.matter and other.matter and one.matter != other.matter):
        return False
    return abs(one.at_ms - other.at_ms) <= rule.hours * HOUR_MS and _one_place(rule, one, other)


def near(rule: Rule, one: Seen, other: Seen) -> bool:
    """True where a person may want to see one beside the other, whatever their kinds."""
    if abs(one.at_ms - other.at_ms) > rule.hours * HOUR_MS:
        return False
    if one.position and other.position:
        return one.position.metres_to(other.position) <= rule.within_m
    return one.grid == other.grid


def _one_place(rule: Rule, one: Seen, other: Seen) -> bool:
    if rule.whole_grid and one.grid == other.grid:
        return True
    if one.position and other.position:
        return one.position.metres_to(other.position) <= rule.within_m
    return one.grid == other.grid and bool(plain(one.place)) and plain(one.place) == plain(other.place)


def plain(place: str) -> str:
    """A place as it compares: width, case, blanks and punctuation do not count."""
    text = unicodedata.normalize("NFKC", place).casefold()
    return "".join(letter for letter in text if letter.isalnum())

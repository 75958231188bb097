"""The numbers of the site's rules, and where each endpoint stands for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from domain.incidents import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One endpoint as the rules of its site see it."""

    grid: str
    group: str  # endpoints of one group confirm each other: a corridor, a stairwell; the grid where nothing is said
    via: str | None = None  # the switch or the power circuit that it hangs on


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLimits:
    """Overridden in the site file, [rules.site]."""

    # GB 50116, 4.1.6: linked action needs two independent devices (与逻辑). The time between them is a default.
    confirm_within_ms: int = 600_000
    confirm_by: tuple[str, ...] = ("fire",)  # kinds whose incident near by confirms a fire
    call_confirmed_by: tuple[str, ...] = ("power", "lift_fault")  # default: kinds that make a call from a lift critical
    gather_ms: int = 10_000  # default: silence of many is found within a second or two, last wills within seconds
    together_ms: int = 60_000  # default: what goes away within so long has one cause
    settle_ms: int = 60_000  # default: so long the last ones may take to come back after the first
    via_at_least: int = 2
    via_share: float = 0.5  # default: half of what hangs on a switch
    many_at_least: int = 5  # default: so many of a site that share nothing that the site file knows of
    # ANSI/ISA-18.2 and EEMUA 191: a flood begins above 10 alarms in 10 minutes for one operator and ends below 5
    flood_within_ms: int = 600_000
    flood_above: int = 10
    flood_ends_below: int = 5
    # ANSI/ISA-18.2 calls three in a minute chattering; our own off-delays last a minute, so ten times as long
    chatter_count: int = 3
    chatter_within_ms: int = 600_000
    chatter_quiet_ms: int = 600_000
    stale_after_ms: int = 86_400_000  # ANSI/ISA-18.2: an alarm that stands for more than 24 hours

    def __post_init__(self) -> None:
        """Raises ValueError naming the field."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                _check_kinds(field.name, value)
            elif not 0 <= value <= 1e12:
                raise ValueError(f"{field.name} must not be negative")
        for name, least in (("via_at_least", 2), ("many_at_least", 2), ("flood_above", 2), ("chatter_count", 2)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}")
        if self.via_share > 1:
            raise ValueError("via_share must be a share, 0 to 1")
        if self.flood_ends_below > self.flood_above:
            raise ValueError("flood_ends_below must not be above flood_above")


def _check_kinds(name: str, kinds: tuple[str, ...]) -> None:
    unknown = set(kinds) - set(Kind)
    if unknown:
        raise ValueError(f"{name} knows no kind {', '.join(sorted(unknown))}; kinds: {', '.join(Kind)}")


# never members of anything and never counted in a flood: they are the cause, or they speak of the gateway itself
OWN = frozenset({Kind.ENDPOINTS_OFFLINE, Kind.ALARM_FLOOD, Kind.SITE_LINK_DOWN, Kind.GATEWAY_FAULT, Kind.CERTIFICATE})
# a panel says one kind for many components, and one of them must not hide another
FOREIGN = frozenset({Kind.FACILITY_FAULT})


def recent(times: Iterable[int], now_ms: int, within_ms: int) -> list[int]:
    """The times of the last `within_ms`; what lies ahead of a clock that stepped back is forgotten."""
    return [at_ms for at_ms in times if 0 <= now_ms - at_ms <= within_ms]


def passed(since_ms: int, now_ms: int, span_ms: int) -> bool:
    """True once a span is over, also where the clock stepped back behind its beginning: nothing waits for a year."""
    return not 0 <= now_ms - since_ms < span_ms

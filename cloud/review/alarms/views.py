"""What people are shown of how well the alarms do. Times are UTC epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.assessment.alarm_figures import Waits
from domain.assessment.alarm_rates import Flood, Pace
from domain.assessment.alarm_targets import AlarmTargets
from domain.assessment.figures import Rate
from domain.assessment.periods import DAY_MS


class Verdict(StrEnum):
    """What a figure says beside its target."""

    GOOD = "good"
    POOR = "poor"
    NOTHING = "nothing"  # there was nothing to count
    SHORT = "short"  # counted over too few days to be judged


class Fault(StrEnum):
    """What may be wrong with the alarms, the worst first: what the page begins with."""

    SLOW_LIFE = "slow_life"  # life safety was accepted or told late
    FLOODS = "floods"
    RATE = "rate"
    WINDOWS = "windows"
    CHATTERING = "chattering"
    TOP = "top"
    STALE = "stale"
    SPLIT = "split"
    FALSE = "false"
    SHELVED = "shelved"
    AWAY = "away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """For how many operators a number is, and how that is known."""

    count: float
    how: str  # configured, roster; one: the roster has nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Alarms as they reached the operator, or as the sensors told them."""

    pace: Pace
    floods: tuple[Flood, ...]  # of the span, the first one first
    flooded_ms: int

    @property
    def flood_share(self) -> float | None:
        """Of the time."""
        return self.flooded_ms / self.pace.span_ms if self.pace.span_ms else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmDay:
    """One local day."""

    from_ms: int
    to_ms: int
    seen: int
    seen_peak: int  # the most in 10 minutes
    told: int
    told_peak: int
    stale: int  # that stood for too long at some moment of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One source of alarms."""

    site: str
    device: str
    kind: str
    place: str
    rules: tuple[str, ...]  # that spoke, the most frequent first
    held: bool  # its gateway kept its incident open, because it came and went
    known: bool  # an endpoint that has a page
    count: int
    share: float  # of all alarms
    chattering: int
    fleeting: int
    void: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One that stands for too long at the end."""

    id: str
    site: str
    device: str
    kind: str
    place: str
    raised_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How soon people accepted, of one severity or of one kind of life safety."""

    name: str
    waits: Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarms:
    """Of one device, kind or site: void of those that have ended."""

    name: str
    place: str
    rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """What a person kept back at the end of the span."""

    site: str
    device: str
    place: str
    kinds: tuple[str, ...]
    life_safety: bool
    service: bool  # out of service: a repair
    person: str
    reason: str
    from_ms: int | None  # None: the gateway did not tell
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """Sensors of one site that were away or could not be believed."""

    site: str
    incidents: int
    devices: int
    of_devices: int  # endpoints of the site now
    total_ms: int  # of all together
    worst_ms: int
    site_incidents: int  # the whole site was not heard
    site_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAlarm:
    """One alarm behind a number."""

    id: str
    kind: str
    severity: str
    site: str
    device: str
    place: str
    stage: str
    member_of: str | None
    raised_ms: int
    told_ms: int
    ended_ms: int | None  # of the alarm: over, or closed by people
    accepted_ms: int | None
    void_why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of them."""

    total: int
    page: int
    pages: int
    rows: tuple[ListedAlarm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmReport:
    """All figures of one span."""

    from_ms: int
    to_ms: int  # up to where was counted
    cut: bool  # more was asked for than is counted at once
    targets: AlarmTargets
    positions: Positions
    seen: Stream  # as the operator saw them: groups are one
    told: Stream  # as the sensors told them: members apart, without the groups
    days: tuple[AlarmDay, ...]
    split: tuple[int, ...]  # per severity, rising, as seen
    actors: tuple[Actor, ...]
    chattering: int  # alarms
    chatterers: tuple[Actor, ...]
    fleeting: int
    stale: tuple[Standing, ...]  # at the end, the oldest first
    stale_count: int
    answered: tuple[Answered, ...]  # per severity, life safety aside, and "all"
    life_answered: tuple[Answered, ...]  # per kind, and "all"
    life_told: Waits  # from the breach to the centre, limit `transmit_ms`
    life_shown: Waits  # limit `shown_ms`
    false_by_device: tuple[FalseAlarms, ...]
    false_by_kind: tuple[FalseAlarms, ...]
    false_by_site: tuple[FalseAlarms, ...]
    false_all: Rate
    shelved: tuple[Shelved, ...]
    away: tuple[Away, ...]

    @property
    def days_counted(self) -> float:
        """How long a span."""
        return (self.to_ms - self.from_ms) / DAY_MS

    @property
    def enough(self) -> bool:
        """True where it may be judged."""
        return self.days_counted >= self.targets.days

    @property
    def top_share(self) -> float | None:
        """Of the sources that alarm most, together."""
        return sum(one.share for one in self.actors) if self.actors else None

    @property
    def stale_day(self) -> AlarmDay | None:
        """The day on which most stood for too long; None where none did."""
        worst = max(self.days, key=lambda day: day.stale, default=None)
        return worst if worst is not None and worst.stale else None

    @property
    def stale_worst(self) -> int:
        """On the worst day."""
        return self.stale_day.stale if self.stale_day else 0

    @property
    def nothing(self) -> bool:
        """True where no alarm came."""
        return not (self.seen.pace.count or self.told.pace.count)

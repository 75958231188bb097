"""What a rule of the placement table says, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from domain.escalation import Chain
from domain.incidents import Kind, Severity
from domain.limits import Limits
from domain.spans import Span

Case = tuple[Kind, Severity, str | None, str | None]  # kind, severity, matter, area
CHASES_MAX = 10  # reminders must end; the board keeps showing the incident as overdue for ever
ACCEPTS_MAX = 3
YELLOW_PERCENT = 75  # a default, no document gives one


class DispatchError(ValueError):
    """The placement table is not usable; the text names the rule and says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How what a rule matches is handled."""

    name: str  # for people: the rule by what it matches
    placed: tuple[str, ...]  # tiers that get it at once, lowest first
    departments: tuple[str, ...] = ()  # told at once as well
    limits: Limits
    by_tier: Mapping[str, Limits] = field(default_factory=dict)  # where a higher tier has other times
    chain: Chain
    accepts: int = 1  # so many people must accept
    chase_every: Span
    chase_times: int
    yellow_percent: int = YELLOW_PERCENT
    remind_yellow: bool = True  # the holder is told; without, only the board shows it
    supervise: Span | None = None  # after red; then the tier above has it as well (督办)

    def limits_at(self, tier: str | None) -> Limits:
        """The times where this tier is the highest that works on it."""
        return self.by_tier.get(tier or "", self.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table: what it matches, and what happens then."""

    kinds: tuple[Kind, ...]
    severities: tuple[Severity, ...]
    areas: tuple[str, ...] = ()  # empty: everywhere
    matters: tuple[str, ...] = ()  # empty: any
    placement: Placement

    def cases(self) -> Iterator[Case]:
        """Everything it matches, as keys of the table."""
        yield from product(self.kinds, self.severities, self.matters or (None,), self.areas or (None,))

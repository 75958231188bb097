"""Placement: which tiers get an incident at once, by when somebody must accept, and who is called when nobody does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.incidents import Kind, Severity

CHASES_MAX = 10  # a chain must end; the board keeps showing the incident as overdue for ever


class DispatchError(ValueError):
    """The placement table is not usable; the text names the rule and says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How a kind at a severity is handled. Times are clock time, day and night."""

    placed: tuple[str, ...]  # tiers that get it at once, lowest first
    accept_s: int
    feed_back_s: int  # after the acceptance
    overall_s: int
    escalate: tuple[str, ...]  # tiers called one by one while nobody accepts
    step_s: int  # between two escalations
    repeat_s: int  # between repeated calls of everybody after the last escalation
    repeat_max: int
    chase_s: int  # between reminders once the feedback is overdue
    chase_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens when its time comes and nobody has acted."""

    code: str  # escalate:<tier>, repeat:<n>, chase:<n>, overall
    tier: str | None
    due_ms: int


@dataclass(frozen=True, slots=True)
class PlacementTable:
    """(kind, severity) -> placement, complete."""

    rows: Mapping[tuple[Kind, Severity], Placement]

    def of(self, kind: str, severity: str) -> Placement:
        """The placement of a kind at a severity."""
        return self.rows[Kind(kind), Severity(severity)]

    @classmethod
    def from_table(cls, table: Mapping[str, Any], levels: tuple[str, ...]) -> PlacementTable:
        """From a parsed TOML file with `[[placements]]`. Raises DispatchError where anything is missing."""
        rows: dict[tuple[Kind, Severity], Placement] = {}
        for row in table.get("placements", ()):
            for key, placement in _read(row, levels):
                if key in rows:
                    raise DispatchError(f"{key[0]} {key[1]} is placed twice; keep one of the rules")
                rows[key] = placement
        missing = [f"{kind} {severity}" for kind in Kind for severity in Severity if (kind, severity) not in rows]
        if missing:
            raise DispatchError(f"no placement for {', '.join(missing)}; every kind and severity needs one")
        return cls(rows)


def _read(row: Mapping[str, Any], levels: tuple[str, ...]) -> Iterable[tuple[tuple[Kind, Severity], Placement]]:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    try:
        kinds = [Kind(text) for text in values.pop("kind")]
        severities = [Severity(text) for text in values.pop("severity")]
        placement = Placement(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise DispatchError(f"placement of {row.get('kind', '?')}: {error}") from None
    name = f"{'/'.join(kinds)} {'/'.join(severities)}"
    _check_tiers(name, placement, levels)
    _check_times(name, placement)
    return [((kind, severity), placement) for kind in kinds for severity in severities]


def _check_tiers(name: str, placement: Placement, levels: tuple[str, ...]) -> None:
    unknown = [tier for tier in (*placement.placed, *placement.escalate) if tier not in levels]
    if unknown:
        raise DispatchError(f"{name}: unknown tier {', '.join(unknown)}; tiers: {', '.join(levels)}")
    if not placement.placed:
        raise DispatchError(f"{name}: placed at no tier; nobody would hear of it")
    order = [levels.index(tier) for tier in (*placement.placed, *placement.escalate)]
    if order != sorted(set(order)):
        raise DispatchError(f"{name}: a tier is named twice or below the one before it, so its step changes nothing")


def _check_times(name: str, placement: Placement) -> None:
    times = ("accept_s", "feed_back_s", "overall_s", "step_s", "repeat_s", "chase_s")
    for field in times:
        if not isinstance(getattr(placement, field), int) or getattr(placement, field) <= 0:
            raise DispatchError(f"{name}: {field} must be a whole number of seconds above 0")
    if not (0 <= placement.repeat_max <= CHASES_MAX and 0 <= placement.chase_max <= CHASES_MAX):
        raise DispatchError(f"{name}: repeat_max and chase_max must be 0 to {CHASES_MAX}")


def escalation(placement: Placement, from_ms: int, placed: Iterable[str] = ()) -> tuple[Step, ...]:
    """What happens while nobody accepts, counted from `from_ms`; tiers that already have it are not called twice."""
    steps = []
    due_ms = from_ms + placement.accept_s * 1000
    has = {*placed, *placement.placed}
    for tier in placement.escalate:
        if tier not in has:
            steps.append(Step(code=f"escalate:{tier}", tier=tier, due_ms=due_ms))
            due_ms += placement.step_s * 1000
    if steps:
        due_ms = steps[-1].due_ms + placement.repeat_s * 1000
    for number in range(1, placement.repeat_max + 1):
        steps.append(Step(code=f"repeat:{number}", tier=None, due_ms=due_ms))
        due_ms += placement.repeat_s * 1000
    return tuple(steps)


def chase(placement: Placement, accepted_ms: int) -> tuple[Step, ...]:
    """What happens when it was accepted and then forgotten (催办)."""
    first_ms = accepted_ms + placement.feed_back_s * 1000
    return tuple(
        Step(code=f"chase:{number + 1}", tier=None, due_ms=first_ms + number * placement.chase_s * 1000)
        for number in range(placement.chase_max)
    )

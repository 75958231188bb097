"""Escalation chains as data: notify, wait, notify the next, repeat; what the clock does while nobody acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.calendar import WorkCalendar
from domain.spans import Span

TIMES_MAX = 10  # a chain must end; the board keeps showing the incident as overdue for ever
STEPS_MAX = 30
TARGET_MAX = 200  # a column of the store
RESPONSIBLE = "@matter"  # the department whose matter it is (吹哨报到)
TARGETS = "'tier:<level>', 'department:<id>' or 'department:@matter', 'role:<role>@<level>', 'person:<id>' or 'all'"


class ChainError(ValueError):
    """The chain is not usable; the text names it and says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStep:
    """Wait, then tell somebody; again and again where `times` says so. No wait: together with the step before."""

    notify: str
    wait: Span | None = None
    times: int = 1

    @property
    def tier(self) -> str | None:
        """The tier this step climbs to."""
        what, _, level = self.notify.partition(":")
        return level if what == "tier" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What happens one after the other from the moment the acceptance is overdue; an acceptance ends it."""

    id: str
    steps: tuple[ChainStep, ...]

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers it climbs to."""
        return tuple(step.tier for step in self.steps if step.tier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens when its time comes and nobody has acted."""

    code: str  # escalate:<tier>, repeat:<n>, call:<n>, chase:<n>, yellow:, red: and supervise:<deadline>
    due_ms: int
    target: str = ""

    @property
    def tier(self) -> str | None:
        """The tier this step climbs to."""
        what, _, level = self.code.partition(":")
        return level if what == "escalate" else None


def read_chains(rows: object) -> dict[str, Chain]:
    """From `[[chains]]`. Raises ChainError."""
    chains: dict[str, Chain] = {}
    for row in rows if isinstance(rows, list) else [rows]:
        if not isinstance(row, Mapping) or not isinstance(row.get("id"), str) or row.keys() - {"id", "steps"}:
            raise ChainError(f"chain {row!r}: needs id and steps, nothing else")
        if row["id"] in chains:
            raise ChainError(f"two chains have the id {row['id']}; rename one")
        chains[row["id"]] = _chain(row["id"], row.get("steps"))
    return chains


def _chain(name: str, rows: Any) -> Chain:
    try:
        steps = tuple(_step(row) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise ChainError(f"chain {name}: {error}; a step is {{wait = '5 min', notify = ..., times = 1}}") from None
    if not steps or sum(step.times for step in steps) > STEPS_MAX:
        raise ChainError(f"chain {name}: has no step, or more than {STEPS_MAX} with its repetitions")
    climbs = [step.tier for step in steps for _ in range(step.times) if step.tier]
    if len(set(climbs)) != len(climbs):
        raise ChainError(
            f"chain {name}: a tier is called twice, so its second step changes nothing; use notify = 'all'"
        )
    return Chain(id=name, steps=steps)


def _step(row: Mapping[str, Any]) -> ChainStep:
    if row.keys() - {"wait", "notify", "times"}:
        raise ValueError(f"unknown {', '.join(sorted(row.keys() - {'wait', 'notify', 'times'}))}")
    notify, times = row["notify"], row.get("times", 1)
    what, _, name = str(notify).partition(":")
    named = what in ("tier", "department", "person") and bool(name) and "@" not in name
    named = named or notify == f"department:{RESPONSIBLE}"
    role, at, level = name.partition("@")
    if not (named or (what == "role" and role and at and level) or notify == "all") or len(notify) > TARGET_MAX:
        raise ValueError(f"notify = {notify!r}: write {TARGETS}")
    if not isinstance(times, int) or not 1 <= times <= TIMES_MAX:
        raise ValueError(f"times = {times!r}: write 1 to {TIMES_MAX}")
    if times > 1 and "wait" not in row:
        raise ValueError(f"notify = {notify!r} is repeated without a wait between")
    return ChainStep(notify=notify, wait=Span.parse(row["wait"]) if "wait" in row else None, times=times)


def escalation(chain: Chain, due_ms: int, calendar: WorkCalendar, has: Iterable[str] = ()) -> tuple[Step, ...]:
    """What happens while nobody accepts, from when the acceptance is overdue.

    A tier that has it already is not called twice: what comes after it takes its time, so nothing is lost by it.
    """
    steps: list[Step] = []
    at_ms, skipped, known = due_ms, False, set(has)
    counts = {"repeat": 0, "call": 0}
    for part in chain.steps:
        for _ in range(part.times):
            if part.wait and not skipped:  # what follows a skipped step takes its time
                at_ms = calendar.after(at_ms, part.wait)
            skipped = part.tier in known
            if not skipped:
                steps.append(Step(code=_code(part, counts), due_ms=at_ms, target=part.notify))
    return tuple(steps)


def _code(part: ChainStep, counts: dict[str, int]) -> str:
    if part.tier:
        return f"escalate:{part.tier}"
    word = "repeat" if part.notify == "all" else "call"
    counts[word] += 1
    return f"{word}:{counts[word]}"

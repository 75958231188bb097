"""What gateways tell, made whole: of a field that is missing or of another kind the default is shown, never a fault."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

PENDING = frozenset({"queued", "waiting", "ordered", "fetching", "restarting"})
FAILED = frozenset({"refused", "rolled_back", "lost"})
SAMPLE_MAX = 200  # characters shown of a refused message
CALM = frozenset({"good", "current", "unsuitable", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What one condition of a rule asks of a channel."""

    channel: str
    sense: str  # high, low, rise, fall: with levels; is: with states; other
    limit: float = 0.0
    clear: float = 0.0
    unit: str = ""
    states: tuple[bool | float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One severity of a rule."""

    severity: str
    on_s: float
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInForce:
    """A rule by which endpoints are judged now. Without steps: a program of its own judges."""

    name: str
    label: str
    kinds: tuple[str, ...]
    devices: tuple[str, ...]  # empty: all of these kinds
    raises: str
    life_safety: bool
    latch: bool
    steps: tuple[Step, ...]

    def judges(self, kind: str, device: str) -> bool:
        """True where it is a rule of this endpoint."""
        return kind in self.kinds and (not self.devices or device in self.devices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """How far one endpoint is in the newest update that means it."""

    version: str = ""
    wave: int = 0
    progress: str = ""  # domain.rollouts.progress.Progress; empty: none was told
    attempts: int = 0
    error: str = ""

    @property
    def pending(self) -> bool:
        """True while it is not over."""
        return self.progress in PENDING

    @property
    def failed(self) -> bool:
        """True where somebody must look at it."""
        return self.progress in FAILED

    @property
    def calm(self) -> bool:
        """True where there is nothing to say of it."""
        return self.progress in CALM


NO_UPDATE = Update()


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutTold:
    """One update in waves."""

    kind: str
    version: str
    state: str
    why: str
    changed_ms: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedThere:
    """A message that a gateway refused."""

    at_ms: int
    reason: str
    topic: str
    sample: str = ""  # its beginning


def rules(rows: Iterable[Any]) -> tuple[RuleInForce, ...]:
    """Those that can be read."""
    return tuple(_rule(row) for row in objects(rows))


def _rule(row: dict[str, Any]) -> RuleInForce:
    return RuleInForce(
        name=text(row, "name"),
        label=text(row, "label"),
        kinds=_texts(row, "kinds"),
        devices=_texts(row, "devices"),
        raises=text(row, "raises"),
        life_safety=row.get("life_safety") is True,
        latch=row.get("latch") is True,
        steps=tuple(_step(step) for step in objects(row.get("steps"))),
    )


def _step(row: dict[str, Any]) -> Step:
    limits = tuple(_limit(one) for one in objects(row.get("limits")) if text(one, "channel"))
    return Step(severity=text(row, "severity"), on_s=number(row, "on_ms") / 1000, limits=limits)


def _limit(row: dict[str, Any]) -> Limit:
    said = row.get("states")
    states = tuple(one for one in said if isinstance(one, bool | int | float)) if isinstance(said, list) else ()
    return Limit(
        channel=text(row, "channel"), sense=text(row, "sense"), limit=number(row, "limit"), clear=number(row, "clear"),
        unit=text(row, "unit"), states=states,
    )  # fmt: skip


def update(row: Any) -> Update:
    """Of one endpoint."""
    if not isinstance(row, dict):
        return NO_UPDATE
    return Update(
        version=text(row, "version"), wave=round(number(row, "wave")), progress=text(row, "progress"),
        attempts=round(number(row, "attempts")), error=text(row, "error"),
    )  # fmt: skip


def rollouts(rows: Iterable[Any]) -> tuple[RolloutTold, ...]:
    """The newest first."""
    return tuple(
        RolloutTold(
            kind=text(row, "kind"), version=text(row, "version"), state=text(row, "state"), why=text(row, "why"),
            changed_ms=round(number(row, "changed_ms")), counts=counts(row.get("counts")),
        )
        for row in objects(rows)
    )  # fmt: skip


def refused(rows: Iterable[Any]) -> tuple[RefusedThere, ...]:
    """The newest first."""
    return tuple(
        RefusedThere(
            at_ms=round(number(row, "at_ms")), reason=text(row, "reason"), topic=text(row, "topic"),
            sample=text(row, "sample")[:SAMPLE_MAX],
        )
        for row in objects(rows)
    )  # fmt: skip


def counts(table: Any) -> dict[str, int]:
    """A table of counts, without those that are 0."""
    rows = table.items() if isinstance(table, dict) else ()
    return {str(key): count for key, count in rows if isinstance(count, int) and count}


def objects(rows: Any) -> list[dict[str, Any]]:
    """The rows that are objects."""
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def text(row: dict[str, Any], name: str) -> str:
    """A text; empty for anything else."""
    found = row.get(name)
    return found if isinstance(found, str) else ""


def whole(row: dict[str, Any], name: str) -> int | None:
    """A whole number; None for anything else."""
    found = row.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def number(row: dict[str, Any], name: str) -> float:
    """A number; 0 for anything else."""
    found = row.get(name)
    return float(found) if isinstance(found, int | float) and math.isfinite(found) else 0.0


def _texts(row: dict[str, Any], name: str) -> tuple[str, ...]:
    found = row.get(name)
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()

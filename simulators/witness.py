"""Reads from the centre's own interface what became of a fire: when each hop knew of it, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulators.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class FireSeen:
    """One fire incident as the centre tells it. Times in simulated ms, delays in real ms after the breaching sample."""

    incident_id: str
    device: str
    severity: str
    condition: str
    stage: str
    parent_id: str | None
    raised_at_ms: int  # the sample at which the rule raised
    gateway_delay_ms: float  # until the gateway had made the incident
    cloud_delay_ms: float  # until the centre had it placed

    def as_dict(self) -> dict[str, Any]:
        """For a JSON report."""
        return {name: getattr(self, name) for name in FireSeen.__slots__}


async def fires(stack: Stack, since_ms: int = 0) -> list[FireSeen]:
    """Every fire incident raised at or after `since_ms`, open or closed, oldest first."""
    board = await stack.get("/api/board")
    rows = [row for row in board["open"] + board["recently_closed"] if row["kind"] == "fire"]
    seen = [await _seen(stack, row) for row in rows if row["raised_at_ms"] >= since_ms]
    return sorted(seen, key=lambda fire: fire.raised_at_ms)


async def _seen(stack: Stack, row: dict[str, Any]) -> FireSeen:
    detail = await stack.get(f"/api/incidents/{row['id']}")
    raised = next(entry for entry in detail["log"] if entry["what"] == "raised")
    speed = stack.clock.speed
    return FireSeen(
        incident_id=row["id"],
        device=row["device"],
        severity=row["severity"],
        condition=row["condition"],
        stage=row["stage"],
        parent_id=row["parent_id"],
        raised_at_ms=row["raised_at_ms"],
        gateway_delay_ms=(raised["detail"]["made_at_ms"] - row["raised_at_ms"]) / speed,
        cloud_delay_ms=(raised["at_ms"] - row["raised_at_ms"]) / speed,
    )

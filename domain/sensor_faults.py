"""A dead sensor never looks healthy: channels failing several samples in a row make one incident per endpoint. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.alarms import (
    Change,
    Incident,
    NewId,
    Signal,
    changed,
    cleared,
    incident_from_state,
    incident_to_state,
    raised,
)
from domain.incidents import Kind, Severity
from domain.readings import Reading

IN_A_ROW = 3  # samples; a sensor may miss one on a busy bus
MISSING = "missing"
# a channel without a value that is not broken: the part knows that it cannot say yet, or a person has decided
NOT_BROKEN = (
    "not_synchronised", "no_floor_table", "not_made", "learning", "untested", "no_clock", "no_fix", "disabled",
)  # fmt: skip
EVERY_SAMPLE = ("smoke", "temp", "co", "call_point")  # once seen, these stand in every sample of an endpoint


class SensorFaults:
    """Counts good and bad samples of each channel and keeps at most one active incident."""

    def __init__(self) -> None:
        self._runs: dict[str, list[Any]] = {}  # channel -> [last sample was bad, how many such in a row, since when]
        self._faulty: dict[str, Signal] = {}
        self.incident: Incident | None = None

    def feed(self, reading: Reading, new_id: NewId) -> list[Change]:
        """What a sample changes; samples in the endpoint's own order."""
        missing = [name for name in EVERY_SAMPLE if name in self._runs and name not in reading.values]
        reasons = dict.fromkeys(missing, MISSING) | dict(reading.faults)
        excused = [channel for channel, reason in reasons.items() if reason in NOT_BROKEN]
        for channel in (*reading.values, *excused):
            if self._count(channel, reading.at_ms, bad=False) >= IN_A_ROW:
                self._faulty.pop(channel, None)
        for channel, reason in reasons.items():
            if reason in NOT_BROKEN:
                continue
            if self._count(channel, reading.at_ms, bad=True) >= IN_A_ROW and channel not in self._faulty:
                self._faulty[channel] = _signal(channel, reason, reading.at_ms)
        return self._settle(reading.at_ms, new_id)

    def _count(self, channel: str, at_ms: int, *, bad: bool) -> int:
        run = self._runs.get(channel)
        if run is None or run[0] is not bad:
            run = self._runs[channel] = [bad, 0, at_ms]
        run[1] = min(run[1] + 1, IN_A_ROW)
        return int(run[1])

    def _settle(self, at_ms: int, new_id: NewId) -> list[Change]:
        signals = tuple(self._faulty[channel] for channel in sorted(self._faulty))
        if self.incident is None:
            if not signals:
                return []
            breach_at_ms = min(self._runs[signal.channel][2] for signal in signals)
            change = raised(
                Kind.SENSOR_FAULT, Severity.MINOR, signals, breach_at_ms=breach_at_ms, at_ms=at_ms, new_id=new_id
            )
        elif not signals:
            change = cleared(self.incident, at_ms)
        elif signals != self.incident.signals:
            change = changed(self.incident, at_ms, signals=signals)
        else:
            return []
        self.incident = change.incident if signals else None
        return [change]

    def to_state(self) -> dict[str, Any]:
        """In plain JSON types."""
        return {
            "runs": self._runs,
            "faulty": msgspec.to_builtins(self._faulty),
            "incident": incident_to_state(self.incident),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where `to_state` left off."""
        self._runs = {channel: list(run) for channel, run in state["runs"].items()}
        self._faulty = msgspec.convert(state["faulty"], dict[str, Signal])
        self.incident = incident_from_state(state["incident"])


def _signal(channel: str, reason: str, at_ms: int) -> Signal:
    return Signal(
        rule="channel_fault",
        channel=channel,
        value=IN_A_ROW,
        limit=IN_A_ROW,
        clear=None,
        unit="count",
        at_ms=at_ms,
        reason=reason,
    )

"""A room of a recorded fire: quiet until ignition, then as it was measured, then aired out."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from simulators.physics import FireEnvironment
from simulators.recording import Track

# After the recording ends nothing was measured; the room is aired, and smoke and heat fall off exponentially.
# About 15 air changes an hour after the fire brigade opens up would be 240 s; shorter, so that a replay ends soon.
AIRING_S = 15.0
AT_REST = {"smoke": 0.0, "temp": 22.0, "co": 0.0}
BATTERY_PCT = 97.0


@dataclass(slots=True, kw_only=True)
class RecordedRoom:
    """Physics of one place; `ignite` starts the fire."""

    tracks: dict[str, Track]
    last_s: float  # when the recording ends, seconds after ignition
    ignition_ms: int | None = field(default=None)

    def ignite(self, at_ms: int) -> None:
        """The fire starts at this moment of simulated time."""
        self.ignition_ms = at_ms

    def _value(self, channel: str, second: float) -> float | None:
        track = self.tracks.get(channel)
        if track is None:
            return AT_REST[channel]
        if second <= self.last_s:
            return track.at(second)
        rest, end = track.values[0], track.values[-1]
        return rest + (end - rest) * math.exp(-(second - self.last_s) / AIRING_S)

    def at(self, sim_ms: int) -> FireEnvironment:
        """What the parts of the board are exposed to; a channel inside a gap of the recording fails."""
        second = -1.0 if self.ignition_ms is None else (sim_ms - self.ignition_ms) / 1000
        values = {channel: self._value(channel, second) for channel in AT_REST}
        known = {channel: AT_REST[channel] if value is None else value for channel, value in values.items()}
        return FireEnvironment(
            smoke_per_m=known["smoke"],
            temp_c=known["temp"],
            co_ppm=known["co"],
            call_point=False,
            battery_pct=BATTERY_PCT,
            faults=frozenset(channel for channel, value in values.items() if value is None),
        )

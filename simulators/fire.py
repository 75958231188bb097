"""Lights a recorded fire in the rooms of a stack."""

from __future__ import annotations

import asyncio

from simulators.recorded_room import RecordedRoom
from simulators.recording import Recording
from simulators.stack import Room, Stack

# Quiet simulated seconds before ignition. A rule over 60 s starts to speak after 30; the recordings begin at rest.
LEAD_IN_S = 40.0


def device_of(place: str) -> str:
    """Device id of the board at a place of the recording."""
    return f"fire-{place.lower()}"


def rooms_of(recording: Recording) -> tuple[Room, ...]:
    """A board for every place that was measured."""
    return tuple(
        Room(
            device=device_of(place),
            place=f"{place} 室",
            physics=RecordedRoom(tracks=tracks, last_s=recording.last_s),
        )
        for place, tracks in recording.places.items()
    )


async def light(stack: Stack) -> int:
    """Wait for the quiet lead-in, then light the fire in every room; the moment of ignition in simulated time."""
    await asyncio.sleep(stack.clock.real_s(LEAD_IN_S * 1000))
    ignition_ms = stack.clock.now_ms()
    for room in stack.spec.rooms:
        if isinstance(room.physics, RecordedRoom):
            room.physics.ignite(ignition_ms)
    return ignition_ms

"""A message as it came from the site's broker, and what its sender is told once it is durable."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message as it came."""

    device: str  # of the topic
    kind: str
    topic: str
    payload: bytes
    received_ms: int
    received_s: float  # monotonic: silence must not depend on a clock that may step


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample that is durable here; its endpoint may forget it."""

    device: str
    boot: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the endpoint is told once this is committed."""

    device: str
    kind: str
    payload: bytes


def refused_sample(arrival: Arrival) -> Sample | None:
    """The sample that a refused message can be seen to hold: once it is in quarantine, sending it again is no use."""
    if arrival.kind != "readings":
        return None
    try:
        first = json.loads(arrival.payload)[0]
        name, boot, seq = first["bn"], first["boot"], first["seq"]
    except (ValueError, RuntimeError, LookupError, TypeError):  # RuntimeError: nested too deeply
        return None
    countable = all(type(number) is int and 0 <= number < 1 << 53 for number in (boot, seq))
    return Sample(device=arrival.device, boot=boot, seq=seq) if countable and name == f"{arrival.device}/" else None

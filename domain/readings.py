"""What an endpoint measured at one moment, once the gateway has checked it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from protocol.channels import plausible
from protocol.senml import Pack

IMPLAUSIBLE = "implausible"
MAX_SKEW_MS = 24 * 3_600_000  # a clock that is wrong by more than a day was never set

Value = bool | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One sample of one endpoint. A channel is in `values` or, with the reason, in `faults`, never in both."""

    device: str
    boot: int
    seq: int
    at_ms: int  # when it was measured, as well as we know
    received_ms: int
    told_ms: int | None  # the endpoint's own UTC time, as it said it
    backfill: bool
    quality: str  # good, or uncertain where the endpoint's time could not be used
    values: Mapping[str, Value]
    faults: Mapping[str, str]

    def without(self, faults: Mapping[str, str]) -> Reading:
        """The same with these faults too: their channels have no value."""
        if not faults:
            return self
        values = {channel: value for channel, value in self.values.items() if channel not in faults}
        return replace(self, values=values, faults={**self.faults, **faults})

    def row(self) -> dict[str, object]:
        """As a row of a history batch; `told_ms` only where it was not used."""
        row: dict[str, object] = {
            "device": self.device,
            "boot": self.boot,
            "seq": self.seq,
            "at_ms": self.at_ms,
            "received_ms": self.received_ms,
            "backfill": self.backfill,
            "quality": self.quality,
            "values": self.values,
            "faults": self.faults,
        }
        if self.told_ms is not None and self.told_ms != self.at_ms:
            row["told_ms"] = self.told_ms
        return row


def timed(told_ms: int | None, age_ms: int, received_ms: int, *, backfill: bool) -> tuple[int, str]:
    """(at_ms, quality) of a sample. One without a clock tells its age; one with an absurd clock is not believed."""
    if told_ms is None:
        return max(0, received_ms - age_ms), "good"
    ahead_ms = told_ms - received_ms
    believed = ahead_ms <= MAX_SKEW_MS and (backfill or -ahead_ms <= MAX_SKEW_MS)
    return (told_ms, "good") if believed else (received_ms, "uncertain")


def accept(pack: Pack, received_ms: int) -> Reading:
    """The reading of a pack; a value that a healthy sensor cannot say becomes a fault of its channel."""
    at_ms, quality = timed(pack.at_ms, pack.age_ms, received_ms, backfill=pack.backfill)
    values: dict[str, Value] = {}
    faults: dict[str, str] = dict(pack.faults)
    for channel, value in pack.values.items():
        if channel in faults:
            continue
        if plausible(channel, value):
            values[channel] = value
        else:
            faults[channel] = IMPLAUSIBLE
    return Reading(
        device=pack.device,
        boot=pack.boot,
        seq=pack.seq,
        at_ms=at_ms,
        received_ms=received_ms,
        told_ms=pack.at_ms,
        backfill=pack.backfill,
        quality=quality,
        values=values,
        faults=faults,
    )

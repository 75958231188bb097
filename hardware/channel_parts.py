"""Which part each channel of a kind comes from: for the sheet, the simulators, and whoever replaces a part."""

from __future__ import annotations

from dataclasses import dataclass

from hardware import load
from hardware.model import Measures
from protocol.channels import is_bool, unit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel and its origin; `ref` is empty where the firmware works it out of several."""

    name: str
    unit: str
    truth: bool
    ref: str
    part: str
    derived: bool
    measures: Measures | None
    calibration_months: int


def channels(kind: str) -> dict[str, Channel]:
    """Every channel of a kind by name. Raises HardwareError for an unknown kind."""
    endpoint, catalogue = load.endpoint(kind), load.catalogue()
    origin = dict.fromkeys(endpoint.computed) | {
        name: placed for placed in endpoint.parts for name in placed.channels + placed.derived
    }
    found = {}
    for name, placed in origin.items():
        part = None if placed is None else catalogue[placed.part]
        found[name] = Channel(
            name=name,
            unit=unit_of(name),
            truth=is_bool(name),
            ref="" if placed is None else placed.ref,
            part="" if part is None else part.name,
            derived=placed is None or name in placed.derived,
            measures=None if part is None else part.measures,
            calibration_months=0 if part is None else part.calibration_months,
        )
    return found

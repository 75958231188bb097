"""Units that foreign endpoints speak, as factors and offsets to the unit of the channel: channel = said * a + b."""

from __future__ import annotations

from typing import NamedTuple


class Conversion(NamedTuple):
    """The unit that is said, and how to the channel's own."""

    unit: str
    factor: float
    offset: float


# the unit of the channel -> what may be said instead; names of the SenML registry where it has them (RFC 8798)
_KNOWN: dict[str, tuple[Conversion, ...]] = {
    "Cel": (Conversion("K", 1.0, -273.15), Conversion("degF", 5 / 9, -160 / 9)),
    "kPa": (
        Conversion("Pa", 0.001, 0.0),
        Conversion("hPa", 0.1, 0.0),
        Conversion("MPa", 1000.0, 0.0),
        Conversion("bar", 100.0, 0.0),
        Conversion("psi", 6.894757293168361, 0.0),  # NIST SP 811, B.8
        Conversion("mH2O", 9.80665, 0.0),  # NIST SP 811, B.8: conventional
    ),
    "m/s": (Conversion("km/h", 1 / 3.6, 0.0), Conversion("mm/s", 0.001, 0.0)),
    "m/s2": (Conversion("gn", 9.80665, 0.0),),  # standard acceleration of free fall, exact
    "ppm": (Conversion("ppb", 0.001, 0.0), Conversion("%vol", 10_000.0, 0.0)),
    "1/m": (Conversion("dB/m", 0.1, 0.0),),  # optical density: ten decibels are one decade
    "/": (Conversion("%", 0.01, 0.0),),
    "%EL": (Conversion("/", 100.0, 0.0),),
}


def conversion(said: str, channel_unit: str) -> Conversion | None:
    """From a unit to that of a channel; None where we do not know how."""
    return next((known for known in _KNOWN.get(channel_unit, ()) if known.unit == said), None)


def units_for(channel_unit: str) -> tuple[str, ...]:
    """What may be said instead of a channel's own unit."""
    return tuple(known.unit for known in _KNOWN.get(channel_unit, ()))

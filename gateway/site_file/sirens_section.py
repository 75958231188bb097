"""[[sirens]] of a site file: whose sounder sounds for which incidents of other places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.incidents import Kind, Severity
from gateway.site_file.reader import Reader

MINUTES_MAX = 30  # the endpoint takes no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Siren:
    """One [[sirens]]: an endpoint with a sounder, and what it sounds for. `grids` empty: the whole site."""

    device: str
    grids: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("fire",)
    severity: str = "critical"  # from here on: confirmed
    minutes: int = 10  # then again, while the incident goes on

    def __post_init__(self) -> None:
        unknown = [kind for kind in self.kinds if kind not in tuple(Kind)]
        if unknown or not self.kinds:
            raise ValueError(f"kinds has no incident called {unknown}; known: {', '.join(Kind)}")
        if self.severity not in tuple(Severity):
            raise ValueError(f"severity must be one of {', '.join(Severity)}")
        if not 1 <= self.minutes <= MINUTES_MAX:
            raise ValueError(f"minutes must be from 1 to {MINUTES_MAX}")

    def sounds_for(self, device: str, kind: str, severity: str, grid: str) -> bool:
        """True for an incident of another place that it is meant for."""
        bad = Severity(severity).rank >= Severity(self.severity).rank
        here = not self.grids or grid in self.grids
        return device != self.device and kind in self.kinds and bad and here


def read_sirens(reader: Reader, value: object, where: str) -> tuple[Siren, ...]:
    """[[sirens]] of a site file."""
    found = [reader.attempt(None, reader.fill, Siren, row, place) for place, row in reader.entries(value, where)]
    return tuple(siren for siren in found if siren is not None)


def check_sirens(reader: Reader, sirens: tuple[Siren, ...], kinds: Mapping[str, str]) -> None:
    """Every siren must be an endpoint with a sounder; `kinds`: device -> kind."""
    for number, siren in enumerate(sirens, 1):
        if kinds.get(siren.device) != "fire":
            reader.note(
                f"sirens[{number}].device", f"{siren.device!r} has no sounder", "name an endpoint of kind fire",
                "没有声响器，请写 fire 类终端",
            )  # fmt: skip

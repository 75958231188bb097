"""Hardware as data: boards, parts and endpoints in TOML, and what follows from them.

load.py → *model.py         TOML to facts; an error names file and field
checks.py                   what makes a design refused
pinmap.py                   pins module of the firmware
channel_parts.py            which part a channel comes from: sheets and simulators
power.py                    currents, hours on battery
wiring.py bom.py sheet.py   drawing, list of parts, sheet for the technician
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardware.channel_parts import Channel


def channels(kind: str) -> dict[str, Channel]:
    """Every channel of a kind, with the part it comes from. Raises HardwareError for an unknown kind."""
    from hardware.channel_parts import channels as found

    return found(kind)

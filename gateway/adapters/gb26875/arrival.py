"""What a panel sent, once it is a whole frame."""

from __future__ import annotations

from dataclasses import dataclass

from domain.gb26875.frames import Frame
from gateway.site_file.gb26875_section import PanelMember


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A whole frame of a known panel."""

    panel: PanelMember
    frame: Frame
    received_ms: int

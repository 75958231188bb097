"""Where an incident comes from. What people tell has no sensor: who checks it on the spot says that it is over."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """Who told it first."""

    GATEWAY = "gateway"  # a site's sensors, or the centre about its gateways
    OPERATOR = "operator"  # somebody called, an operator wrote it down
    HANDHELD = "handheld"  # a worker found it
    HANDOVER = "handover"  # another line handed it over: 12345, 110


OF_PEOPLE = (Source.OPERATOR, Source.HANDHELD, Source.HANDOVER)

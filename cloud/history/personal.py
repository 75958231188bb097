"""Channels that tell where a person is: read only by their name, by who may read tracks, and on record."""

from __future__ import annotations

from collections.abc import Iterable

POSITIONS = frozenset({"lat", "lon"})  # of handhelds: protocol/channel_tables/handheld.py


def impersonal(channels: Iterable[str]) -> list[str]:
    """Those that tell nobody's place, in their order: what "all channels" means."""
    return [channel for channel in channels if channel not in POSITIONS]

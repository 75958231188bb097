"""All channels of all kinds of endpoints: for gateway and cloud. A channel means the same wherever it is measured."""

from protocol import quantities
from protocol.channel_tables import fire, handheld, lift, video
from protocol.quantities import BOOL

__all__ = ["BOOL", "CHANNELS", "KINDS", "is_bool", "plausible", "unit_of"]

KINDS = {
    "fire": fire.CHANNELS,
    "lift": lift.CHANNELS,
    "video": video.CHANNELS,
    "handheld": handheld.CHANNELS,
}


def _merged() -> dict:
    merged: dict = {}
    for table in KINDS.values():
        merged.update(table)
    return merged


CHANNELS = _merged()


def unit_of(channel: str) -> str:
    """Unit of a channel; empty for a truth value and for a plain number. KeyError for an unknown channel."""
    return quantities.unit_of(CHANNELS, channel)


def is_bool(channel: str) -> bool:
    """True where readings of the channel are truth values."""
    return quantities.is_bool(CHANNELS, channel)


def plausible(channel: str, value: float) -> bool:
    """True where a healthy sensor of this channel can say this value."""
    return quantities.plausible(CHANNELS, channel, value)

"""What a channel measures. A table of a kind of endpoint: channel -> (SenML unit, lowest, highest healthy value).

Units are of the SenML registry (RFC 8428, RFC 8798) where it has one. The unit "" is a number without one: a floor, a
code. A board carries the table of its own kind only; everybody else has all of them, protocol/channels.py.
"""

BOOL = "bool"


def unit_of(table: dict, channel: str) -> str:
    """Unit of a channel; empty for a truth value and for a plain number. KeyError for an unknown channel."""
    unit = table[channel][0]
    return "" if unit == BOOL else str(unit)


def is_bool(table: dict, channel: str) -> bool:
    """True where readings of the channel are truth values."""
    return bool(table[channel][0] == BOOL)


def plausible(table: dict, channel: str, value: float) -> bool:
    """True where a healthy sensor of this channel can say this value."""
    _, low, high = table[channel]
    return bool(low <= value <= high)

"""What endpoints measure: channel -> (SenML unit, lowest and highest value a healthy sensor can say).

Units are of the SenML registry (RFC 8428, RFC 8798) where it has one; it has none for optical density per metre.
"""

BOOL = "bool"

CHANNELS = {
    # optical density per metre; the recorded fires peak at 1.9, a photo chamber saturates well below 20
    "smoke": ("1/m", -0.2, 20.0),
    # SHT4x datasheet 2.2: T = -45 + 175 * S / 65535, so the part cannot say anything outside
    "temp": ("Cel", -45.0, 130.0),
    # electrochemical cell with a 0..5000 ppm front end; slightly negative when its zero drifts
    "co": ("ppm", -100.0, 5000.0),
    "battery": ("%EL", 0.0, 100.0),
    "call_point": (BOOL, 0, 1),
    "local_alarm": (BOOL, 0, 1),
}


def unit_of(channel: str) -> str:
    """Unit of a channel; empty for a truth value. KeyError for an unknown channel."""
    unit = CHANNELS[channel][0]
    return "" if unit == BOOL else unit


def is_bool(channel: str) -> bool:
    """True where readings of the channel are truth values."""
    return CHANNELS[channel][0] == BOOL


def plausible(channel: str, value: float) -> bool:
    """True where a healthy sensor of this channel can say this value."""
    _, low, high = CHANNELS[channel]
    return bool(low <= value <= high)

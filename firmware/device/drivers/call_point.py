"""Manual call point with a change-over contact. Wiring: common to GND, NO and NC each to a pin with pull-up.

Exactly one of the two contacts is closed. Both or none: a wire is cut or shorted, and that must not look like peace.
"""

from firmware.device.drivers import SensorError


def decode(normally_open: int, normally_closed: int) -> bool:
    """Pin levels (0 is closed) to True where it is pressed. Raises SensorError where the wiring is broken."""
    if normally_open == normally_closed:
        raise SensorError("contacts_disagree")
    return normally_open == 0


class CallPoint:
    """A press shorter than the time between two reads counts as well."""

    def __init__(self, pin_open, pin_closed, irq_falling: int) -> None:
        self._open = pin_open
        self._closed = pin_closed
        self._seen = False
        pin_open.irq(self._pressed, irq_falling)

    def _pressed(self, _pin) -> None:
        self._seen = True

    async def read(self) -> bool:
        """True where it is pressed or was since the last read. Raises SensorError."""
        pressed = decode(self._open.value(), self._closed.value()) or self._seen
        self._seen = False
        return pressed

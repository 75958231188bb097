"""Manual call point with a change-over contact. Wiring: common to GND, NO and NC each to a pin with pull-up.

Exactly one of the two contacts is closed. Both or none: a wire is cut or shorted, and that must not look like peace.
"""

from firmware.device import const
from firmware.device.drivers import SensorError

_SETTLE_MS = const(20)  # the change-over takes a few ms, and bounces; ours


def decode(normally_open: int, normally_closed: int) -> bool:
    """Pin levels (0 is closed) to True where it is pressed. Raises SensorError where the wiring is broken."""
    if normally_open == normally_closed:
        raise SensorError("contacts_disagree")
    return normally_open == 0


class CallPoint:
    """A press shorter than the time between two reads counts as well; a spike on one wire does not."""

    def __init__(self, pin_open, pin_closed, irq_falling: int, sleep_ms=None) -> None:
        self._open = pin_open
        self._closed = pin_closed
        self._sleep_ms = sleep_ms
        self._seen = False
        pin_open.irq(self._pressed, irq_falling)

    def _pressed(self, _pin) -> None:
        # both contacts have to say so; each bounce asks again, so that the last one finds them settled
        self._seen = self._seen or (self._open.value() == 0 and self._closed.value() == 1)

    async def read(self) -> bool:
        """True where it is pressed or was since the last read. Raises SensorError."""
        if self._sleep_ms is not None and self._open.value() == self._closed.value():
            await self._sleep_ms(_SETTLE_MS)
        pressed = self._seen or decode(self._open.value(), self._closed.value())
        self._seen = False
        return pressed

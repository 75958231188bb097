"""A contact to GND, or an open collector, on a pin with pull-up: a cut wire reads as an open contact.

Door reed, extinguisher microswitch, housing switch, button, optocoupler of the mains.
"""

from firmware.device import const

_SETTLE_MS = const(20)  # reed contacts and microswitches bounce for up to 10 ms; ours


class Contact:
    """True while the pin is at its active level (0: closed). With `irq`, the edge to it, a shorter press counts too."""

    def __init__(self, pin, sleep_ms, active: int = 0, irq: int | None = None) -> None:
        self._pin = pin
        self._sleep_ms = sleep_ms
        self._active = active
        self._level = pin.value()
        self._seen = False
        if irq is not None:
            pin.irq(self._pressed, irq)

    def _pressed(self, pin) -> None:
        self._seen = self._seen or pin.value() == self._active  # a spike is over by now

    async def read(self) -> bool:
        """The debounced contact: a new level has to stand for 20 ms."""
        level = self._pin.value()
        if level != self._level:
            await self._sleep_ms(_SETTLE_MS)
            if self._pin.value() == level:
                self._level = level
        seen, self._seen = self._seen, False
        return seen or self._level == self._active

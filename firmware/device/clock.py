"""From uptime to UTC. The gateway tells the time; until it has, readings carry their age instead."""

from firmware.device import const

_ASK_EVERY_MS = const(600_000)  # a crystal of 50 ppm drifts 30 ms in ten minutes
_ASK_AGAIN_MS = const(10_000)  # no answer yet
_MAX_ROUND_TRIP_MS = const(60_000)  # an answer is wrong by up to its round trip; a later question does better


class Clock:
    """All arithmetic is in whole numbers: single-precision floats round an epoch to 128 s."""

    def __init__(self, uptime, boots) -> None:
        self._uptime = uptime
        self._boots = boots
        self.boot = boots.boot
        self._asked_ms: int | None = None
        self._learned_ms: int | None = None

    def uptime_ms(self) -> int:
        """Milliseconds since power-on."""
        return self._uptime.now_ms()

    def utc_ms(self, boot: int, uptime_ms: int) -> int | None:
        """UTC epoch ms at a moment of this or an earlier boot; None where that boot never learned it."""
        offset = self._boots.offset_ms(boot)
        return None if offset is None else uptime_ms + offset

    def age_ms(self, boot: int, uptime_ms: int) -> int:
        """How long ago that was. Of an earlier boot: at least so long, as nobody knows how long the power was off."""
        now = self.uptime_ms()
        return now - uptime_ms if boot == self._boots.boot else now

    def due(self) -> bool:
        """True when the gateway should be asked; asking counts from here."""
        now = self.uptime_ms()
        if self._learned_ms is not None and now - self._learned_ms < _ASK_EVERY_MS:
            return False
        if self._asked_ms is not None and now - self._asked_ms < _ASK_AGAIN_MS:
            return False
        self._asked_ms = now
        return True

    def reconnected(self) -> None:
        """Ask again at the next chance."""
        self._asked_ms = self._learned_ms = None

    def answered(self, boot: int, ticks_ms: int, utc_ms: int) -> bool:
        """The gateway's answer to our question at ticks_ms. False where it belongs to another boot or came too late."""
        now = self.uptime_ms()
        if boot != self._boots.boot or not 0 <= now - ticks_ms <= _MAX_ROUND_TRIP_MS:
            return False
        self._boots.learn(utc_ms - ticks_ms)
        self._learned_ms = now
        return True

"""What deserves a sound but no alarm: an opened housing, a dead sensor, a low battery, a failed self-test."""

from firmware.device import const

_SAMPLES = const(3)  # in a row, as in the gateway: one bad sample is no trouble
_TAMPER_MS = const(180_000)  # then it is quiet: nobody shall break a board because it cries for weeks; ours
_LOW_PCT = const(20)  # of the battery; ours
_FULL_AGAIN_PCT = const(25)


class Trouble:
    """`names` are the troubles of now; until `silent_until_ms`, or until a new one, they are not sounded."""

    def __init__(self) -> None:
        self._rows: dict = {}  # channel -> samples in a row without a value
        self._opened_ms: int | None = None
        self._low = False
        self.silent_until_ms = 0
        self.names: list = []

    def feed(self, values: dict, faults: dict, at_ms: int) -> str | None:
        """Take one sample; the pattern to play."""
        self._rows = {name: self._rows.get(name, 0) + 1 for name, reason in faults.items() if reason != "disabled"}
        names = [channel for channel, rows in self._rows.items() if rows >= _SAMPLES]
        self._low = values.get("battery", 100) < (_FULL_AGAIN_PCT if self._low else _LOW_PCT)
        if self._low:
            names.append("battery")
        if values.get("self_test") is False:
            names.append("self_test")
        if not values.get("tamper"):
            self._opened_ms = None
        elif self._opened_ms is None:
            self._opened_ms = at_ms
        if self._opened_ms is not None and at_ms - self._opened_ms < _TAMPER_MS:
            names.append("tamper")
        if [name for name in names if name not in self.names]:
            self.silent_until_ms = 0
        self.names = names
        if not names or at_ms < self.silent_until_ms:
            return None
        return "tamper" if "tamper" in names else "chirp"

"""How fast a value rises: least-squares slope over a sliding window, without keeping floats of epoch size."""

from array import array


class Rise:
    """Slope per minute over the last `window_ms`; None until half the window has been seen.

    A line through all samples of the window, not last minus first: one bad sample must not look like a fire.
    """

    def __init__(self, window_ms: int, limit: int = 64) -> None:
        self.window_ms = window_ms
        self.limit = limit  # samples kept; at 1 Hz a 60 s window needs 61
        # arrays, not tuples: a full window takes a kilobyte of a board's heap instead of five
        self._at_ms = array("q")
        self._values = array("d")

    def feed(self, value: float, at_ms: int) -> float | None:
        """Slope in value per minute after this sample. A sample older than the newest is ignored."""
        if len(self._at_ms) and at_ms <= self._at_ms[-1]:
            return self.per_minute()
        self._at_ms.append(at_ms)
        self._values.append(value)
        old = max(0, len(self._at_ms) - self.limit)
        while at_ms - self._at_ms[old] > self.window_ms:
            old += 1
        if old:
            self._at_ms = self._at_ms[old:]
            self._values = self._values[old:]
        return self.per_minute()

    def per_minute(self) -> float | None:
        """The slope over what the window holds now, value per minute."""
        count = len(self._at_ms)
        if count < 3 or self._at_ms[-1] - self._at_ms[0] < self.window_ms // 2:
            return None
        start_ms = self._at_ms[0]
        mean_s = (sum(self._at_ms) - count * start_ms) / 1000 / count
        mean = sum(self._values) / count
        above = below = 0.0
        for at_ms, value in zip(self._at_ms, self._values):  # noqa: B905 - not on MicroPython
            offset_s = (at_ms - start_ms) / 1000 - mean_s
            above += offset_s * (value - mean)
            below += offset_s * offset_s
        return 60.0 * above / below

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

    def samples(self) -> list:
        """What the window holds, as (at_ms, value): with `restore`, a restart does not forget half a fire."""
        return list(zip(self._at_ms, self._values))  # noqa: B905 - not on MicroPython

    def restore(self, samples: list) -> None:
        """Take up where `samples` left off."""
        self._at_ms = array("q", [at_ms for at_ms, _ in samples])
        self._values = array("d", [value for _, value in samples])

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
        fit = self._fit()
        return None if fit is None else fit[0]

    def sure_per_minute(self, sigmas: float) -> float | None:
        """The slope less `sigmas` standard errors: what a jumpy sensor's rise is at least."""
        fit = self._fit()
        return None if fit is None else fit[0] - sigmas * fit[1]

    def _fit(self) -> tuple | None:
        # (slope, its standard error), both per minute
        count = len(self._at_ms)
        if count < 3 or self._at_ms[-1] - self._at_ms[0] < self.window_ms // 2:
            return None
        start_ms = self._at_ms[0]
        mean_s = (sum(self._at_ms) - count * start_ms) / 1000 / count
        mean = sum(self._values) / count
        above = below = spread = 0.0
        for at_ms, value in zip(self._at_ms, self._values):  # noqa: B905
            offset_s = (at_ms - start_ms) / 1000 - mean_s
            above += offset_s * (value - mean)
            below += offset_s * offset_s
            spread += (value - mean) * (value - mean)
        slope = above / below
        left = max(0.0, spread - slope * above)  # what the line does not explain
        return 60.0 * slope, 60.0 * (left / (count - 2) / below) ** 0.5

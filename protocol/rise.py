"""How fast a value rises: least-squares slope over a sliding window, without keeping floats of epoch size."""


class Rise:
    """Slope per minute over the last `window_ms`; None until half the window has been seen.

    A line through all samples of the window, not last minus first: one bad sample must not look like a fire.
    """

    def __init__(self, window_ms: int, limit: int = 64) -> None:
        self.window_ms = window_ms
        self.limit = limit  # samples kept; at 1 Hz a 60 s window needs 61
        self._samples: list = []

    def samples(self) -> list:
        """What the window holds, as (at_ms, value): with `restore`, a restart does not forget half a fire."""
        return list(self._samples)

    def restore(self, samples: list) -> None:
        """Take up where `samples` left off."""
        self._samples = [(at_ms, value) for at_ms, value in samples]

    def feed(self, value: float, at_ms: int) -> float | None:
        """Slope in value per minute after this sample. A sample older than the newest is ignored."""
        samples = self._samples
        if samples and at_ms <= samples[-1][0]:
            return self.per_minute()
        samples.append((at_ms, value))
        while at_ms - samples[0][0] > self.window_ms or len(samples) > self.limit:
            samples.pop(0)
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
        samples = self._samples
        count = len(samples)
        if count < 3 or samples[-1][0] - samples[0][0] < self.window_ms // 2:
            return None
        start_ms = samples[0][0]
        mean_s = sum([(at - start_ms) / 1000 for at, _ in samples]) / count
        mean = sum([value for _, value in samples]) / count
        above = below = spread = 0.0
        for at_ms, value in samples:
            offset_s = (at_ms - start_ms) / 1000 - mean_s
            above += offset_s * (value - mean)
            below += offset_s * offset_s
            spread += (value - mean) * (value - mean)
        slope = above / below
        left = max(0.0, spread - slope * above)  # what the line does not explain
        return 60.0 * slope, 60.0 * (left / (count - 2) / below) ** 0.5

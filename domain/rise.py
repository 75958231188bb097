"""The gateway's side of a rise: it survives a restart, and it knows how sure it is."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from protocol.rise import Rise


class SureRise(Rise):
    """The same slope as on the board, with what a board does not need."""

    def samples(self) -> list[tuple[int, float]]:
        """What the window holds, as (at_ms, value): with `restore`, a restart does not forget half a fire."""
        return list(zip(self._at_ms, self._values, strict=True))

    def restore(self, samples: Iterable[tuple[int, float]]) -> None:
        """Take up where `samples` left off."""
        kept = list(samples)
        self._at_ms = array("q", [at_ms for at_ms, _ in kept])
        self._values = array("d", [value for _, value in kept])

    def sure_per_minute(self, sigmas: float) -> float | None:
        """The slope less `sigmas` standard errors: what a jumpy sensor's rise is at least, value per minute."""
        per_minute = self.per_minute()
        if per_minute is None:
            return None
        count = len(self._at_ms)
        mean_s = sum(at_ms - self._at_ms[0] for at_ms in self._at_ms) / 1000 / count
        mean = sum(self._values) / count
        offsets_s = [(at_ms - self._at_ms[0]) / 1000 - mean_s for at_ms in self._at_ms]
        below = sum(offset_s**2 for offset_s in offsets_s)
        slope = per_minute / 60
        residuals = (value - mean - slope * at for at, value in zip(offsets_s, self._values, strict=True))
        error = (sum(residual**2 for residual in residuals) / (count - 2) / below) ** 0.5
        return per_minute - sigmas * 60 * float(error)

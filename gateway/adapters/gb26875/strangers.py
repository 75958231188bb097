"""Devices that speak and are not in the site file: whoever wires a panel must hear of it, and so must the centre."""

from __future__ import annotations

PRESENT_S = 600.0  # after that it has gone, or somebody has put it into the site file
MAX_KNOWN = 20  # the rest is in the quarantine


class Strangers:
    """Who spoke lately. Monotonic seconds."""

    def __init__(self) -> None:
        self._heard_s: dict[str, float] = {}

    def note(self, who: str, now_s: float) -> None:
        """Somebody nobody knows spoke."""
        if who in self._heard_s or len(self._heard_s) < MAX_KNOWN:
            self._heard_s[who] = now_s

    def forget(self, who: str) -> None:
        """Known from now on."""
        self._heard_s.pop(who, None)

    def present(self, now_s: float) -> list[str]:
        """All that spoke within the last ten minutes, sorted."""
        self._heard_s = {who: heard_s for who, heard_s in self._heard_s.items() if now_s - heard_s <= PRESENT_S}
        return sorted(self._heard_s)

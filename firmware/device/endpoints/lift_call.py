"""The test call: at least every 72 hours (EN 81-28) a report goes the way a real alarm goes, and must be answered."""

from firmware.device import const

_FIRST_MS = const(60_000)  # after power-on: by then the parts have said what they say


class TestCall:
    """`answered`: how the last call went; None where there was none yet."""

    def __init__(self, memory) -> None:
        self._memory = memory
        self._sent_ms = 0  # uptime
        self._id: str | None = None  # of a call on its way

    @property
    def answered(self) -> bool | None:
        """True where the gateway took the last one in time, or late but at last."""
        return self._memory.state.get("answered")

    def feed(self, reports, failed: list, at_ms: int, utc_ms: int | None, limits: dict) -> None:
        """Once a second: call when it is due, and look for the answer. `failed`: channels without a value."""
        if self._id is not None:
            if not reports.holds(self._id):
                self._id = None
                self._memory.keep("answered", True)
            elif at_ms - self._sent_ms >= limits["test_answer_ms"]:
                self._memory.keep("answered", False)
        if at_ms >= _FIRST_MS and self._due(at_ms, utc_ms, limits["test_call_ms"]):
            self._sent_ms = at_ms
            self._memory.keep("called_ms", utc_ms)
            self._id = reports.put("test_call", passed=not failed, failed=failed)

    def _due(self, at_ms: int, utc_ms: int | None, every_ms: int) -> bool:
        """By UTC, which goes on while the power is off. Without it nobody could answer anyway."""
        called_ms = self._memory.state.get("called_ms")
        if utc_ms is None:
            return at_ms - self._sent_ms >= every_ms
        return called_ms is None or not 0 <= utc_ms - called_ms < every_ms

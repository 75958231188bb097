"""What a lift endpoint must not forget when its power goes: the latch, and the test call.

The test call: at least every 72 hours (EN 81-28) a report goes the way a real alarm goes, and must be answered.
"""

from firmware.device import const
from firmware.device.kept import load, save

_FIRST_MS = const(60_000)  # after power-on: by then the parts have said what they say


class Memory:
    """A small file, written on change only. `state`: "trapped"; "called_ms" in UTC and "answered" after a test call."""

    def __init__(self, path: str, faults: dict) -> None:
        self._path = path
        self._faults = faults
        self.state = load(path)
        self.state["trapped"] = bool(self.state.get("trapped"))
        self._sent_ms = 0  # uptime of the last test call
        self._id: str | None = None  # of one on its way

    def keep(self, name: str, value) -> None:
        """Durable on return, unless the flash fails; then it is a fault, and true until the power goes."""
        if self.state.get(name) == value:
            return
        self.state[name] = value
        try:
            save(self._path, self.state)
        except OSError as error:
            self._faults["flash"] = "write_failed"
            print("flash:", error)

    def call(self, reports, failed: list, at_ms: int, utc_ms: int | None, limits: dict) -> bool | None:
        """Once a second: call when it is due, look for the answer. Was the last one answered? None before the first.

        `failed`: channels whose part failed.
        """
        if self._id is not None:
            if not reports.holds(self._id):
                self._id = None
                self.keep("answered", True)
            elif at_ms - self._sent_ms >= limits["test_answer_ms"]:
                self.keep("answered", False)
        if at_ms >= _FIRST_MS and self._due(at_ms, utc_ms, limits["test_call_ms"]):
            self._sent_ms = at_ms
            self.keep("called_ms", utc_ms)
            self._id = reports.put("test_call", passed=not failed, failed=failed)
        answered = self.state.get("answered")
        if answered is False:
            self._faults["test_call"] = "missed"
        else:
            self._faults.pop("test_call", None)
        return answered

    def _due(self, at_ms: int, utc_ms: int | None, every_ms: int) -> bool:
        """By UTC, which goes on while the power is off. Without it nobody could answer anyway."""
        called_ms = self.state.get("called_ms")
        if utc_ms is None:
            return at_ms - self._sent_ms >= every_ms
        return called_ms is None or not 0 <= utc_ms - called_ms < every_ms

"""The self-test of an endpoint: asked for by a person, and once a week by itself.

It runs in the sampler's own order, as the driver of the channel `self_test`: nobody else has the buses meanwhile. The
contacts and everything else without a `check` are judged by what they said in this very sample.
"""

from firmware.device import const
from firmware.device.drivers import SensorError

DAYS = 7
_DAY_MS = const(86_400_000)


class SelfTest:
    """`state` keeps `passed` and `tested_ms` (UTC, None where unknown) over boots; its owner writes it to flash.

    `by` is who has asked for a test with the next sample. None asks for nothing.
    """

    def __init__(self, state: dict, drivers: dict) -> None:
        self.days = DAYS
        self.by: str | None = None
        self._drivers = drivers  # by channel
        self._state = state
        self._since_ms = 0  # uptime of the last test, or of the boot
        self._failed: dict | None = None  # what a test has found that nobody has taken yet

    def look(self, uptime_ms: int, utc_ms: int | None) -> None:
        """Is it time?"""
        tested_ms = self._state["tested_ms"]
        if utc_ms is not None and tested_ms is not None and tested_ms <= utc_ms:
            ago_ms = utc_ms - tested_ms
        else:  # no clock, or one that was set back
            ago_ms = uptime_ms - self._since_ms
        days = self.days if self._state["passed"] else 1  # somebody may only have fried something just then
        if self.by is None and (self._state["passed"] is None or ago_ms >= days * _DAY_MS):
            self.by = "schedule"

    async def read(self) -> bool:
        """True where the last test passed; runs one where it is asked for. SensorError before the first one."""
        if self.by is not None:
            self._failed = {}
            for channel, driver in self._drivers.items():
                if hasattr(driver, "check"):
                    try:
                        await driver.check()
                    except SensorError as error:
                        self._failed[channel] = error.reason
        elif self._state["passed"] is None:
            raise SensorError("untested")
        return bool(self._state["passed"])

    def finish(self, faults: dict, uptime_ms: int, utc_ms: int | None) -> tuple | None:
        """(who asked, channel -> reason of what failed) where a test has just run; it is the new state."""
        if self._failed is None:
            return None
        by, failed = self.by, self._failed
        self.by = self._failed = None
        for channel, reason in faults.items():
            failed[channel] = reason
            if reason == "disabled":
                del failed[channel]
        self._since_ms = uptime_ms
        self._state["passed"] = not failed
        self._state["tested_ms"] = utc_ms
        return by, failed

"""Reads every channel once a period, judges it and hands it on; then, and only then, feeds the watchdog."""

from firmware.device.drivers import SensorError
from firmware.device.sample import Sample
from protocol.quantities import plausible


class Schedule:
    """Slots of a fixed grid: no drift, and a slot that was missed is counted, not made up for."""

    def __init__(self, start_ms: int, period_ms: int) -> None:
        self._next_ms = start_ms
        self._period_ms = period_ms
        self.overruns = 0

    def wait_ms(self, now_ms: int) -> int:
        """How long to sleep until the next slot."""
        self._next_ms += self._period_ms
        late_ms = now_ms - self._next_ms
        if late_ms >= self._period_ms:
            missed = late_ms // self._period_ms
            self.overruns += missed
            self._next_ms += missed * self._period_ms
        return max(0, self._next_ms - now_ms)


async def read_all(drivers: dict, records, channels: dict) -> tuple[dict, dict]:
    """(values, faults): a channel is in exactly one of them, and never with an old value.

    `channels`: what settings say of some. A disabled one is not read and is a fault: it must not look healthy.
    """
    values, faults = {}, {}
    for channel, driver in drivers.items():
        wanted = channels.get(channel, {})
        if wanted.get("enabled") is False:
            faults[channel] = "disabled"
            continue
        try:
            value = await driver.read()
        except SensorError as error:
            faults[channel] = error.reason
            continue
        if "scale" in wanted:
            value *= wanted["scale"]
        if "offset" in wanted:
            value += wanted["offset"]
        if plausible(records.table, channel, value):
            values[channel] = records.rounded(channel, value)
        else:
            faults[channel] = "out_of_range"
    return values, faults


class Sampler:
    """`seq` counts the samples of this boot from 0; (boot, seq) never comes twice."""

    def __init__(self, period_ms: int, endpoint, records, outbox, kit, settings) -> None:
        self._period_ms = period_ms
        self._endpoint = endpoint
        self._records = records
        self._outbox = outbox
        self._clock = kit.clock
        self._boot = kit.boot
        self._settings = settings
        self._schedule: Schedule | None = None
        self.seq = 0
        self.faults: dict = {}
        self.urgent = False  # the last sample was

    def overruns(self) -> int:
        """Samples that were skipped because a cycle took too long."""
        return 0 if self._schedule is None else self._schedule.overruns

    async def cycle(self) -> None:
        """One sample: read, judged, kept."""
        at_ms = self._clock.uptime_ms()
        values, faults = await read_all(self._endpoint.drivers, self._records, self._settings.channels)
        self.faults = faults
        self.urgent = bool(self._endpoint.judge(values, faults, at_ms))
        sample = Sample(self._boot, self.seq, at_ms, self._clock.utc_ms(self._boot, at_ms), values, faults)
        self.seq += 1
        self._outbox.put(self._records.pack(sample), self.urgent)

    async def run(self, uptime, after_cycle) -> None:
        """For ever. A cycle that raises ends the task, and nothing feeds the watchdog."""
        self._schedule = self._schedule or Schedule(uptime.now_ms(), self._period_ms)
        while True:
            await self.cycle()
            after_cycle()
            await uptime.sleep_ms(self._schedule.wait_ms(uptime.now_ms()))

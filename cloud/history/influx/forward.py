"""From the queue to the server, in order, for ever: what it refuses is told from what it cannot take now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyarrow as pa
import structlog

from cloud.history.influx import texts
from cloud.history.influx.lines import body, channel_lines, reading_lines
from cloud.history.influx.marks import touched
from cloud.history.influx.queue import Queue, Refusal
from cloud.history.influx.server import Away, Refused, Server
from runtime.backoff import delay_s

log = structlog.get_logger()
TOGETHER = 10_000  # readings of one request, about a megabyte; InfluxData advises 5,000 to 10,000 lines
WRITERS = 2  # of many at once: one makes lines while the server takes those of the other
LOOK_S = 0.25  # how soon a new batch is seen
# so many single lines refused, and none taken: then it is not the lines. Something else in the bucket has our fields
# with another type, say. They wait, or a mistake in a bucket would send all readings into quarantine.
NOT_THE_LINES = 64


@dataclass(slots=True)
class Stored:
    """What became of the lines of one call."""

    refusals: list[Refusal] = field(default_factory=list)
    beyond: int = 0  # older than the bucket keeps: its own retention is shorter than ours
    taken: bool = False


def store(server: Server, lines: pa.StringArray) -> Stored:
    """Write lines; bad ones are found by halving. Raises Away where the server takes none of many."""
    stored = Stored()
    rest = [lines]
    while rest:
        part = rest.pop()
        try:
            stored.beyond += server.write(body(part))
            stored.taken = True
        except Refused as error:
            if len(part) > 1:
                half = len(part) // 2
                rest += [part[half:], part[:half]]
                continue
            stored.refusals.append(Refusal(line=part[0].as_py().rstrip("\n"), why=str(error)))
            if len(stored.refusals) >= NOT_THE_LINES and not stored.taken:
                raise Away(texts.takes_none(str(error))) from error
    return stored


class Forward:
    """One at a time per queue."""

    def __init__(self, server: Server, queue: Queue) -> None:
        self._server, self.queue = server, queue
        self.failures = 0  # attempts in a row that the server took nothing
        self.why = ""

    def step(self) -> bool:
        """One request's worth; False where nothing is owed. Raises Away."""
        batches = self.queue.oldest(TOGETHER)
        if not batches:
            self._tell_channels()
            return False
        readings = pa.concat_tables([batch.readings for batch in batches])
        stored = store(self._server, reading_lines(readings))
        self.queue.written(batches, touched(readings).marks, stored.refusals)
        self._count(stored)
        return True

    def write_now(self, readings: pa.Table) -> None:
        """Many at once, past the queue. Raises Away; then none of them counts as stored."""
        parts = [readings.slice(start, TOGETHER) for start in range(0, readings.num_rows, TOGETHER)]
        with ThreadPoolExecutor(WRITERS) as pool:
            for stored in pool.map(lambda part: store(self._server, reading_lines(part)), parts):
                if stored.refusals:
                    self.queue.written((), (), stored.refusals)
                self._count(stored)
        found = touched(readings)
        self.queue.written((), found.marks, ())
        self.queue.seen(found.seen)

    async def run(self, step: Callable[[], bool], wait_s: Callable[[int], float] = delay_s) -> None:
        """For ever; a server that is away is asked again and again, never given up."""
        while True:
            try:
                more = await asyncio.to_thread(step)
            except Away as error:
                self._say(str(error))
                await asyncio.sleep(wait_s(self.failures))
                self.failures += 1
            else:
                self.failures, self.why = 0, ""
                if not more:
                    await asyncio.sleep(LOOK_S)

    def _say(self, why: str) -> None:
        """Once per outage, not once per attempt."""
        if not self.why:
            log.warning("influx_away", why=why, owed=self.queue.owed)
        self.why = why

    def _tell_channels(self) -> None:
        untold = self.queue.untold()
        if untold:
            store(self._server, channel_lines(untold))
            self.queue.told(untold)

    def _count(self, stored: Stored) -> None:
        if stored.beyond:
            self.queue.add("beyond_bucket", stored.beyond)
        for refusal in stored.refusals[:1]:
            log.error("influx_refused", lines=len(stored.refusals), first=refusal.line, why=refusal.why)

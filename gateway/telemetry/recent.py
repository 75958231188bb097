"""The last samples of each endpoint, in memory: evidence. After a start they come from what is staged of telemetry.

They are durable there already; written once more they were nearly half of what a gateway wrote to flash.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict, deque
from functools import partial

import msgspec

from domain.readings import Reading, Value
from gateway.telemetry.telemetry import readable_rows

RING = 256  # samples kept per endpoint: four minutes at 1 Hz, evidence needs one
SPAN_MS = 120_000  # twice what evidence needs, for endpoints that send less often: bounds the memory of a large site
LOOK_BACK = 5  # samples in which a value is looked for
MAX_POINTS = 120  # per channel of one piece of evidence

Sample = tuple[int, int, bytes]  # received, measured, values as JSON: a quarter of what they take as objects


class Recent:
    """Runs in the writer's thread; forgets with an undone transaction, and reads again what was committed."""

    def __init__(self) -> None:
        self._rings: defaultdict[str, deque[Sample]] = defaultdict(partial(deque, maxlen=RING))
        self._loaded = False

    def add(self, db: sqlite3.Connection, reading: Reading) -> None:
        """One more; it takes the place of the oldest."""
        self._load(db)
        self._keep(reading)

    def evidence(
        self, db: sqlite3.Connection, device: str, after_ms: int, until_ms: int
    ) -> dict[str, list[list[object]]]:
        """The samples of an endpoint with after_ms < at_ms <= until_ms: channel -> [[at_ms, value], ...], bounded."""
        self._load(db)
        found = [(at_ms, values) for _, at_ms, values in self._rings.get(device, ()) if after_ms < at_ms <= until_ms]
        found.sort(key=lambda sample: sample[0])
        points: dict[str, list[list[object]]] = {}
        for at_ms, values in found[-MAX_POINTS:]:
            for channel, value in msgspec.json.decode(values).items():
                points.setdefault(channel, []).append([at_ms, value])
        return points

    def newest(self, db: sqlite3.Connection, device: str, channel: str) -> Value | None:
        """The last value of a channel; None where the newest samples have none."""
        self._load(db)
        for _, _, values in list(self._rings.get(device, ()))[-LOOK_BACK:][::-1]:
            value: Value | None = msgspec.json.decode(values).get(channel)
            if value is not None:
                return value
        return None

    def forget(self) -> None:
        """The transaction was undone, or the file is another one."""
        self._rings.clear()
        self._loaded = False

    def _load(self, db: sqlite3.Connection) -> None:
        if self._loaded:
            return
        self._loaded = True
        newest = "(SELECT MAX(received_ms) FROM telemetry)"
        for (rows,) in db.execute(
            f"SELECT rows FROM telemetry WHERE received_ms >= {newest} - ? ORDER BY bucket, n",  # noqa: S608 - our own
            (SPAN_MS,),
        ):
            for reading in readable_rows(rows):  # evidence is worth less than judging
                self._keep(reading)

    def _keep(self, reading: Reading) -> None:
        ring = self._rings[reading.device]
        while ring and reading.received_ms - ring[0][0] > SPAN_MS:
            ring.popleft()
        ring.append((reading.received_ms, reading.at_ms, msgspec.json.encode(reading.values)))

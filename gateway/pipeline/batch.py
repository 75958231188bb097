"""New samples of one transaction, judged together: filters work on a batch, rules on one sample after the other."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial

from domain.alarms import Change
from domain.readings import Reading
from gateway.beliefs.memory import Memory
from gateway.filters.filters import Filters
from gateway.outward import history
from runtime.ids import uuid7

Emit = Callable[[sqlite3.Connection, str, list[Change], int], None]


class Batch:
    """Runs in the writer's thread. `settle` before anything that must find all samples judged; `flush` at the end.

    Of one endpoint only samples that follow each other wait together.
    """

    def __init__(self, memory: Memory, filters: Filters, emit: Emit) -> None:
        self._memory = memory
        self._filters = filters
        self._emit = emit
        self._waiting: list[Reading] = []
        self._last: dict[str, tuple[int, int]] = {}  # device -> (boot, seq) of its newest that waits

    def precedes(self, device: str, boot: int, seq: int) -> bool:
        """True where this sample may wait with the others: none of its endpoint that waits is newer."""
        return self._last.get(device, (-1, -1)) < (boot, seq)

    def add(self, reading: Reading) -> None:
        """One more sample, told apart from all others before."""
        self._waiting.append(reading)
        self._last[reading.device] = (reading.boot, reading.seq)

    def settle(self, db: sqlite3.Connection) -> None:
        """Judge what waits."""
        waiting, self._waiting = self._waiting, []
        self._last.clear()
        if not waiting:
            return
        look = self._memory.look
        batch = [(reading, reading.backfill or look(db, reading.device).is_behind(reading)) for reading in waiting]
        for reading, filtered in zip(waiting, self._filters.run(db, batch), strict=True):
            if filtered.reported is not None:
                history.stage(db, filtered.reported)
            endpoint = self._memory.change(db, reading.device)
            changes = endpoint.feed(reading, partial(uuid7, reading.received_ms), filtered.ordinary)
            self._emit(db, reading.device, changes, reading.received_ms)
        self._filters.save(db, waiting[-1].received_ms)

    def flush(self, db: sqlite3.Connection) -> None:
        """The first of the caches: what it judges is written by those after it."""
        self.settle(db)

    def forget(self) -> None:
        """The transaction was undone."""
        self._waiting.clear()
        self._last.clear()
        self._filters.forget()

"""Numbers of foreign devices on the way of every sample: history, local store, evidence. Writer's thread only."""

from __future__ import annotations

import sqlite3
from itertools import count

from domain.readings import Reading
from gateway.adapters import Measured
from gateway.outward import history
from gateway.telemetry.recent import Recent
from gateway.telemetry.telemetry import Telemetry


class ForeignSamples:
    """Gives them the start of the gateway and a number of its own: together no sample ever has them twice."""

    def __init__(self, recent: Recent, telemetry: Telemetry, boot: int) -> None:
        self._recent = recent
        self._telemetry = telemetry
        self._boot = boot
        self._seq = count()

    def keep(self, db: sqlite3.Connection, measured: Measured) -> None:
        """One moment of one device. What it means its own panel judges; nothing is filtered."""
        reading = Reading(
            device=measured.device,
            boot=self._boot,
            seq=next(self._seq),
            at_ms=measured.at_ms,
            received_ms=measured.received_ms,
            told_ms=None,
            backfill=False,
            quality=measured.quality,
            values=measured.values,
            faults=measured.faults,
        )
        self._recent.add(db, reading)
        self._telemetry.add(reading)
        history.stage(db, reading)

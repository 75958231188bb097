"""The recorded NIST fires as readings: one endpoint per place, straight from the files, no process in between."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median

from domain.alarms import Change
from domain.endpoints import Endpoint
from domain.fire import FireLimits
from domain.incidents import Kind
from domain.readings import Reading, accept
from protocol.senml import Pack

IGNITION_MS = 1_795_000_000_000
PPM_PER_PERCENT = 10_000
COLUMNS = (("smoke", "SM{place}_1", 1), ("temp", "TC{place}_1", 1), ("co", "GAS{place}_1", PPM_PER_PERCENT))


def medians(folder: Path) -> dict[tuple[str, str], float]:
    """(test, place) -> median activation of the commercial alarms there, seconds after ignition."""
    times: dict[tuple[str, str], list[float]] = {}
    with (folder / "activation_times.csv").open() as file:
        for row in csv.DictReader(file):
            times.setdefault((row["test"], row["location"]), []).append(float(row["activation_s"]))
    return {where: median(seconds) for where, seconds in times.items()}


def readings(csv_file: Path, place: str) -> Iterator[Reading]:
    """What an endpoint at this place would have sampled."""
    with csv_file.open() as file:
        for seq, row in enumerate(csv.DictReader(file)):
            values = {}
            for channel, column, factor in COLUMNS:
                text = row.get(column.format(place=place))
                if text and not math.isnan(float(text)):
                    values[channel] = float(text) * factor
            at_ms = IGNITION_MS + round(float(row["TIME"]) * 1000)
            yield accept(Pack(f"fire-{place}", 1, seq, at_ms, values=values), at_ms)


def fire_changes(csv_file: Path, place: str, limits: FireLimits | None = None) -> list[Change]:
    """Every change of the fire incident of this place."""
    endpoint = Endpoint(limits or FireLimits())
    ids = count()
    changes: list[Change] = []
    for reading in readings(csv_file, place):
        if endpoint.is_new(reading):
            changes += endpoint.feed(reading, lambda: f"incident-{next(ids)}")
    return [change for change in changes if change.incident.kind is Kind.FIRE]

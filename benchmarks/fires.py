"""The fire rules against plain limits on recorded fires: `python -m benchmarks.fires FOLDER`, as in docs/fires.md.

The recordings judge; nothing is fitted to them. Plain limits: the rule of the data's own read-me, a rise over 30 s.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from domain.alarms import Change
from domain.endpoints import Endpoint
from domain.fire import FireLimits
from domain.incidents import ConditionEvent, Kind, Severity
from domain.readings import Reading
from domain.shelving import Shelves
from domain.site_rules.context import Context
from domain.site_rules.engine import fresh
from domain.site_rules.limits import Place, SiteLimits
from tests.domain.recorded_fires import IGNITION_MS, medians, readings

PLAIN_SMOKE_PER_M = 0.02
PLAIN_RISE_C = 20.0
PLAIN_RISE_C_PER_MIN = 8.0
PLAIN_WINDOW_MS = 30_000
IN_A_ROW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One place of one fire, seconds after ignition; None: never."""

    test: str
    place: str
    commercial_s: float
    plain_s: float | None
    ours_s: float | None
    confirmed_alone_s: float | None
    confirmed_s: float | None


def plain_s(samples: Iterator[Reading]) -> float | None:
    """When the plain rule speaks: two samples in a row above any of its three limits."""
    run, first_c = 0, None
    window: deque[tuple[int, float]] = deque()
    for reading in samples:
        above = reading.values.get("smoke", 0.0) >= PLAIN_SMOKE_PER_M
        temp_c = reading.values.get("temp")
        if temp_c is not None:
            first_c = temp_c if first_c is None else first_c
            window.append((reading.at_ms, temp_c))
            while reading.at_ms - window[0][0] > PLAIN_WINDOW_MS:
                window.popleft()
            above = above or temp_c - first_c >= PLAIN_RISE_C or _rises(window)
        run = run + 1 if above else 0
        if run == IN_A_ROW:
            return (reading.at_ms - IGNITION_MS) / 1000
    return None


def _rises(window: deque[tuple[int, float]]) -> bool:
    (from_ms, from_c), (to_ms, to_c) = window[0], window[-1]
    long_enough = to_ms - from_ms >= 0.9 * PLAIN_WINDOW_MS
    return long_enough and (to_c - from_c) / (to_ms - from_ms) * 60_000 >= PLAIN_RISE_C_PER_MIN


def _first(changes: list[tuple[str, Change]], place: str, severity: Severity | None) -> float | None:
    for device, change in changes:
        incident = change.incident
        burns = incident.kind is Kind.FIRE and change.event is not ConditionEvent.CLEARED
        if device == place and burns and severity in (None, incident.severity):
            return (incident.changed_at_ms - IGNITION_MS) / 1000
    return None


def play(csv_file: Path, places: list[str]) -> tuple[list[tuple[str, Change]], list[tuple[str, Change]]]:
    """(what the endpoints said, what the centre was told) of a whole home, all its rooms in one group."""
    home = {place: Place(grid="home", group="home") for place in places}
    rules = fresh(Context("gateway", home, SiteLimits(), Shelves(), lambda _name: None), (), None)
    endpoints, ids = {place: Endpoint(FireLimits()) for place in places}, count()
    samples = [(reading.at_ms, place, reading) for place in places for reading in readings(csv_file, place)]
    alone: list[tuple[str, Change]] = []
    together: list[tuple[str, Change]] = []
    for at_ms, place, reading in sorted(samples, key=lambda sample: sample[:2]):
        if endpoints[place].is_new(reading):
            for change in endpoints[place].feed(reading, lambda: f"incident-{next(ids)}"):
                alone.append((place, change))
                told = rules.feed(place, change, at_ms, lambda: f"parent-{next(ids)}")
                together += [(telling.device, telling.change) for telling in told]
    return alone, together


def measure(folder: Path) -> list[Row]:
    """Every place of every recorded fire."""
    rows = []
    known = medians(folder)
    for test in sorted({test for test, _ in known}):
        csv_file, places = folder / f"{test}.csv", sorted(place for name, place in known if name == test)
        alone, together = play(csv_file, places)
        rows += [
            Row(
                test=test,
                place=place,
                commercial_s=known[test, place],
                plain_s=plain_s(readings(csv_file, place)),
                ours_s=_first(alone, place, None),
                confirmed_alone_s=_first(alone, place, Severity.CRITICAL),
                confirmed_s=_first(together, place, Severity.CRITICAL),
            )
            for place in places
        ]
    return rows


def table(rows: list[Row]) -> str:
    """As it stands in docs/fires.md."""
    lines = [
        "| fire | place | commercial alarms, median | plain limits | ours: suspected "
        "| ours: confirmed, the endpoint alone | ours: confirmed, with its neighbours |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        times = (row.commercial_s, row.plain_s, row.ours_s, row.confirmed_alone_s, row.confirmed_s)
        cells = [row.test, row.place, *("-" if time_s is None else f"{time_s:.0f} s" for time_s in times)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def in_time(rows: list[Row], name: str) -> int:
    """At how many places a column is no later than the commercial alarms."""
    times = [(getattr(row, name), row.commercial_s) for row in rows]
    return sum(time_s is not None and time_s <= commercial_s for time_s, commercial_s in times)


if __name__ == "__main__":
    found = measure(Path(sys.argv[1]))
    print(table(found))
    for column in ("plain_s", "ours_s", "confirmed_alone_s", "confirmed_s"):
        print(f"{column}: no later than the commercial alarms at {in_time(found, column)} of {len(found)} places")

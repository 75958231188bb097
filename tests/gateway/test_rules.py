"""Ordinary rules in the gateway: entries 7 and 8 of the catalogue of failures, with a database and kill -9."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gateway.site_file.site import load
from gateway.store.counters import all_counters
from protocol import desk
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS, sample

LADDER = """
[[rules.change]]
rule = "hydrant_falling"
enabled = false
[[rules.change]]
rule = "hydrant_pressure"
minor = false
warning = {when = {channel = "hydrant_pressure", low = 100, clear = 132}, on_s = 0, off_s = 300}
major = false
critical = {when = {channel = "hydrant_pressure", low = 100, clear = 132}, on_s = 60, off_s = 120}
"""


class Site(Bench):
    """A bench whose site file changes rules."""

    def configure(self, settings: str) -> None:
        """`settings`: more of the site file."""
        super().configure("")
        path = self.folder / "site.toml"
        path.write_text(path.read_text() + settings)
        self.site = load(path)

    def water(self) -> list[tuple[int, str, str]]:
        """(second, condition, severity) of every message about water pressure."""
        rows = [event.data for event in self.events() if event.data.get("kind") == "water_pressure"]
        assert len({row["incident_id"] for row in rows}) <= 1
        return [((row["changed_at_ms"] - START_MS) // 1000, row["condition"], row["severity"]) for row in rows]


@pytest.mark.parametrize("every", [0, 1, 7], ids=["running", "killed_always", "killed_often"])
def test_entry_8_ladder_and_delays_survive_every_restart(tmp_path: Path, every: int) -> None:
    """Warn, critical after a minute, back, clear after five quiet minutes: one incident, in place."""
    bench = Site(tmp_path, LADDER)
    for second, pressure in enumerate([400] + [90] * 80 + [140] * 320):
        at_ms = START_MS + second * 1000
        bench.take(sample("fire-a", second, at_ms, hydrant_pressure=float(pressure)), at_ms=at_ms)
        if every and second % every == 0:
            bench.restart()

    assert bench.water() == [
        (1, "active", "warning"),
        (61, "active", "critical"),
        (81 + 120, "active", "warning"),
        (81 + 300, "cleared", "warning"),
    ]


def test_entry_7_the_same_reading_twice_and_two_a_millisecond_apart_make_one_incident(tmp_path: Path) -> None:
    """Whatever is sent again, and whatever comes at once."""
    bench = Site(tmp_path, LADDER)
    for seq, at_ms in enumerate((START_MS, START_MS + 1, START_MS + 1, START_MS + 2)):
        payload = sample("fire-a", seq, at_ms, hydrant_pressure=90.0)
        for _ in range(2):
            bench.take(payload, at_ms=at_ms)
            bench.restart()

    assert bench.water() == [(0, "active", "warning")]


def test_what_filters_refused_neither_raises_nor_clears(tmp_path: Path) -> None:
    """A part that failed is a fault of its channel; the incident stays until the pressure is known to be back."""
    bench = Site(tmp_path, LADDER)
    bench.run(0, 5, {"hydrant_pressure": 90.0, "sprinkler_pressure": 500.0})
    bench.run(5, 20, {"sprinkler_pressure": 500.0})

    assert bench.water() == [(0, "active", "warning")]


def test_late_samples_are_history_and_no_news(tmp_path: Path) -> None:
    """Ordinary rules judge what is now; fires are another matter."""
    bench = Site(tmp_path, LADDER)
    bench.run(10, 1, {"hydrant_pressure": 400.0})
    bench.take(sample("fire-a", 5, START_MS + 5000, late=True, hydrant_pressure=20.0), at_ms=START_MS + 11_000)

    assert bench.water() == []


def test_other_rules_of_the_site_file_keep_what_is_active(tmp_path: Path) -> None:
    """A push of configuration raises and clears nothing by itself."""
    bench = Site(tmp_path, LADDER)
    bench.run(0, 3, {"hydrant_pressure": 90.0})
    bench.configure(LADDER.replace("low = 100, clear = 132}, on_s = 0", "low = 60, clear = 80}, on_s = 0"))

    def reload() -> None:
        """In the transaction of a sample that was judged before: nothing of it may be lost."""
        bench.take_in_transaction(sample("fire-a", 3, START_MS + 3000, hydrant_pressure=75.0), at_ms=START_MS + 3000)
        bench.pipeline.batch.settle(bench.db)
        bench.memory.use(bench.site)

    bench._commit(reload)
    bench.run(3, 3, {"hydrant_pressure": 75.0})
    assert all_counters(bench.db)["duplicates"] == 1
    assert bench.water() == [(0, "active", "warning")]
    bench.run(6, 301, {"hydrant_pressure": 90.0})

    assert bench.water()[-1] == (60, "active", "critical")


def test_what_somebody_at_the_centre_has_taken_is_acknowledged_here(tmp_path: Path) -> None:
    """The incident that is meant, not the next one of its kind; getting worse is news again."""
    bench = Site(tmp_path, LADDER)
    states: list[dict[str, str]] = []

    def centre(stage: str) -> None:
        (case_id,) = {
            event.data["incident_id"] for event in bench.events() if event.data.get("kind") == "water_pressure"
        }
        row = {"id": case_id, "stage": stage, "holder": "zhou", "version": 2, "answers": 0}
        payload = desk.encode(len(states) + 1, [row])
        bench._commit(lambda: bench.pipeline.office.desk(bench.db, payload))
        bench.restart()
        states.append({str(kind): str(state) for kind, state in bench.memory.look(bench.db, "fire-a").alarms.items()})

    bench.run(0, 2, {"hydrant_pressure": 90.0})
    centre("reported")
    centre("accepted")
    bench.run(2, 60, {"hydrant_pressure": 90.0})
    centre("reported")
    centre("dispatched")
    bench.run(62, 301, {"hydrant_pressure": 400.0})
    centre("closed")

    assert [state.get("water_pressure") for state in states] == ["unack", "acked", "unack", "acked", None]


def test_the_state_of_a_calm_endpoint_is_small(tmp_path: Path) -> None:
    """It is written with every commit."""
    bench = Site(tmp_path)
    values: dict[str, Any] = {"smoke": 0.01, "temp": 21.0, "battery": 88.0, "mains": True, "escape_door": False}
    bench.run(0, 100, values | {"hydrant_pressure": 400.0, "sprinkler_pressure": 500.0})

    assert "water_pressure" not in {event.data.get("kind") for event in bench.events()}
    assert _size(bench.db, "rules") < 1_200  # two slopes of at most 17 points


def _size(db: sqlite3.Connection, part: str) -> int:
    (size,) = db.execute("SELECT length(json_extract(state, '$.' || ?)) FROM endpoints", (part,)).fetchone()
    return int(size)

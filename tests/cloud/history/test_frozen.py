"""Readings frozen with an incident: the same plot before and after retention, whatever arrives when."""

from __future__ import annotations

import io
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from cloud.history import freezing, ice
from cloud.history.exports.wish import Format, Wish
from cloud.history.ice import Frozen
from cloud.history.port import DAY_MS, Curve, Keep, Known, Level
from cloud.history.series import DuckSeries
from cloud.store.models import Evidence
from cloud.store.models_history import Freezing, FrozenReadings
from cloud.workers.retention import Retention
from domain.incidents import Move
from tests.cloud import facts
from tests.cloud.conftest import Centre

readings = st.dictionaries(
    st.integers(0, 1 << 45), st.tuples(st.none() | st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 7)),
    max_size=50,
)  # fmt: skip


@given(readings)
def test_what_is_packed_comes_back(told: dict[int, tuple[float | None, int]]) -> None:
    """To the last bit."""
    assert ice.unpack(ice.pack(Frozen(readings=told))).readings == told


@given(readings, readings)
def test_freezing_again_never_loses_what_was_frozen(
    first: dict[int, tuple[float | None, int]], second: dict[int, tuple[float | None, int]]
) -> None:
    """A union; twice is once; a value takes the place of a hole and of nothing else."""
    one, two = Frozen(readings=first), Frozen(readings=second)
    both = one.joined(two)

    assert both.readings.keys() == first.keys() | second.keys()
    assert both.joined(two) == both == both.joined(one)
    assert all(both.readings[at] == told for at, told in first.items() if told[0] is not None)


def test_a_calm_hour_takes_few_bytes() -> None:
    """And what is too much is cut at the end, and said to be."""
    hour = Frozen(readings={at * 1000: (21.0 + at % 7 / 10, 0) for at in range(3600)})
    endless = Frozen(readings={at * 100: (1.0, 0) for at in range(ice.POINTS_MAX + 5)})

    assert len(ice.pack(hour)) < 12_000
    assert len(Frozen().joined(endless).readings) == ice.POINTS_MAX
    assert Frozen().joined(endless).cut
    assert ice.unpack(ice.pack(hour), cut=True).cut


def burn(centre: Centre) -> str:
    """A fire that is over, with its history and that of the room beside it."""
    centre.status()
    at_ms = centre.clock.now_ms()
    incident_id = centre.take(1)
    centre.take(1, revision=2, condition="cleared", cleared_at_ms=at_ms + 30_000, at_ms=at_ms)
    for device in ("fire-a", "fire-b"):
        centre.series.append(facts.rows(device, 1, 300, at_ms - 100_000))
    centre.clock.go(300)
    return incident_id


def forget_raw(centre: Centre) -> None:
    """Retention comes by, long afterwards."""
    centre.clock.go(100 * DAY_MS / 1000)
    centre.series.retain(Keep(), centre.clock.now_ms())
    assert centre.series.window("fire-a", "temp", 0, 1 << 45) == []


def test_the_plot_is_the_same_after_retention(centre: Centre) -> None:
    """Own curves and neighbours'; the file too; and a second look changes nothing."""
    incident_id = burn(centre)
    before, near = centre.desk.plot(incident_id), centre.desk.plot(incident_id, near=True)
    centre.desk.history.freezing.look()
    size = blobs(centre)
    centre.desk.history.freezing.freeze(incident_id)
    forget_raw(centre)

    assert [view.channel for view in before] == ["smoke", "temp", "co"]
    assert {view.device for view in near} == {"fire-b"}
    assert all(view.near for view in near)
    assert centre.desk.plot(incident_id) == before
    assert centre.desk.plot(incident_id, near=True) == near
    assert blobs(centre) == size
    wish = Wish(devices=("x",), channels=(), from_ms=0, to_ms=1, format=Format.PARQUET)
    table = pq.read_table(io.BytesIO(b"".join(centre.desk.history.evidence(incident_id, wish, "me"))))
    told = {(row["device"], row["channel"], row["at_ms"]): row["value"] for row in table.to_pylist()}
    assert all(told["fire-a", view.channel, at] == v for view in before for at, v in view.points if v is not None)
    assert ("fire-b", "temp", before[1].points[5][0]) in told


def blobs(centre: Centre) -> list[tuple[Any, ...]]:
    """What is frozen."""
    with centre.store.read() as session:
        row = FrozenReadings
        query = select(row.device, row.channel, row.points, row.readings).order_by(row.device, row.channel)
        return [tuple(found) for found in session.execute(query)]


def test_what_arrives_late_is_joined(sqlite_centre: Centre) -> None:
    """An endpoint was offline: its flash tells days later, and the next look is within a minute."""
    centre = sqlite_centre
    incident_id = burn(centre)
    frozen = centre.desk.history.freezing
    frozen.look()
    with centre.store.read() as session:
        breach_ms = session.get_one(Freezing, incident_id).from_ms + 180_000
    centre.clock.go(5 * 86_400)
    while frozen.look() or due(centre):
        pass
    late = facts.rows("fire-a", 1000, 5, breach_ms - 150_000)
    centre.series.append([row | {"backfill": True} for row in late])
    frozen.late([row | {"backfill": True} for row in late])
    assert due(centre) == 0
    frozen.look()
    forget_raw(centre)
    (smoke, *_) = centre.desk.plot(incident_id)

    assert smoke.points[0] == (breach_ms - 150_000, 1.0)
    assert [(one.what, one.to_ms - one.from_ms) for one in smoke.stretches] == [("late", 4000)]


def due(centre: Centre) -> int:
    """Incidents that are looked at at the next look."""
    with centre.store.read() as session:
        query = select(func.count()).select_from(Freezing).where(Freezing.due_ms <= centre.clock.now_ms())
        return session.scalar(query) or 0


def test_an_open_incident_is_looked_at_again_when_it_is_cleared(sqlite_centre: Centre) -> None:
    """The first look was in the middle of it; every later one is at a growing age, none after raw readings are gone."""
    centre = sqlite_centre
    incident_id = centre.take(1)
    at_ms = centre.clock.now_ms()
    centre.clock.go(90)
    frozen = centre.desk.history.freezing
    frozen.look()
    centre.take(1, revision=2, condition="cleared", cleared_at_ms=at_ms + 200_000, at_ms=at_ms)
    centre.series.append(facts.rows("fire-a", 1, 400, at_ms - 100_000))
    centre.clock.go(260)
    frozen.look()
    with centre.store.read() as session:
        row = session.get_one(Freezing, incident_id)
        kept = session.get_one(FrozenReadings, (incident_id, "fire-a", "temp"))
    assert row.to_ms == at_ms + 260_000
    assert kept.points == 361
    for _ in range(20):
        centre.clock.go(2 * 86_400)
        frozen.look()
    with centre.store.read() as session:
        row = session.get_one(Freezing, incident_id)
    assert row.due_ms is None
    assert row.looks <= 2 + len(freezing.AGES_MS) + 1


MOVES = (Move.ACCEPT, Move.DISPATCH, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)


def retention(centre: Centre, evidence_days: int, closed_days: int = 0) -> Retention:
    """Retention of a centre."""
    return Retention(
        centre.store, centre.clock, closed_days=closed_days, evidence_days=evidence_days, report_days=0, track_days=0
    )


def test_a_retention_of_its_own_lets_frozen_readings_go(sqlite_centre: Centre) -> None:
    """0 keeps them as long as the incident; days let them go before it, and nothing freezes them again."""
    centre = sqlite_centre
    incident_id = burn(centre)
    centre.desk.history.freezing.look()
    centre.walk(incident_id, *MOVES)
    centre.clock.go(40 * 86_400)
    retention(centre, 0).prune()
    assert blobs(centre)
    retention(centre, 30).prune()
    centre.desk.history.freezing.look()
    with centre.store.read() as session:
        assert session.scalar(select(func.count()).select_from(Evidence)) == 0
    assert blobs(centre) == []
    centre.take(2, kind="gateway_fault", device="")  # the newest entry of the log is another one's
    retention(centre, 0, closed_days=30).prune()
    with centre.store.read() as session:
        assert session.scalar(select(func.count()).select_from(Freezing)) == 0


class Odd(DuckSeries):
    """A file of an older program: it holds a name that no row has room for, and a device that cannot be read."""

    def known(self, device: str | None = None) -> list[Known]:
        """With names that the door refuses today."""
        names = ("", "a\0b", "x" * 65)
        return [
            *(Known(device="fire-b", channel=name, first_ms=0, last_ms=1 << 52) for name in names),
            *super().known(device),
        ]

    def read(
        self, device: str, channels: Sequence[str], from_ms: int, to_ms: int, level: Level, limit: int
    ) -> list[Curve]:
        """Not of one."""
        if device == "fire-a":
            raise ValueError("not to be read")
        return super().read(device, channels, from_ms, to_ms, level, limit)


def test_one_that_cannot_be_frozen_stands_in_nobodys_way(centre: Centre) -> None:
    """It is counted and tried again later; the others are frozen, whatever names their channels have."""
    centre.series.close()
    centre.series = Odd(centre.folder / "series.duckdb")
    centre.restart()
    centre.status()
    at_ms = centre.clock.now_ms()
    centre.series.append(facts.rows("fire-b", 1, 60, at_ms - 60_000))
    stuck = centre.take(1)
    centre.clock.go(10)
    other = centre.take(2, device="fire-b", kind="power", severity="minor", signals=[])
    centre.clock.go(4000)
    frozen = centre.desk.history.freezing
    frozen.look()

    with centre.store.read() as session:
        assert set(session.scalars(select(FrozenReadings.incident_id))) == {other}
        assert (session.get_one(Freezing, stuck).due_ms or 0) > centre.clock.now_ms()
    assert (frozen.counters["not_frozen"], due(centre)) == (1, 0)


def test_what_speaks_is_frozen_first(sqlite_centre: Centre) -> None:
    """However many channels the device has: what speaks, what belongs to the kind, what was measured then."""
    centre = sqlite_centre
    at_ms = centre.clock.now_ms()
    now = facts.rows("fire-a", 100, 10, at_ms - 60_000)
    long_ago = facts.rows("fire-a", 1, 10, at_ms - 10 * DAY_MS)
    centre.series.append([row | {"values": {f"a{number:02}": 1.0 for number in range(30)}} for row in long_ago])
    centre.series.append([row | {"values": row["values"] | {f"b{n:02}": 1.0 for n in range(30)}} for row in now])
    centre.take(1)
    centre.clock.go(4000)
    centre.desk.history.freezing.look()

    channels = {channel for _, channel, *_ in blobs(centre)}
    assert len(channels) == freezing.CHANNELS_MAX
    assert channels >= {"smoke", "temp", "co", "call_point"}
    assert not any(channel.startswith("a") for channel in channels)


def test_late_readings_are_looked_at_again_where_the_store_was_busy(sqlite_centre: Centre) -> None:
    """What was told is not forgotten with the transaction that failed."""
    freeze = sqlite_centre.desk.history.freezing
    freeze.late([{"backfill": True, "device": "fire-a", "at_ms": 7}])
    told: list[int] = []

    def busy(_work: object) -> None:
        freeze.late([{"backfill": True, "device": "fire-a", "at_ms": 9}])
        told.append(1)
        raise TimeoutError

    freeze._store = SimpleNamespace(run=busy)  # type: ignore[assignment]
    with pytest.raises(TimeoutError):
        freeze._wake(1)
    freeze._store = sqlite_centre.store
    assert told == [1]
    assert freeze._late == {"fire-a": (7, 9)}


def test_two_readings_of_one_millisecond() -> None:
    """Of two boards: a value is not lost to a fault."""
    numbers = np.array([9.0, np.nan])
    counts, none = np.array([1, 0]), np.array([0, 0])
    for order in ([0, 1], [1, 0]):
        curve = Curve(
            device="d", channel="c", level=Level.RAW, at_ms=np.array([5, 5]), low=numbers[order], high=numbers[order],
            mean=numbers[order], last=numbers[order], count=counts[order], faults=(1 - counts)[order], uncertain=none,
            backfilled=none, more=False,
        )  # fmt: skip
        assert ice.of_curve(curve).readings == {5: (9.0, 0)}

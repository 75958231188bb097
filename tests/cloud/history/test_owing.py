"""Retention waits for evidence, and not for ever."""

from __future__ import annotations

from sqlalchemy import text

from cloud.history.owing import WAIT_MS
from cloud.history.port import DAY_MS, Keep, Level
from cloud.workers.history_job import HouseKeeper
from tests.cloud import facts
from tests.cloud.conftest import Centre

DAY_S = DAY_MS / 1000


def job(centre: Centre) -> HouseKeeper:
    """As a centre starts it."""
    history = centre.desk.history
    return HouseKeeper(centre.series, centre.clock, Keep(), centre.folder, owing=history.owing())


def raw(centre: Centre, device: str = "fire-a") -> int:
    """Single readings that are there."""
    return centre.series.count([device], ["temp"], 0, 1 << 45, Level.RAW)


def burn(centre: Centre, days: float) -> str:
    """An incident with its readings that nobody looked at, so many days ago; something was measured just now."""
    centre.status()
    centre.series.append(facts.rows("fire-a", 1, 60, centre.clock.now_ms() - 60_000))
    incident_id = centre.take(1)
    centre.clock.go(days * DAY_S)
    centre.series.append(facts.rows("fire-b", 1, 5, centre.clock.now_ms() - 5000))
    return incident_id


def test_readings_stay_until_they_are_frozen(centre: Centre) -> None:
    """The centre was off for days: its first look forgets nothing that an incident needs; then they go."""
    incident_id = burn(centre, 33)
    house = job(centre)
    house.retain()
    assert raw(centre) == 60
    assert house.health()["evidence_wait_ms"] > 2 * DAY_MS

    plot = centre.desk.plot(incident_id)
    while centre.desk.history.freezing.look():
        pass
    house.retain()
    assert (raw(centre), house.health()["evidence_wait_ms"]) == (0, 0)
    assert centre.desk.plot(incident_id) == plot


def test_one_that_never_freezes_does_not_fill_the_disk(sqlite_centre: Centre) -> None:
    """A week longer, no more; what no incident needs goes as ever."""
    burn(sqlite_centre, 37.5)
    house = job(sqlite_centre)
    house.retain()
    assert raw(sqlite_centre) == 0
    assert house.health()["evidence_wait_ms"] == 0


def test_a_store_that_is_away_holds_retention_back(sqlite_centre: Centre) -> None:
    """Nobody knows what was frozen."""
    burn(sqlite_centre, 33)
    house = job(sqlite_centre)
    store = sqlite_centre.store
    with store.write() as session:
        session.execute(text("ALTER TABLE freezing RENAME TO away"))
    house.retain()
    assert (raw(sqlite_centre), house.health()["evidence_wait_ms"]) == (60, WAIT_MS)

"""Several processes on one store: roles, leases, whose changes are heard, and what is deleted in the end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, make_url, select, text

from cloud.changes import Changed
from cloud.history.belief import Belief
from cloud.history.memory import Memory
from cloud.history.remote_series import NoHistoryHere, RemoteSeries
from cloud.intake.intake import Intake
from cloud.settings import Settings
from cloud.store.engine import Store, open_store
from cloud.store.models import Evidence, FieldReport, Incident, IncidentLog
from cloud.store.tables import METADATA
from cloud.workers.bus import Bus, hints, understood
from cloud.workers.ears import CLIENT_ID, links_of
from cloud.workers.leases import Leases
from cloud.workers.retention import Retention
from cloud.workers.roles import EVERYTHING, worker_of
from cloud.workers.silence import SilenceWatch
from domain.incidents import Move
from runtime.settings import SettingsError
from tests.cloud import facts
from tests.cloud.conftest import START_MS, Centre, opened
from tests.cloud.web import web_client
from tests.postgres import Postgres

POSTGRES = "postgresql://centre@db/centre"
WAIT_S = 10.0


async def _until(condition: Any) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.02)


def test_alone_a_worker_does_everything() -> None:
    """No name, no share."""
    worker = worker_of("", Settings().roles, "sqlite:///x.db", START_MS)

    assert (worker.shares, worker.roles) == (False, EVERYTHING)


@pytest.mark.parametrize(
    ("name", "roles", "database", "named"),
    [
        ("w1", "intake", "sqlite:///x.db", "PostgreSQL"),
        ("", "intake", POSTGRES, "WORKER"),
        ("w1", "intake,cooking", POSTGRES, "cooking"),
    ],
)
def test_roles_that_cannot_be_are_refused(name: str, roles: str, database: str, named: str) -> None:
    """The error names what to change."""
    with pytest.raises(SettingsError, match=named):
        worker_of(name, roles, database, START_MS)


@pytest.mark.parametrize(
    ("name", "roles", "links"),
    [
        ("", "", [("", None, False, 3), ("-history", None, False, 1)]),
        ("w1", "intake,history", [("-w1", "gridwhistle", True, 3), ("-history", None, False, 1)]),
        ("w2", "dispatch", [("-w2", None, True, 0)]),
        ("w3", "web", []),
    ],
)  # fmt: skip
def test_each_role_has_its_sessions(name: str, roles: str, links: list[tuple[str, str | None, bool, int]]) -> None:
    """Whistles are shared by the group, readings have one listener; a session that is kept would keep its share."""
    found = links_of(Settings(), worker_of(name, roles, POSTGRES, START_MS))

    told = [(link.client_id.removeprefix(CLIENT_ID), link.group, link.clean, len(link.subscriptions)) for link in found]
    assert told == links


@pytest.fixture
def store(postgres_url: str) -> Any:
    """A store that several processes share."""
    store = open_store(postgres_url)
    yield store
    store.close()


def test_a_lease_is_one_worker_s_until_it_ends(store: Store) -> None:
    """Kept by renewing, given back at once, taken over when its time is up; each new holder is a new term."""
    first, second = Leases(store, "a"), Leases(store, "b")
    assert [first.take("lists"), second.take("lists"), first.take("lists"), second.take("other")] == [
        True, False, True, True,
    ]  # fmt: skip
    first.give_back("lists")
    assert second.take("lists")
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE leases SET until_ms = until_ms - 20000 WHERE name = 'lists'"))
    assert first.take("lists")
    with store.engine.begin() as connection:
        assert connection.execute(text("SELECT holder, term FROM leases WHERE name = 'lists'")).one() == ("a", 3)


async def test_a_job_runs_in_one_worker_and_goes_over_to_the_next(store: Store) -> None:
    """A worker that ends gives its leases back."""
    ran: list[str] = []

    def worker(name: str) -> asyncio.Task[None]:
        async def job() -> None:
            ran.append(name)
            await asyncio.Event().wait()

        return asyncio.create_task(Leases(store, name).only_one("lists", job))

    first = worker("a")
    await _until(lambda: ran == ["a"])
    second = worker("b")
    await asyncio.sleep(0.2)
    assert ran == ["a"]
    first.cancel()
    await _until(lambda: ran == ["a", "b"])
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)


async def test_a_job_that_fails_is_heard_of(store: Store) -> None:
    """Whoever supervises it counts the failure; the lease is free again."""

    async def job() -> None:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        await Leases(store, "a").only_one("lists", job)
    assert Leases(store, "b").take("lists")


async def test_changes_of_one_worker_are_heard_by_the_others(store: Store) -> None:
    """Also when they are more than one notification can carry; not by the one that made them."""
    heard: dict[str, set[str]] = {"a": set(), "b": set()}
    buses = {name: Bus(store, name) for name in heard}
    for name, bus in buses.items():
        bus.listen(lambda change, name=name: heard[name].update(change.incidents))
    tasks = [asyncio.create_task(bus.run()) for bus in buses.values()]
    ids = frozenset(f"01935000-0000-7000-8000-{number:012d}" for number in range(1000))

    def all_heard() -> bool:
        buses["a"].changed(Changed(incidents=ids))  # until b listens
        return heard["b"] == ids

    await _until(all_heard)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert heard["a"] == set()


def test_a_lost_hint_is_found_by_looking(centre: Centre) -> None:
    """What was committed without a word is in the log of incidents."""
    bus = Bus(centre.store, "a")
    first = centre.take(1)
    assert bus.moved() == {first}
    assert bus.moved() == frozenset()
    second = centre.take(2, device="fire-b", kind="sensor_fault")
    assert second in bus.moved()


def test_hints_fit_into_notifications() -> None:
    """8,000 bytes each; what nobody can read means that something changed."""
    change = Changed(incidents=frozenset("x" * 64 + str(number) for number in range(250)), gateways=True)
    found = [understood(hint) for hint in hints("run", change)]

    assert max(len(hint) for hint in hints("run", change)) < 8000
    assert frozenset().union(*(part.incidents for _, part in found)) == change.incidents
    assert understood("gibberish") == ("", Changed(gateways=True))


async def test_a_gateway_that_another_worker_hears_is_not_silent(centre: Centre) -> None:
    """Its word is seen in the table."""
    centre.status()
    watch = SilenceWatch(centre.desk, Intake(centre.desk, centre.series), 30.0)
    watch.start(1000.0)
    centre.clock.go(5)
    centre.status(at_ms=centre.clock.now_ms())
    await watch.check(1025.0)
    await watch.check(1040.0)
    silent = [row.kind for row in centre.desk.board().open]

    assert silent == ([] if centre.store.shared else ["gateway_offline"])  # alone, only what we hear counts


def _counts(centre: Centre) -> dict[str, int]:
    with centre.store.read() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Incident, IncidentLog, Evidence, FieldReport)
        }


def _retention(centre: Centre, **days: Any) -> Retention:
    keep: dict[str, Any] = {"closed_days": 1000, "evidence_days": 100, "report_days": 100, "track_days": 100} | days
    return Retention(centre.store, centre.clock, **keep)


def test_what_ended_long_ago_goes_with_everything_that_hangs_on_it(centre: Centre) -> None:
    """First its evidence, years later all of it; what is open stays for ever."""
    over, stays = centre.take(1), centre.take(2, device="fire-b", kind="sensor_fault")
    centre.take(1, revision=2, condition="cleared", cleared_at_ms=centre.clock.now_ms())
    centre.walk(over, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    centre.walk(stays, Move.ACCEPT)
    before = _counts(centre)
    centre.clock.go(101 * 86_400)
    assert _retention(centre).prune() > 0
    assert (_counts(centre)["evidence"], _counts(centre)["incidents"]) == (before["evidence"] - 2, before["incidents"])
    centre.clock.go(1000 * 86_400)
    retention = _retention(centre)
    while retention.prune():
        pass
    with centre.store.read() as session:
        assert session.scalars(select(Incident.id)).all() == [stays]
        for table in METADATA.sorted_tables:
            for foreign in table.foreign_keys:
                if foreign.column.table is Incident.__table__:
                    left = session.scalars(select(foreign.parent).where(foreign.parent.is_not(None)))
                    assert set(left) <= {stays}
    assert retention.deleted["incidents"] == 1


def test_the_numbers_of_the_log_only_grow(centre: Centre) -> None:
    """SQLite gives the highest ones again once they are free: whoever follows the log would miss what has them."""
    bus = Bus(centre.store, "a")
    for number in range(1, 4):
        centre.walk(centre.take(number, kind="camera_fault", device=f"cam-{number}", severity="minor"), Move.VOID)
    centre.clock.go(1001 * 86_400)
    before = _last_entry(centre)
    bus.moved()
    while _retention(centre).prune():
        pass
    assert (_counts(centre)["incidents"], _last_entry(centre)) == (1, before)
    new = centre.take(4, kind="camera_fault", device="cam-4", severity="minor")
    assert new in bus.moved()
    assert _last_entry(centre) > before
    while _retention(centre).prune():
        pass
    assert _counts(centre)["incidents"] == 1


def _last_entry(centre: Centre) -> int:
    with centre.store.read() as session:
        return session.scalar(select(func.max(IncidentLog.id))) or 0


def test_a_clock_that_leaps_ahead_deletes_nothing(centre: Centre, tmp_path: Path) -> None:
    """Not at once, and not after a restart: both doubt it for a day."""
    over = centre.take(1)
    centre.take(1, revision=2, condition="cleared", cleared_at_ms=centre.clock.now_ms())
    centre.walk(over, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    retention = _retention(centre, belief=Belief(Memory(tmp_path)))
    assert retention.prune() == 0
    centre.clock.leap(5000 * 86_400)
    assert retention.prune() == 0
    assert _retention(centre, belief=Belief(Memory(tmp_path))).prune() == 0
    assert _counts(centre)["incidents"] == 1


def test_nothing_is_deleted_where_everything_is_kept(centre: Centre) -> None:
    """0 days: for ever."""
    over = centre.take(1)
    centre.take(1, revision=2, condition="cleared", cleared_at_ms=centre.clock.now_ms())
    centre.walk(over, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    centre.clock.go(10_000 * 86_400)

    assert _retention(centre, closed_days=0, evidence_days=0, report_days=0, track_days=0).prune() == 0


def test_readings_are_read_through_the_worker_that_has_them() -> None:
    """By its API with a token; while it is away there are none."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"device": "fire-a", "channel": "smoke", "points": [[1, 0.5], [2, None]]})

    series = RemoteSeries("http://127.0.0.1:1", "token")
    assert series.window("fire-a", "smoke", 0, 10) == []
    series.close()
    series = RemoteSeries("http://w0", "token", httpx.MockTransport(answer))
    assert series.window("fire-a", "smoke", 0, 10) == [(1, 0.5), (2, None)]
    assert asked[0].headers["Authorization"] == "Bearer token"
    assert RemoteSeries(None, None).window("fire-a", "smoke", 0, 10) == []
    with pytest.raises(NoHistoryHere):
        series.append([])
    series.close()


async def test_a_database_that_is_away_is_no_fault_of_the_asker(
    tmp_path: Path, postgres: Postgres, postgres_url: str
) -> None:
    """503 with when to try again, and no word of the driver's; afterwards everything works as before."""
    name = str(make_url(postgres_url).database)
    for centre in opened(tmp_path, postgres_url):
        async with web_client(centre, who="zhou-mingyuan") as client:
            postgres.rename(name, "away")
            answer = await client.get("/api/board")
            postgres.rename("away", name)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
            assert answer.json()["type"].endswith(":busy")
            assert "psycopg" not in answer.text
            assert (await client.get("/api/board")).status_code == 200


def test_answers_of_what_is_still_open_are_kept(sqlite_centre: Centre) -> None:
    """Its gateway counts how many of them the centre has."""
    number = sqlite_centre.take(1)
    now_ms = sqlite_centre.clock.now_ms()
    row = FieldReport(
        site=facts.SITE, fact="x", device="hand-07", person="lin-zhixia", what="accepted", incident_id=number, task="t",
        counts=True, at_ms=now_ms, taken_ms=now_ms, state="done", details={},
    )  # fmt: skip
    with sqlite_centre.store.write() as session:
        session.add(row)
    sqlite_centre.clock.go(366 * 86_400)
    _retention(sqlite_centre, report_days=365).prune()

    assert _counts(sqlite_centre)["field_reports"] == 1

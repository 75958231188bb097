"""Who looks at which incident: seen by the others, forgotten soon, cheap, by several processes at once."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from cloud.changes import Changed
from cloud.live import Hub
from cloud.presence.desk import Presence
from cloud.records import UnknownIncident
from cloud.store.models_presence import Watching
from cloud.workers.bus import hints, understood
from tests.cloud.conftest import Centre
from tests.cloud.web import web_client

ONE, TWO = "zhou-mingyuan", "qin-yue"


def told(centre: Centre) -> list[frozenset[str]]:
    """What was told of who looks at what, from now on."""
    heard: list[frozenset[str]] = []
    centre.desk.listen(lambda change: heard.append(change.watched))
    return heard


def test_the_others_are_seen_and_forgotten(centre: Centre) -> None:
    """Oneself is not listed; who says nothing for half a minute is gone."""
    incident, presence = centre.take(), centre.desk.presence
    assert presence.look(incident, ONE) == ()
    (first,) = presence.look(incident, TWO)
    assert (first.person, first.name, first.writing) == (ONE, "周明远", "")
    centre.clock.go(29)
    assert [one.person for one in presence.look(incident, TWO)] == [ONE]
    centre.clock.go(2)
    assert presence.look(incident, TWO) == ()
    assert [one.person for one in presence.watching([incident])[incident]] == [TWO]
    assert presence.watching(["other"]) == {}


def test_who_writes_is_said_at_once_and_ends(centre: Centre) -> None:
    """A page says what is being filled in; another page of the same person does not take it back."""
    incident, presence = centre.take(), centre.desk.presence
    presence.look(incident, ONE)
    heard = told(centre)
    presence.look(incident, ONE, "feed_back")
    assert presence.look(incident, TWO)[0].writing == "feed_back"
    presence.look(incident, ONE)
    assert presence.look(incident, TWO)[0].writing == "feed_back"
    presence.look(incident, ONE, "")
    assert presence.look(incident, TWO)[0].writing == ""
    assert heard == [frozenset({incident})] * 3, "began, the second came, ended"
    presence.leave(incident, ONE)
    assert presence.look(incident, TWO) == ()
    assert len(heard) == 4


def test_writing_is_forgotten_too(centre: Centre) -> None:
    """The page that wrote was killed; another one of his is still open."""
    incident, presence = centre.take(), centre.desk.presence
    presence.look(incident, ONE, "close")
    for _ in range(4):
        centre.clock.go(10)
        presence.look(incident, ONE)
    assert presence.look(incident, TWO)[0].writing == ""


def test_a_beat_writes_no_more_often_than_needed(centre: Centre) -> None:
    """Ten pages of one person are one row, written every eight seconds; old rows go."""
    incident, presence = centre.take(), centre.desk.presence
    presence.look(incident, ONE)
    since_ms = centre.clock.now_ms()
    centre.clock.go(5)
    for _ in range(10):
        presence.look(incident, ONE)
    with centre.store.read() as session:
        row = session.scalars(select(Watching)).one()
    assert (row.seen_ms, row.since_ms) == (since_ms, since_ms)
    centre.clock.go(120)
    presence.look(incident, TWO)
    with centre.store.read() as session:
        assert session.scalar(select(func.count()).select_from(Watching)) == 1


def test_two_processes_see_each_other(centre: Centre) -> None:
    """The truth is the table."""
    incident = centre.take()
    other = Presence(centre.store, centre.desk.plan, centre.clock, lambda _: None)
    other.look(incident, TWO, "close")
    assert centre.desk.presence.look(incident, ONE)[0].writing == "close"


def test_a_busy_store_is_no_fault(centre: Centre) -> None:
    """Nothing waits for presence: the next beat says it."""
    incident, presence = centre.take(), centre.desk.presence
    with centre.store.write() as session:
        session.execute(select(Watching))  # SQLite begins with the first statement
        assert presence.look(incident, ONE) == ()
    assert presence.watching([incident]) == {}
    presence.look(incident, ONE)
    assert len(presence.watching([incident])) == 1


def test_an_unknown_incident_has_no_watchers(centre: Centre) -> None:
    """And makes no row."""
    heard = told(centre)
    with pytest.raises(UnknownIncident):
        centre.desk.presence.look("none", ONE)
    with pytest.raises(UnknownIncident):
        centre.desk.presence.leave("none", ONE)
    centre.desk.presence.leave(centre.take(), ONE)
    assert not any(heard), "who was not there does not leave"


def test_workers_tell_each_other() -> None:
    """Beside what changed."""
    change = Changed(watched=frozenset({"a"}))
    assert [understood(hint)[1] for hint in hints("run", change)] == [change]


async def test_the_stream_says_who_came_and_leaves_boards_alone() -> None:
    """A page of another incident hears nothing of it."""
    hub = Hub(asyncio.get_running_loop())
    stream = hub.stream(None)
    assert "event: board" in await anext(stream)
    hub.changed(Changed(watched=frozenset({"a"})))
    assert "event: watchers:a" in await anext(stream)
    hub.changed(Changed(incidents=frozenset({"a"})))
    assert "event: board" in await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]


async def test_nobody_writes_lines_into_the_stream(sqlite_centre: Centre) -> None:
    """An id from an address is told to nobody before it is known, and is one line whatever it holds."""
    hub = Hub(asyncio.get_running_loop())
    hub.changed(Changed(watched=frozenset({"x\nevent: incident:forged\ndata: {}\n"}), incidents=frozenset({"y\r"})))
    hub.changed(Changed(watched=frozenset({"a"})))
    stream = hub.stream("0")
    heard = [await anext(stream) for _ in range(3)]
    assert [line for text in heard for line in text.splitlines() if line.startswith("event")] == [
        "event: board", "event: board", "event: watchers:a",
    ]  # fmt: skip
    await stream.aclose()  # type: ignore[attr-defined]
    told_of = told(sqlite_centre)
    async with web_client(sqlite_centre, ONE) as client:
        path = "/incidents/x%0aevent:%20incident:forged%0adata:%20%7b%7d%0a%0a/watchers"
        assert (await client.post(path, data={"gone": "true"})).status_code == 404
        assert (await client.post("/incidents/none/watchers", data={"gone": "true"})).status_code == 404
    assert not told_of


async def test_a_page_tells_and_is_told(sqlite_centre: Centre) -> None:
    """One request does both; a program is nobody who looks."""
    incident = sqlite_centre.take()
    path = f"/incidents/{incident}/watchers"
    async with web_client(sqlite_centre, ONE) as client:
        assert (await client.post(path, data={"writing": "feed_back"})).status_code == 200
        assert (await client.post(path, data={"writing": "nonsense"})).status_code == 422
        assert (await client.post("/incidents/none/watchers")).status_code == 404
    async with web_client(sqlite_centre, TWO) as client:
        shown = (await client.post(path)).text
        assert all(word in shown for word in ("周明远", "正在看", "正在填写", "反馈"))
        assert "is looking" in (await client.post(path, params={"lang": "en"})).text
        page = (await client.get(f"/incidents/{incident}")).text
        assert "周明远" in page.partition('id="watchers"')[2].partition("</div>")[0]
        await client.post(path, data={"gone": "true"})
    assert [one.person for one in sqlite_centre.desk.presence.watchers(incident)] == [ONE]
    async with web_client(sqlite_centre) as program:
        assert (await program.post(path)).status_code == 200
    assert [one.person for one in sqlite_centre.desk.presence.watchers(incident)] == [ONE]

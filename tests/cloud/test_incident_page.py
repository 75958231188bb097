"""The page of one incident over HTTP: where, whom to call, what happened before, conflicts, without a browser."""

from __future__ import annotations

import re

import httpx
import pytest
from sqlalchemy import select

from cloud.console.incident.way import way_of
from cloud.people.errors import UnknownPerson
from cloud.plan import sections
from cloud.plan.sections import Document, Read
from cloud.records import UnknownIncident
from cloud.store.models_trust import AuditEntry
from cloud.trust.principals import Grant
from cloud.trust.vault import open_vault
from domain.incidents import Move
from domain.people import Role
from tests.cloud.conftest import Centre
from tests.cloud.web import URL, cookie_of, web_app, web_client, web_trust

ONE, TWO, LEADER = "zhou-mingyuan", "qin-yue", "he-anping"
DAY_MS = 86_400_000
LIFE = (Move.ACCEPT, Move.DISPATCH, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
HOUSES = {
    "buildings": [
        {"id": "b1", "name": "1 号楼", "area": "chunfeng-1", "storeys": 18, "households": 72, "way": "南门进右转"}
    ],
    "facilities": [
        {"id": "f1", "name": "消防终端", "kind": "endpoint", "area": "chunfeng-1", "building": "b1",
         "place": "三层楼道", "device": "fire-a", "point": [116.47, 39.93]},
    ],
}  # fmt: skip


def ended(centre: Centre, number: int, *, void: bool = False, ago_ms: int = 0, **changes: object) -> str:
    """An incident of yesterday and before that is over after ten minutes."""
    now_ms = centre.clock.now_ms()
    at_ms = now_ms - (ago_ms or number * DAY_MS)
    incident = centre.take(number, at_ms=at_ms, **changes)
    centre.take(number, at_ms=at_ms, revision=2, condition="cleared", cleared_at_ms=at_ms + 600_000, **changes)
    for move in (Move.VOID,) if void else LIFE:
        centre.move(incident, move, reason=f"{move} {number}", to=LEADER if move is Move.DISPATCH else None)
    return incident


def test_a_stage_that_never_was_is_not_ticked(sqlite_centre: Centre) -> None:
    """Dispatched and told of at once: nobody said that he worked on it."""
    steps = way_of(sqlite_centre.desk.detail(ended(sqlite_centre, 1)))
    assert [(one.stage, one.state) for one in steps if one.at_ms is None] == [
        ("handling", "skipped"), ("evaluated", "todo"),
    ]  # fmt: skip


def test_each_says_why_it_is_told_and_how_long_each_stage_took(sqlite_centre: Centre) -> None:
    """Alike in most first: of three on the same device the one at the same time of day, though it is the oldest."""
    centre = sqlite_centre
    now_ms = centre.clock.now_ms()
    for number, hours in ((1, 6), (2, 30), (3, 49)):
        ended(centre, 10 + number, ago_ms=hours * 3_600_000)
    other = ended(centre, 20, ago_ms=5 * 3_600_000, device="fire-z", kind="sensor_fault")
    device, place = centre.desk.around.past(centre.take(50, at_ms=now_ms))
    assert [row.why for row in device.rows] == [
        ("device", "place", "kind", "hour"), ("device", "place", "kind"), ("device", "place", "kind"),
    ]  # fmt: skip
    assert [row.id for row in place.rows] == [other], "of another kind, at the same place"
    assert place.rows[0].why == ("place",)
    stages = dict(device.rows[0].stages)
    assert list(stages) == ["reported", "accepted", "dispatched", "fed_back", "verified"]
    assert all(ms >= 0 for ms in stages.values())


def test_what_happened_before(centre: Centre) -> None:
    """The same device, the same place, the same kind nearby; each once, with how it ended."""
    mine = [ended(centre, number, void=number == 2) for number in range(1, 6)]
    (here,) = [ended(centre, 6, device="fire-z")]
    (near,) = [ended(centre, 7, device="fire-b", place="Room B")]
    ended(centre, 8, device="fire-q", place="Room Q", grid="110105001001002")
    incident = centre.take(50)
    device, place, kind = centre.desk.around.past(incident)

    assert [(group.alike, group.count, group.void) for group in (device, place, kind)] == [
        ("device", 5, 1), ("place", 1, 0), ("kind", 1, 0),
    ]  # fmt: skip
    assert [row.id for row in device.rows] == mine[:3], "the newest"
    assert [row.said for row in device.rows[:2]] == ["close 1", "void 2"]
    assert (device.rows[0].holder_name, place.rows[0].id, kind.rows[0].id) == ("何安平", here, near)
    assert device.rows[0].took_ms == DAY_MS, "closed by the clock of the test, a day later"
    assert centre.desk.around.past(incident, lambda _grid, _site: False) == ()
    with pytest.raises(UnknownIncident):
        centre.desk.around.past("none")


def test_where_it_is(centre: Centre) -> None:
    """By the plan; by the site's own words where the plan knows nothing."""
    incident = centre.take()
    centre.desk.plan.use(_with_houses(centre, {"buildings": [], "facilities": []}))
    plain = centre.desk.around.where(incident)
    assert (plain.place, plain.building, plain.way) == ("Room A", "", "")
    centre.desk.plan.use(_with_houses(centre, HOUSES))
    told = centre.desk.around.where(incident)
    assert (told.building, told.spot, told.way, told.households) == ("1 号楼", "三层楼道", "南门进右转", 72)
    assert (told.of_grid, told.storeys, told.point, told.mapped) == (False, 18, (116.47, 39.93), True)


def _with_houses(centre: Centre, houses: Document) -> Read:
    now = centre.desk.plan.read
    return sections.read({**now.documents, "facilities": houses}, {}, where={})


def test_whom_one_can_call(centre: Centre) -> None:
    """The holder first, then who is on duty; nobody else's number is given out here."""
    incident = centre.take()
    assert [one.why for one in centre.desk.around.callees(incident)][:1] == ["duty"]
    centre.walk(incident, Move.ACCEPT)
    centre.move(incident, Move.DISPATCH, to="fire-station")
    callees = centre.desk.around.callees(incident)
    assert (callees[0].why, callees[0].of) == ("holder", "消防救援站")
    assert len({one.person for one in callees}) == len(callees)
    with pytest.raises(UnknownPerson):
        centre.desk.around.phones(incident, "nobody")


async def test_a_number_is_shown_by_a_click_and_put_on_record(sqlite_centre: Centre) -> None:
    """Never in the page itself; who may not read personal fields is not offered it."""
    incident = sqlite_centre.take()
    sqlite_centre.move(incident, Move.ACCEPT, ONE)
    path = f"/incidents/{incident}/phones/{ONE}"
    async with web_client(sqlite_centre, TWO) as client:
        sqlite_centre.desk.people.seals = open_vault(sqlite_centre.folder / "keys.json")
        assert "没有登记电话" in (await client.get(path, headers={"HX-Request": "true"})).text
        sqlite_centre.desk.people.set_contacts(ONE, {"mobile": "13800001111"}, "test")
        page = (await client.get(f"/incidents/{incident}")).text
        assert (path in page, "13800001111" in page) == (True, False)
        assert 'href="tel:13800001111"' in (await client.get(path, headers={"HX-Request": "true"})).text
        assert "13800001111" in (await client.get(path)).text, "without scripts, a page"
        assert (await client.get(f"/incidents/{incident}/phones/nobody")).status_code == 404
    with sqlite_centre.store.read() as session:
        deeds = list(session.scalars(select(AuditEntry)))
    assert sum(path in str(vars(deed)) for deed in deeds) >= 3


async def test_who_may_not_read_numbers_is_not_offered_them(sqlite_centre: Centre) -> None:
    """An auditor sees who has it, and no number, also where he makes up the address."""
    incident = sqlite_centre.take()
    sqlite_centre.move(incident, Move.ACCEPT, ONE)
    trust = web_trust(sqlite_centre)
    headers = cookie_of(trust, "auditor-1", (Grant(role=Role.AUDITOR),))
    transport = httpx.ASGITransport(web_app(sqlite_centre, trust))
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) as client:
        page = (await client.get(f"/incidents/{incident}")).text
        assert ("周明远" in page, "/phones/" in page) == (True, False)
        assert (await client.get(f"/incidents/{incident}/phones/{ONE}")).status_code == 403


async def test_a_conflict_tells_everything_that_was_missed(sqlite_centre: Centre) -> None:
    """From the version that was seen, not only the last move; and nothing has changed."""
    incident = sqlite_centre.take()
    seen = sqlite_centre.desk.detail(incident).row.version
    sqlite_centre.move(incident, Move.ACCEPT, TWO)
    sqlite_centre.move(incident, Move.DISPATCH, TWO, to=LEADER)
    async with web_client(sqlite_centre, ONE) as client:
        form = {"version": seen, "reason": "看过了"}
        refused = await client.post(f"/incidents/{incident}/moves/feed_back", data=form)
    assert refused.status_code == 409
    assert re.search(r"秦越 受理、\S+ 秦越 派遣", refused.text)
    assert sqlite_centre.desk.detail(incident).row.stage == "dispatched"


async def test_what_takes_it_off_the_board_wants_a_tick(sqlite_centre: Centre) -> None:
    """Also without scripts."""
    incident = sqlite_centre.take()
    sqlite_centre.take(1, revision=2, condition="cleared", cleared_at_ms=sqlite_centre.clock.now_ms())
    path = f"/incidents/{incident}/moves/void"
    async with web_client(sqlite_centre, ONE) as client:
        page = (await client.get(f"/incidents/{incident}")).text
        assert 'id="sure-void"' in page
        form = {"version": 1, "reason": "误报"}
        assert (await client.post(path, data=form)).status_code == 422
        assert sqlite_centre.desk.detail(incident).row.stage == "reported"
        assert (await client.post(path, data={**form, "sure": "true"})).status_code == 303


async def test_the_way_of_a_void_incident_shows_no_stage_it_never_had(sqlite_centre: Centre) -> None:
    """Reported, then void."""
    incident = ended(sqlite_centre, 1, void=True)
    steps = way_of(sqlite_centre.desk.detail(incident))
    assert [(step.stage, step.state) for step in steps] == [("reported", "past"), ("void", "now")]
    other = way_of(sqlite_centre.desk.detail(sqlite_centre.take(2)))
    assert [step.state for step in other] == ["now"] + ["todo"] * 7


async def test_the_page_in_both_languages(sqlite_centre: Centre) -> None:
    """With a past, a way and people; for an incident of a device and for one that a person told."""
    sqlite_centre.desk.plan.use(_with_houses(sqlite_centre, HOUSES))
    ended(sqlite_centre, 1)
    incident = sqlite_centre.take(5)
    async with web_client(sqlite_centre, ONE) as client:
        for lang, words in (
            ("zh", ("南门进右转", "本楼 72 户", "以前类似的事", "同一设备", "看电话")),
            ("en", ("Way there", "72 in this building", "Like this one, before", "Same device", "Phone")),
        ):
            page = (await client.get(f"/incidents/{incident}", params={"lang": lang})).text
            assert [word for word in words if word not in page] == []
        nothing = (await client.get("/incidents/none")).text
        assert "没有编号为 none 的事件" in nothing or "none" in nothing

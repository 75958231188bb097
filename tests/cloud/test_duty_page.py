"""The page of duty over HTTP: forms without scripts, in both languages; what is refused is said above the form."""

from __future__ import annotations

from domain.duty_book import DutyBook
from domain.incidents import Move
from tests.cloud.conftest import Centre
from tests.cloud.web import web_client

DAY, NIGHT = "zhou-mingyuan", "qin-yue"
AWAY = {"absent": DAY, "by": NIGHT, "start": "2026-11-22T08:00", "end": "2026-11-22T23:00", "reason": "培训"}


async def test_who_is_on_duty(sqlite_centre: Centre) -> None:
    """Each area, each department, in both languages, and the holes."""
    sqlite_centre.clock.go(7 * 3600)  # 20:11: the night shift
    async with web_client(sqlite_centre) as client:
        for lang, title, hole in (("zh", "值班", "无人值班"), ("en", "Duty", "Nobody on duty")):
            page = (await client.get("/duty", params={"lang": lang})).text
            assert all(word in page for word in (f"<h1>{title}</h1>", "秦越", "消防救援站"))
            assert hole not in page
            people = [row.id for row in sqlite_centre.desk.plan.roster.of_area("chunfeng")]
            sqlite_centre.desk.plan.roster.use(DutyBook(disabled=frozenset(people)))
            assert hole in (await client.get("/duty", params={"lang": lang})).text
            sqlite_centre.desk.people.refresh()


async def test_a_stand_in_by_the_page(sqlite_centre: Centre) -> None:
    """Entered, shown, ended; a mistake keeps what was typed."""
    async with web_client(sqlite_centre) as client:
        wrong = await client.post("/duty/stand-ins", data={**AWAY, "end": "morgen"})
        assert (wrong.status_code, "时间请写成" in wrong.text, 'value="培训"' in wrong.text) == (422, True, True)
        done = await client.post("/duty/stand-ins", data=AWAY)
        assert (done.status_code, done.headers["location"]) == (303, "/duty")
        again = await client.post("/duty/stand-ins", data={**AWAY, "by": "shen-ruolan"})
        assert "该时段已登记代班" in again.text
        page = (await client.get("/duty")).text
        assert "代 周明远" in page
        entry = sqlite_centre.desk.people.stand_ins()[0]
        assert (entry.from_ms, entry.to_ms - entry.from_ms) == (1_795_305_600_000, 15 * 3_600_000)
        assert (await client.post(f"/duty/stand-ins/{entry.id}/end")).status_code == 303
        assert "代 周明远" not in (await client.get("/duty")).text


async def test_a_shift_is_handed_over_by_the_page(sqlite_centre: Centre) -> None:
    """The receiver ticks each incident; what came meanwhile is asked again."""
    incident = sqlite_centre.take()
    sqlite_centre.move(incident, Move.ACCEPT, DAY)
    async with web_client(sqlite_centre, DAY) as client:
        assert (await client.post("/duty/hand-over", data={"receiver": DAY})).status_code == 422
        assert (await client.post("/duty/hand-over", data={"receiver": NIGHT, "note": "注意"})).status_code == 303
        assert "撤回" in (await client.get("/duty")).text
    entry = sqlite_centre.desk.people.handovers()[0]
    async with web_client(sqlite_centre, NIGHT) as client:
        assert f'value="{incident}"' in (await client.get("/duty")).text
        stale = await client.post(f"/duty/hand-over/{entry.id}/confirm")
        assert (stale.status_code, "重新逐件核对" in stale.text) == (409, True)
        assert (await client.post(f"/duty/hand-over/{entry.id}/withdraw")).status_code == 422
        taken = await client.post(f"/duty/hand-over/{entry.id}/confirm", data={"looked": [incident]})
        assert taken.status_code == 303
        assert "已接班" in (await client.get("/duty")).text
        page = (await client.get(f"/incidents/{incident}")).text
        assert "交接班" in page
    assert sqlite_centre.desk.detail(incident).row.holder == NIGHT


async def test_a_shift_can_be_refused_by_the_page(sqlite_centre: Centre) -> None:
    """With a reason, which the giver sees."""
    entry = sqlite_centre.desk.people.offer(DAY, NIGHT)
    async with web_client(sqlite_centre, NIGHT) as client:
        assert (await client.post(f"/duty/hand-over/{entry.id}/refuse", data={"reason": ""})).status_code == 422
        assert (await client.post(f"/duty/hand-over/{entry.id}/refuse", data={"reason": "生病"})).status_code == 303
    async with web_client(sqlite_centre, DAY) as client:
        page = (await client.get("/duty")).text
        assert "生病" in page
        assert (await client.post(f"/duty/hand-over/{entry.id}/withdraw")).status_code == 422


async def test_what_one_may_not_enter_is_not_offered(sqlite_centre: Centre) -> None:
    """An operator hands over his own shift and enters nobody's absence; other areas stay unseen."""
    async with web_client(sqlite_centre, DAY) as client:
        page = (await client.get("/duty")).text
        assert 'action="/duty/stand-ins"' not in page
        assert "和平社区" not in page
        assert all(word in page for word in ("向阳街道", "派出所", "安守")), "whom he has to call stands above him"
        assert (await client.post("/duty/stand-ins", data=AWAY)).status_code == 403

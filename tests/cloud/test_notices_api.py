"""/api/notices, /api/webhooks, and what the pages show of notices."""

from __future__ import annotations

from cloud.notices.channel import NotDelivered
from cloud.trust.vault import open_vault
from domain.incidents import Move
from tests.cloud.conftest import Centre
from tests.cloud.mailroom import Mailroom, address
from tests.cloud.web import web_client

LIN, ZHOU = "lin-zhixia", "zhou-mingyuan"


async def test_state_per_person_and_channel(sqlite_centre: Centre) -> None:
    room = Mailroom(sqlite_centre)
    room.mail.bad[address(LIN)] = NotDelivered("error 500")
    incident_id = sqlite_centre.take(1, severity="critical")
    room.round()
    async with web_client(sqlite_centre, who=ZHOU) as client:
        rows = (await client.get("/api/notices", params={"incident_id": incident_id})).json()
        failed = (await client.get("/api/notices", params={"state": "failed"})).json()
        console = (await client.get("/api/notices", params={"channel": "console", "person": LIN})).json()

    assert {(row["person"], row["channel"]): row["state"] for row in rows} == {
        **{(name, "console"): "owed" for name in ("he-anping", LIN, "shen-ruolan", ZHOU)},
        **{(name, "mail"): "sent" for name in ("he-anping", "shen-ruolan", ZHOU)},
        (LIN, "mail"): "failed",
    }
    [row] = failed
    assert (row["person_name"], row["reason"], row["attempts"]) == ("林知夏", "error 500", 1)
    assert row["next_at_ms"] == sqlite_centre.clock.now_ms() + 5000
    assert [row["state"] for row in console] == ["owed"]


async def test_only_the_notices_of_ones_own_areas(sqlite_centre: Centre) -> None:
    sqlite_centre.take(1)
    async with web_client(sqlite_centre, who="xu-qinghe") as client:  # of the other community
        assert (await client.get("/api/notices")).json() == []


async def test_whose_page_shows_it_has_it(sqlite_centre: Centre) -> None:
    """The browser counts only for who is logged in, and each for himself."""
    room = Mailroom(sqlite_centre)
    incident_id = sqlite_centre.take(1, severity="critical")
    room.round()
    async with web_client(sqlite_centre, who=ZHOU) as client:
        page = (await client.get("/")).text
        assert "Room A" in page
        detail = (await client.get(f"/incidents/{incident_id}")).text

    assert {row.person: row.state for row in room.rows("console")} == {
        "he-anping": "owed", LIN: "owed", "shen-ruolan": "owed", ZHOU: "delivered",
    }  # fmt: skip
    assert "已送达" in detail
    assert "等其登录" in detail


async def test_the_page_of_an_incident_says_what_did_not_arrive(sqlite_centre: Centre) -> None:
    room = Mailroom(sqlite_centre)
    room.mail.bad[address(LIN)] = NotDelivered("error 500")
    incident_id = sqlite_centre.take(1, severity="critical")
    room.round()
    async with web_client(sqlite_centre, who=ZHOU) as client:
        before = (await client.get(f"/incidents/{incident_id}", params={"lang": "en"})).text
        sqlite_centre.move(incident_id, Move.ACCEPT)
        room.round(frozenset([incident_id]))
        after = (await client.get(f"/incidents/{incident_id}", params={"lang": "en"})).text

    assert "Some notices did not arrive" in before
    assert "error 500" in before
    assert "Some notices did not arrive" not in after
    assert "somebody has it, or it is over" in after


async def test_people_say_how_they_want_to_be_told(sqlite_centre: Centre) -> None:
    async with web_client(sqlite_centre, who=LIN) as client:
        url = f"/api/notices/manners/{LIN}"
        before = (await client.get(url)).json()
        wish = {"channels": ["console"], "quiet": "22:00-07:00", "language": "en"}
        after = (await client.put(url, json=wish)).json()
        wrong = await client.put(url, json={"channels": ["pigeon"]})
        late = await client.put(url, json={"quiet": "late"})
        other = await client.put(f"/api/notices/manners/{ZHOU}", json={})
        again = (await client.put(url, json={})).json()

    assert (before["quiet"], before["language"], before["own_channels"]) == (None, "zh", None)
    assert (after["channels"], after["quiet"], after["language"]) == (["console"], "22:00-07:00", "en")
    assert (wrong.status_code, late.status_code, other.status_code) == (422, 422, 403)
    assert "pigeon" in wrong.json()["detail"]
    assert (again["quiet"], again["own_quiet"]) == (None, None)


async def test_nobody_of_the_roster_is_not_found(sqlite_centre: Centre) -> None:
    async with web_client(sqlite_centre) as client:
        assert (await client.get("/api/notices/manners/nobody")).status_code == 404


async def test_webhooks_are_made_looked_at_resumed_and_taken_away(sqlite_centre: Centre) -> None:
    sqlite_centre.desk.webhooks.seals = open_vault(sqlite_centre.folder / "keys.json")
    async with web_client(sqlite_centre) as client:
        made = await client.post("/api/webhooks", json={"name": "command", "url": "https://u:geheim@a.example.cn/in"})
        [row] = (await client.get("/api/webhooks")).json()
        on = await client.post(f"/api/webhooks/{row['id']}/resume", json={"skip": True})
        bad = await client.post("/api/webhooks", json={"name": "x", "url": "gopher://a"})
        gone = await client.delete(f"/api/webhooks/{row['id']}")
        unknown = await client.delete(f"/api/webhooks/{row['id']}")

    assert made.status_code == 201
    assert len(made.json()["secret"]) > 30
    assert row["url"] == "https://a.example.cn/in"
    assert "geheim" not in made.text
    assert (on.status_code, bad.status_code, gone.status_code, unknown.status_code) == (200, 422, 204, 404)


async def test_who_may_not_keep_webhooks_sees_none(sqlite_centre: Centre) -> None:
    async with web_client(sqlite_centre, who=ZHOU) as client:
        assert (await client.get("/api/webhooks")).status_code == 403


async def test_readyz_says_what_waits(sqlite_centre: Centre) -> None:
    room = Mailroom(sqlite_centre)
    room.mail.bad[""] = NotDelivered("down")
    sqlite_centre.take(1, severity="critical")
    room.round()

    assert sqlite_centre.desk.notices.health() == {"console": {"owed": 4}, "mail": {"failed": 4}}

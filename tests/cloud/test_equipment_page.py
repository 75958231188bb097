"""The pages of equipment, without a browser: what they show, to whom, and what a shelf ordered there says of itself."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from cloud.console.equipment.telling import limits_by_channel, worth_a_curve
from cloud.console.words import Words
from cloud.equipment.errors import EquipmentError
from cloud.equipment.orders import Wish
from cloud.trust.principals import Grant
from cloud.trust.tokens import NewToken
from domain.people import Role
from tests.cloud import facts, seed_equipment
from tests.cloud.conftest import Centre
from tests.cloud.seed_equipment import status, tell
from tests.cloud.web import URL, web_app, web_client, web_trust

ORDER = "01935000-2222-7000-8000-0000000000aa"
HERE = "/equipment/endpoints/fire-a"
WHO = "lu-jingchuan"  # sees the whole district


@pytest.fixture
def told(sqlite_centre: Centre) -> Centre:
    """A centre with equipment worth looking at."""
    seed_equipment.seed_equipment(sqlite_centre.desk, sqlite_centre.clock.now_ms())
    return sqlite_centre


async def page(centre: Centre, path: str, **query: str) -> str:
    """As an operator sees it, in English."""
    async with web_client(centre, WHO) as client:
        answer = await client.get(path, params={"lang": "en", **query})
    assert answer.status_code == 200, answer.text
    return answer.text


def order_of(text: str) -> list[str]:
    """The endpoints of a list, from its top."""
    return [part.split('"', 1)[0] for part in text.split('href="/equipment/endpoints/')[1:]]


async def test_the_list_begins_with_the_worst(told: Centre) -> None:
    """Offline, unknown, faults, a low battery, shelved, calm; a silent gateway's endpoints are not online."""
    text = await page(told, "/equipment")
    assert order_of(text) == EVERY
    assert "<b>8</b><span>All endpoints" in text
    assert "they do not count as online" in text
    assert "ordered, not yet confirmed by the site" in text


EVERY = ["fire-f", "fire-x", "fire-y", "fire-e", "fire-b", "fire-c", "fire-d", "fire-a"]
FILTERS: list[tuple[dict[str, str], list[str]]] = [
    ({"state": "offline"}, ["fire-f"]),
    ({"state": "unknown"}, ["fire-x", "fire-y"]),
    ({"state": "battery"}, ["fire-f", "fire-b"]),
    ({"state": "fault"}, ["fire-e"]),
    ({"state": "shelved"}, ["fire-b", "fire-c", "fire-d"]),
    ({"state": "updating"}, ["fire-e", "fire-b", "fire-c"]),
    ({"firmware": "0.2.1"}, ["fire-c"]),
    ({"q": "FIRE-E 0.3"}, ["fire-e"]),
    ({"at": "heping"}, ["fire-x", "fire-y"]),
    ({"gateway": "gw-heping", "kind": "fire"}, ["fire-x", "fire-y"]),
    ({"kind": "lift"}, []),
    ({"state": "no such"}, EVERY),
]


async def test_filters(told: Centre) -> None:
    """Each by itself; the file has the same lines."""
    async with web_client(told, WHO) as client:
        for query, devices in FILTERS:
            assert order_of((await client.get("/equipment", params=query)).text) == devices, query
            lines = (await client.get("/equipment/list.csv", params=query)).text.splitlines()
            assert [line.split(",")[0] for line in lines[1:]] == devices, query


async def test_a_large_district_comes_a_page_at_a_time(sqlite_centre: Centre) -> None:
    """120 endpoints: three pages, each endpoint on one of them."""
    rows = [
        {"device": f"e-{n:03}", "kind": "fire", "place": f"{n:03}", "grid": facts.GRID, "state": "online"}
        for n in range(120)
    ]
    sqlite_centre.status(endpoints=rows)
    seen = [order_of(await page(sqlite_centre, "/equipment", page=str(n))) for n in (1, 2, 3)]
    assert [len(one) for one in seen] == [50, 50, 20]
    assert [device for one in seen for device in one] == [row["device"] for row in rows]
    assert order_of(await page(sqlite_centre, "/equipment", page="99")) == seen[2]


async def test_a_gateway_tells_all_it_told(told: Centre) -> None:
    """Disk, failures, update half way, refused messages, rules with limits, shelves."""
    text = await page(told, "/equipment/gateways/gw-chunfeng")
    for said in (
        "21.0 GB of 58 GB", "forward 1", "0.4.0", "paused", "rolled back", "no room", "unknown_device", "x-9",
        "≥ 0.02 1/m (ends below 0.012 1/m)", "外壳打开", "fire-a, fire-b only", "更换门磁", "换外壳", "made on site",
        "as the centre&#39;s",
    ):  # fmt: skip
        assert said in text, said


async def test_a_gateway_of_before_shows_what_was_not_told(told: Centre) -> None:
    """And takes no orders, which the page says before somebody tries."""
    text = await page(told, "/equipment/gateways/gw-heping")
    assert text.count("has not told it") == 2
    assert "Unknown" in text or "unknown" in text
    text = await page(told, "/equipment/endpoints/fire-x")
    assert "takes no orders" in text


async def test_a_clock_that_is_off_is_shown(told: Centre) -> None:
    """By how much, and what follows."""
    now_ms = told.clock.now_ms()
    tell(told.desk, facts.GATEWAY, facts.SITE, status(now_ms + 90_000), now_ms)
    assert "2 min ahead of the centre" in await page(told, "/equipment/gateways/gw-chunfeng")


async def test_an_endpoint_has_everything_on_one_page(told: Centre) -> None:
    """State, firmware, channels with last value and limits, curve, incidents, shelves."""
    now_ms = told.clock.now_ms()
    told.take(1, device="fire-a")
    told.series.append(facts.rows("fire-a", 1, 30, now_ms - 60_000))
    text = await page(told, HERE)
    for said in (
        "Room A", "0.4.0", "esp32_s3", "96 %", "fire alarm", "≥ 57 °C (ends below 50 °C)", "rises ≥ 8",
        "/history/data?device=fire-a&amp;channel=", "/incidents/01935000-0000-7000-8000-000000000001",
        "Order the shelf",
    ):  # fmt: skip
        assert said.casefold() in text.casefold(), said
    assert "fire-e" not in text


async def test_what_a_gateway_tells_wrongly_takes_no_page_away(told: Centre) -> None:
    """Another version, another shape: shown as far as it can be read."""
    now_ms = told.clock.now_ms()
    for number, (part, rows) in enumerate(
        [
            ("rules", [{"name": 7, "steps": [{"limits": [{"channel": "smoke", "limit": "high"}, 3]}, 4]}]),
            ("rollouts", [{"counts": 9, "changed_ms": "now", "state": None}]),
            ("quarantine", [{"at_ms": None}]),
            ("gateway", [{"disk_free": "all", "started_ms": True}]),
            ("endpoints", [{"device": "fire-a", "battery": "full", "update": 7}, {"device": 5}, {}]),
        ],
        20,
    ):
        said = status(now_ms + number) | {"inventory": {"part": part, "page": 0, "pages": 1, "rows": rows}}
        tell(told.desk, facts.GATEWAY, facts.SITE, said | {"shelf_orders": [7, {"id": 3}, {"id": ORDER}]}, now_ms)
    for path in ("/equipment", "/equipment/gateways/gw-chunfeng", HERE):
        assert "not told" in await page(told, path) or path == "/equipment"


async def shelve(client: httpx.AsyncClient, device: str = "fire-a", **changes: Any) -> httpx.Response:
    """The form of the page."""
    fields = {"order": ORDER, "kind": "tamper", "hours": "2", "reason": "换外壳", **changes}
    return await client.post(f"/equipment/endpoints/{device}/shelve?lang=en", data=fields)


async def test_a_shelf_holds_only_when_its_gateway_says_so(told: Centre) -> None:
    """Ordered, confirmed, taken back, confirmed: each step is what the page says, and the audit log has both clicks."""
    async with web_client(told, WHO) as client:
        assert (await shelve(client)).status_code == 303
        assert (await shelve(client)).status_code == 303  # the same click twice
        assert (await client.get(HERE)).text.count('data-state="ordered"') == 1
        confirm(told, "in_force")
        assert 'data-state="in_force"' in (await client.get(HERE)).text
        answer = await client.post(f"{HERE}/orders/{ORDER}/take-back")
        assert answer.status_code == 303
        assert 'data-state="taking_back"' in (await client.get(HERE)).text
        confirm(told, "ended", WHO)
        assert 'data-state="taken_back"' in (await client.get(HERE)).text
        assert (await client.post(f"{HERE}/orders/{ORDER}/take-back")).status_code == 422
    told_of = [
        (entry.action, entry.target) for entry in web_trust(told).trail.entries(20) if entry.action == "shelf_write"
    ]
    assert ("shelf_write", f"POST {HERE}/orders/{ORDER}/take-back") in told_of
    assert ("shelf_write", f"POST {HERE}/shelve") in told_of


def confirm(centre: Centre, state: str, why: str = "") -> None:
    """The gateway's word."""
    centre.clock.go(5)
    now_ms = centre.clock.now_ms()
    said = status(now_ms) | {"shelf_orders": [{"id": ORDER, "state": state, "why": why}]}
    tell(centre.desk, facts.GATEWAY, facts.SITE, said, now_ms)


async def test_a_refusal_is_shown_with_its_reason(told: Centre) -> None:
    """In the gateway's own words."""
    async with web_client(told, WHO) as client:
        await shelve(client, kind="fire", sure="true")
        confirm(told, "refused", "危及生命的只能由在册人员搁置 / by somebody of the roster")
        text = (await client.get(HERE)).text
    assert 'data-state="refused"' in text
    assert "by somebody of the roster" in text
    assert 'class="lives"' not in text


async def test_what_its_gateway_never_had_lapses(told: Centre) -> None:
    """Two hours later nothing pretends that it was shelved."""
    async with web_client(told, WHO) as client:
        await shelve(client)
    told.clock.go(7201)
    assert 'data-state="lapsed"' in await page(told, HERE)


async def test_lives_are_shelved_only_by_two_words_and_loudly(told: Centre) -> None:
    """A kind of life safety needs its tick, at most 12 hours, and stands on top of the page."""
    async with web_client(told, WHO) as client:
        answer = await shelve(client, kind="fire")
        assert (answer.status_code, "tick the box" in answer.text) == (422, True)
        answer = await shelve(client, kind="fire", sure="true", hours="24")
        assert (answer.status_code, "at most 12 hours" in answer.text) == (422, True)
        assert (await shelve(client, kind="fire", sure="true")).status_code == 303
        text = (await client.get(HERE, params={"lang": "en"})).text
        assert "Once the site confirms it, nobody will be alarmed" in text
        confirm(told, "in_force")
        text = (await client.get(HERE, params={"lang": "en"})).text
        assert "Nobody will be alarmed, even with lives at stake!" in text


WRONG: list[tuple[str, dict[str, str], int, str]] = [
    ("fire-a", {"reason": " "}, 422, "reason is needed"),
    ("fire-a", {"hours": "0"}, 422, "say for how long"),
    ("fire-a", {"hours": "900"}, 422, "at most 720 hours"),
    ("fire-a", {"kind": "warp_core"}, 422, "no kind warp_core"),
    ("fire-b", {"order": "01935000-2222-7000-8000-000000000002"}, 422, "used before"),
    ("fire-x", {}, 422, "takes no orders"),
    ("fire-zz", {}, 404, "fire-zz"),
    ("fire-a", {"order": "../../x"}, 422, ""),
]


async def test_what_cannot_be_ordered(told: Centre) -> None:
    """Says why, and nothing is ordered."""
    async with web_client(told, WHO) as client:
        for device, changes, code, why in WRONG:
            answer = await shelve(client, device, **changes)
            assert (answer.status_code, why in answer.text) == (code, True), (changes, answer.text)
        assert "data-state" not in (await client.get(HERE)).text.split('id="shelves"')[1]


def test_there_is_an_end_to_orders(told: Centre) -> None:
    """Fifty at one gateway; two stand already."""

    def order(number: int) -> None:
        wish = Wish(id=f"01935000-5555-7000-8000-{number:012d}", device="fire-a", kinds=(), reason="x", hours=1)
        told.desk.equipment.shelve(wish, WHO)

    for number in range(48):
        order(number)
    with pytest.raises(EquipmentError, match="50 orders hold"):
        order(48)


async def test_only_who_may_shelve_is_offered_it(told: Centre) -> None:
    """A grid worker sees the page and no form; the endpoints of others he does not see."""
    trust = web_trust(told)
    new = NewToken(name="worker", grants=(Grant(role=Role.GRID_WORKER, area="chunfeng"),))
    headers = {"Authorization": f"Bearer {trust.tokens.make(new, by='test')}"}
    transport = httpx.ASGITransport(web_app(told, trust))
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) as client:
        assert order_of((await client.get("/equipment")).text)[0] == "fire-f"
        assert "fire-x" not in (await client.get("/equipment")).text
        assert "/shelve" not in (await client.get(HERE)).text
        assert (await shelve(client)).status_code == 403
        assert (await client.get("/equipment/gateways/gw-heping")).status_code == 404
        assert (await client.get("/equipment/endpoints/fire-x")).status_code == 403


async def test_nothing_yet_and_nobody(sqlite_centre: Centre) -> None:
    """An empty centre says what comes; what is not known is said so."""
    assert "No gateway has told" in await page(sqlite_centre, "/equipment")
    async with web_client(sqlite_centre, WHO) as client:
        for path in ("/equipment/gateways/none", "/equipment/endpoints/none"):
            assert (await client.get(path)).status_code == 404


def test_what_endangers_lives_is_drawn_first(told: Centre) -> None:
    """Of many channels a page draws some: not those that come first in the alphabet."""
    rules = told.desk.equipment.endpoint("fire-a").rules
    channels = ["battery", "mains", "temp", "smoke", "silenced"]
    assert worth_a_curve(channels, limits_by_channel(rules)) == ["smoke", "temp", "battery", "mains", "silenced"]


@pytest.mark.parametrize(("lang", "mains", "button"), [("zh", "是", "按下"), ("en", "yes", "pressed")])
def test_only_buttons_are_pressed(lang: str, mains: str, button: str) -> None:
    """The mains are there or not; nobody presses them."""
    words = Words(lang)
    assert (words.value(True, "", "mains"), words.value(True, "", "call_point")) == (mains, button)

"""The board without a browser: filters that stay, what is sent to an open page, what is summed up beside it."""

from __future__ import annotations

import re
from typing import Any

from cloud.board import book
from cloud.board.choosing import BOARD_MAX
from cloud.board.views import EndpointRow, GatewayRow
from cloud.changes import Changed
from cloud.console.board.floods import FLOOD_MIN
from cloud.console.board.side import side_of
from cloud.console.board.wishes import OPENED_MAX
from tests.cloud import facts
from tests.cloud.conftest import START_MS, Centre
from tests.cloud.web import web_client

ZHOU = "zhou-mingyuan"
OTHER_GRID = "110105001001002"


def filled(centre: Centre, faults: int = 3) -> Centre:
    """A fire in the first grid, faults in the second, an hour apart."""
    centre.take(1, severity="critical")
    for number in range(2, 2 + faults):
        fault = {"kind": "sensor_fault", "severity": "minor", "device": f"x-{number}", "place": f"{number} 号楼"}
        centre.take(number, grid=OTHER_GRID, at_ms=START_MS - number * 3_600_000, **fault)
    return centre


def token_of(html: str) -> str:
    """What a page says it has."""
    found = re.search(r'data-token="([^"]+)"', html)
    assert found is not None
    return found[1]


async def test_a_filter_stays_from_one_log_in_to_the_next(centre: Centre) -> None:
    """On both databases. The address says it as well; what concerns lives stays and says that it is not in it."""
    filled(centre)
    async with web_client(centre, ZHOU) as client:
        sent = await client.post("/board/filter", data={"at": "chunfeng-2", "stage": "accepted", "kind": "nothing"})
        assert (sent.status_code, sent.headers["location"]) == (303, "/?at=chunfeng-2&stage=accepted")
    async with web_client(centre, ZHOU) as client:
        page = (await client.get("/")).text
        everything = (await client.get("/?all=1")).text
        await client.post("/board/filter", data={})
        cleared = (await client.get("/")).text

    assert 'class="chip outside"' in page
    assert page.count("<article") == 1
    assert "筛掉 3 件" in page
    assert 'href="/?all=1"' in page
    assert everything.count("<article") == 4
    assert "回到我的筛选" in everything
    assert "回到我的筛选" not in cleared
    assert cleared.count("<article") == 4


async def test_an_address_wins_over_what_is_kept_and_keeps_nothing(sqlite_centre: Centre) -> None:
    """A link from a colleague shows his view once."""
    filled(sqlite_centre)
    async with web_client(sqlite_centre, ZHOU) as client:
        page = (await client.get("/?kind=sensor_fault&late=&at=moon")).text
        again = (await client.get("/")).text

    assert "来自地址" in page
    assert page.count("<article") == 4
    assert "来自地址" not in again
    assert sqlite_centre.desk.preferences.of(ZHOU, "board") == {}


async def test_an_open_page_gets_only_what_it_has_not(sqlite_centre: Centre) -> None:
    """Nothing where nothing changed; one row where one changed; everything where we do not know what it has."""
    filled(sqlite_centre, 20)
    async with web_client(sqlite_centre, ZHOU) as client:
        have = token_of((await client.get("/")).text)
        asked: dict[str, Any] = {"all": 1, "origin": "kept", "have": have}
        same = await client.get("/parts/board", params=asked)
        sqlite_centre.take(2, revision=2, kind="sensor_fault", severity="major", device="x-2", grid=OTHER_GRID)
        one = await client.get("/parts/board", params=asked)
        strange = await client.get("/parts/board", params={**asked, "have": "gone-1"})

    assert (same.status_code, same.headers["x-board"]) == (204, have)
    assert (one.text.count("<article"), one.text.count("data-same")) == (21, 20)
    assert (strange.text.count("<article"), strange.text.count("data-same")) == (21, 0)
    assert len(one.content) < len(strange.content) / 4


async def test_a_kept_picture_never_tells_an_old_time(sqlite_centre: Centre) -> None:
    """Nothing changes for an hour, all gateways are dead: whoever asks gets the time of now."""
    with sqlite_centre.desk.transaction() as session:
        now_ms = sqlite_centre.clock.now_ms()
        sqlite_centre.desk.gateways.take_status(session, facts.SITE, facts.GATEWAY, facts.status(now_ms), now_ms)
    sqlite_centre.desk.tell(Changed(gateways=True))
    filled(sqlite_centre)
    async with web_client(sqlite_centre, ZHOU) as client:
        sqlite_centre.clock.go(600)
        await client.get("/parts/board?have=strange")
        sqlite_centre.clock.go(3000)
        again = await client.get("/parts/board?have=strange")
        same = await client.get("/parts/board", params={"have": again.headers["X-Board"]})

    told = re.search(r'data-now="(\d+)"', again.text)
    assert told is not None
    now_ms = sqlite_centre.clock.now_ms()
    assert int(told[1]) == now_ms
    assert same.status_code == 204
    assert {int(one.headers["X-Now"]) for one in (again, same)} == {now_ms}


async def test_more_floods_can_be_open_than_there_are(sqlite_centre: Centre) -> None:
    """A board of floods only, all of them open; more are refused."""
    filled(sqlite_centre)
    keys = [f"sensor_fault.chunfeng.{number}" for number in range(OPENED_MAX + 1)]
    async with web_client(sqlite_centre, ZHOU) as client:
        answers = [await client.get("/parts/board", params={"opened": some}) for some in (keys[1:], keys)]

    assert OPENED_MAX * FLOOD_MIN >= BOARD_MAX - FLOOD_MIN
    assert [answer.status_code for answer in answers] == [200, 422]


async def test_what_is_critical_is_neither_filtered_out_nor_cut_off(sqlite_centre: Centre) -> None:
    """A smell of gas is no kind of life safety, and yet critical: always there, before all that is due earlier."""
    filled(sqlite_centre)
    more = {"kind": "power", "severity": "critical", "device": "x-90", "place": "燃气调压站", "grid": OTHER_GRID}
    sqlite_centre.take(90, at_ms=START_MS - 60_000, **more)
    async with web_client(sqlite_centre, ZHOU) as client:
        pages = [(await client.get(path)).text for path in ("/?kind=sensor_fault", "/?all=1&rows=1")]

    assert all("燃气调压站" in page for page in pages)
    assert 'class="chip outside"' in pages[0]


async def test_a_clock_set_back_is_not_a_centre_that_hears(sqlite_centre: Centre) -> None:
    """A gateway heard of in the future tells nothing of now."""
    with sqlite_centre.desk.transaction() as session:
        now_ms = sqlite_centre.clock.now_ms() + 3_600_000
        sqlite_centre.desk.gateways.take_status(session, facts.SITE, facts.GATEWAY, facts.status(now_ms), now_ms)
    sqlite_centre.desk.tell(Changed(gateways=True))
    async with web_client(sqlite_centre, ZHOU) as client:
        assert "中心收不到任何网关的消息" in (await client.get("/")).text


async def test_more_rows_are_a_link_away(sqlite_centre: Centre, monkeypatch: Any) -> None:
    """All are reachable without scripts."""
    monkeypatch.setattr("cloud.console.board.pages.ROWS", 2)
    filled(sqlite_centre, 6)
    async with web_client(sqlite_centre, ZHOU) as client:
        page = (await client.get("/?rows=2")).text
        assert "另有 4 项" in page
        more = re.search(r'id="more-rows" href="([^"]+)"', page)
        assert more is not None
        assert (await client.get(more[1].replace("&amp;", "&"))).text.count("<article") == 7
        assert (await client.get("/?rows=1001")).status_code == 422


async def test_a_flood_is_one_row_and_opens_without_scripts(sqlite_centre: Centre) -> None:
    """Its members are a link away; a fire among them stands apart."""
    sqlite_centre.take(1)
    for number in range(2, 15):
        sqlite_centre.take(number, kind="endpoint_offline", severity="minor", device=f"x-{number}", place=f"P{number}")
    async with web_client(sqlite_centre, ZHOU) as client:
        page = (await client.get("/")).text
        link = re.search(r'href="(/\?[^"]*opened=[^"]+)"', page)
        assert link is not None
        opened = (await client.get(link[1].replace("&amp;", "&"))).text

    assert page.count("<article") == 2
    assert '× <b class="num">13</b>' in page
    assert "P7" not in page
    assert all(f"P{number}<" in opened for number in range(2, 15))


def gateway(name: str, *states: str, **more: Any) -> GatewayRow:
    """With endpoints in these states."""
    endpoints = tuple(
        EndpointRow(device=f"{name}-{n}", kind="fire", place="", grid="", state=state, last_seen_ms=1, channels={})
        for n, state in enumerate(states)
    )
    fields: dict[str, Any] = {"site": "s", "state": "online", "last_seen_ms": 1, "outbox_pending": 0, "quarantine": 0}
    return GatewayRow(gateway=name, endpoints=endpoints, **{**fields, **more})


def test_beside_the_board_only_what_is_not_well_is_named() -> None:
    """Of eighteen gateways with eight endpoints each: the one that is away, and the endpoint that is."""
    rows = [gateway(f"g{n}", *["online"] * 8) for n in range(16)]
    rows += [gateway("bad", "offline", *["online"] * 7), gateway("away", *["unknown"] * 8, state="offline")]
    side = side_of(rows)

    assert side.gateways == (("offline", 1), ("online", 17))
    assert side.endpoints == (("offline", 1), ("unknown", 8), ("online", 135))
    assert [(one.gateway.gateway, len(one.endpoints)) for one in side.troubles] == [("away", 0), ("bad", 1)]


def test_one_read_serves_all_until_something_changes(sqlite_centre: Centre) -> None:
    """Ours and what other workers tell us; and by itself after a while, because deadlines pass."""
    filled(sqlite_centre)
    desk, clock = sqlite_centre.desk, sqlite_centre.clock

    def look() -> Any:
        return desk.boards.look("all", lambda _grid, _site: True).board.open

    first = look()
    assert look() is first
    sqlite_centre.take(50, device="x-50")
    second = look()
    assert len(second) == len(first) + 1
    desk.tell(Changed(gateways=True))
    assert look() is second
    desk.boards.changed(Changed(incidents=frozenset({"elsewhere"})))
    assert look() is not second
    third = look()
    clock.go(book.AGE_MS / 1000)
    assert look() is not third


async def test_a_centre_that_hears_nothing_says_so(sqlite_centre: Centre) -> None:
    """Every page has the headline: our link to the broker may stand, and yet no gateway speaks."""
    with sqlite_centre.desk.transaction() as session:
        now_ms = sqlite_centre.clock.now_ms()
        status = facts.status(now_ms)
        sqlite_centre.desk.gateways.take_status(session, facts.SITE, facts.GATEWAY, status, now_ms)
    sqlite_centre.desk.tell(Changed(gateways=True))
    async with web_client(sqlite_centre, ZHOU) as client:
        assert "中心收不到" not in (await client.get("/")).text
        sqlite_centre.clock.go(60)
        page = (await client.get("/account")).text + (await client.get("/parts/headline")).text

    assert "中心收不到任何网关的消息" in page
    assert "h-unsure" in page


BLOCKING = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
SCRIPTS = re.compile(r'<script src="([^"]+)"( defer)?>')
BLOCKING_MAX = 4  # files that the first paint waits for
BYTES_MAX = 300_000  # of the first visit, compressed


async def test_the_first_paint_waits_for_little(sqlite_centre: Centre) -> None:
    """A hundred rows and all files within 300 kB; no script holds it up; files are kept under their fingerprint."""
    filled(sqlite_centre, 120)
    async with web_client(sqlite_centre, ZHOU) as client:
        page = await client.get("/")
        styles, scripts = BLOCKING.findall(page.text), SCRIPTS.findall(page.text)
        files = [await client.get(path) for path in [*styles, *(path for path, _ in scripts)]]

    assert page.text.count("<article") == 101
    assert 0 < len(styles) <= BLOCKING_MAX
    assert all(deferred for _, deferred in scripts)
    assert all("immutable" in file.headers["cache-control"] for file in files)
    assert all(file.headers["content-encoding"] == "gzip" for file in files if len(file.content) > 2000)
    assert sum(int(answer.headers["content-length"]) for answer in (page, *files)) < BYTES_MAX


async def test_an_empty_board_says_how_the_first_gateway_comes(sqlite_centre: Centre) -> None:
    """As the subcommands are called; what is refused at a gateway is a click away; another day is named."""
    async with web_client(sqlite_centre, ZHOU) as client:
        empty = (await client.get("/")).text
        sqlite_centre.status()
        sqlite_centre.desk.tell(Changed(gateways=True))
        filled(sqlite_centre)
        board = (await client.get("/")).text

    assert "gridwhistle cloud admit" in empty
    assert "gridwhistle gateway join" in empty
    assert "gridwhistle cloud admit" not in board
    assert re.search(r'href="/equipment/gateways/[^"]+#refused">拒收 1 条', board)

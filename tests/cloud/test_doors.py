"""Every route declares what it does; every role is let in or refused at every place as the table of rights says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from cloud.api.live import Where
from cloud.live import Hub
from cloud.trust.door import EVERYBODY, Allow, Caller
from cloud.trust.principals import Grant, Principal
from cloud.trust.rights import CENTRE_WIDE, RIGHTS, Action
from cloud.trust.tokens import NewToken
from domain.people import Role
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.web import NOBODY, URL, cookie_of, web_app, web_client, web_trust

# what anybody may ask, each with its reason
OPEN = {
    "/healthz": "whoever supervises the process",
    "/readyz": "the same",
    "/openapi.json": "the interface is in the source",
    "/static/{name:path}": "scripts and styles of the log-in page",
    "/login": "or nobody could log in",
    "/login/once/{secret}": "the link is the secret",
    "/login/code": "a session that waits for its code",
    "/login/password": "a session that waits for its password",
    "/login/second": "a session that waits for its second factor",
    "/logout": "a session that ends itself",
    "/logout/all": "the same",
    "/account": "asks the session itself",
}
# what looks at more than role and place
FINER = {
    "/api/notices/manners/{person}": "one's own, or people_write",
    "/api/tables/{table}": "each table has its right, at the top of the district",
    "/api/personal-tables/people": "at the top of the district",
}
AREAS = (None, "chunfeng", "heping")  # all, the one that things of this test are in, another one
GRID = "110105001001001"


@dataclass(frozen=True, slots=True)
class Way:
    """One route, with the whole of its path."""

    path: str
    route: APIRoute
    calls: tuple[Any, ...]  # dependencies, those of dependencies too

    @property
    def actions(self) -> list[Action]:
        """What it declares."""
        return [call.action for call in self.calls if isinstance(call, Allow)]


def ways(app: FastAPI) -> list[Way]:
    """Every route there is; nothing else answers."""
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    assert len(routes) == len(app.routes), "nothing else answers"
    return [Way(route.path, route, tuple(_calls(route.dependant))) for route in routes]


def _calls(dependant: Any) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)


async def test_every_route_declares_an_action(sqlite_centre: Centre) -> None:
    """One, or that it is open, and then for a reason that is written down here."""
    for way in ways(web_app(sqlite_centre)):
        everybody = EVERYBODY in way.calls
        assert (len(set(way.actions)), everybody) in ((1, False), (0, True)), way.path
        assert everybody == (way.path in OPEN), way.path


def filled(way: Way, incident_id: str) -> tuple[str, dict[str, str]]:
    """A path and a query that name things of this test."""
    names = {"incident_id": incident_id, "site": facts.SITE, "device": "fire-a", "area": GRID}
    path = way.path
    for name in way.route.param_convertors:
        path = path.replace("{" + name + "}", names.get(name, "none")).replace("{" + name + ":path}", "none")
    query = {param.name for param in way.route.dependant.query_params} & set(names)
    return path, {name: names[name] for name in query}


@pytest.mark.parametrize("role", list(Role))
async def test_every_route_for_every_role_in_every_area(sqlite_centre: Centre, role: Role) -> None:
    """Refused exactly where the table of rights or the area says so, before anything is read or done."""
    centre = sqlite_centre
    incident_id = centre.take(1)
    centre.status()
    trust = web_trust(centre)
    app = web_app(centre, trust)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        for area in AREAS:
            new = NewToken(name=f"{role}-{area or 'all'}".replace("_", "-"), grants=(Grant(role=role, area=area),))
            client.headers["Authorization"] = f"Bearer {trust.tokens.make(new, by='test')}"
            for way in ways(app):
                if way.actions and "/api/live" not in way.path:  # a stream never ends
                    await _ask(client, way, role, area, incident_id)


async def _ask(client: httpx.AsyncClient, way: Way, role: Role, area: str | None, incident_id: str) -> None:
    path, query = filled(way, incident_id)
    named = bool(query) or any("{" + name + "}" in way.path for name in ("incident_id", "site", "device", "area"))
    # the endpoint and the incident hang in a grid of chunfeng; its site is chunfeng
    allowed = way.actions[0] in RIGHTS[role] and not (named and area == "heping")
    allowed = allowed and not (area and way.actions[0] in CENTRE_WIDE)
    for method in sorted(way.route.methods or ()):
        # a body that cannot be read: whoever may is told so, whoever may not is refused before it is read
        answer = await client.request(method, path, params=query, content=b"{")
        said = (method, path, query, role, area, answer.status_code, answer.text[:200])
        if not allowed:
            assert answer.status_code == 403, said
        elif way.path not in FINER:
            assert answer.status_code != 403, said
        assert answer.status_code != 401, said


async def test_a_name_more_in_the_address_never_lets_in(sqlite_centre: Centre) -> None:
    """Every place that is named is judged, also one that the route does not ask for."""
    centre = sqlite_centre
    incident_id = centre.take(1)
    centre.status()
    async with as_token(centre, Role.OPERATOR, "heping") as client:
        for path in (
            f"/api/reports?site={facts.SITE}",
            "/api/readings?device=fire-a&channel=temperature&from_ms=0&to_ms=9",
            f"/api/site-people?site={facts.SITE}",
            f"/api/incidents/{incident_id}?x=1",
        ):
            for more in ("", "&incident_id=none", "&site=heping", "&area=110105001002001", "&device=none"):
                if more[1:5] not in path:
                    assert (await client.get(path + more)).status_code == 403, path + more


async def test_an_empty_name_names_no_place(sqlite_centre: Centre) -> None:
    """A form sends its empty fields too; a name that is not empty still counts."""
    sqlite_centre.status()
    async with as_token(sqlite_centre, Role.OPERATOR, "heping") as client:
        empty = [(await client.get(f"/api/board?{name}=")).status_code for name in ("device", "area", "site")]
        named = (await client.get("/api/board?device=none")).status_code
        wanted = (await client.get("/api/readings?device=&channel=temp&from_ms=0&to_ms=9")).status_code

    assert (empty, named) == ([200, 200, 200], 403)
    assert wanted == 403


async def test_an_administrator_of_one_area_keeps_no_accounts(sqlite_centre: Centre) -> None:
    """Accounts, tokens, webhooks and the audit log are the district's: else he would make himself its administrator."""
    trust = web_trust(sqlite_centre)
    trust.accounts.add("admin", (Grant(role=Role.ADMINISTRATOR),), by="test")
    async with as_token(sqlite_centre, Role.ADMINISTRATOR, "heping") as client:
        for path, body in (
            ("/api/accounts", {"id": "evil", "grants": ["administrator"], "why": "因故"}),
            ("/api/accounts/admin/reset?second_factor=true", {"why": "因故"}),
            ("/api/accounts/admin/disable?area=110105001002001", {"why": "因故"}),
            ("/api/tokens", {"name": "evil", "grants": ["administrator"], "why": "因故"}),
            ("/api/webhooks", {"name": "evil", "url": "https://example.org/"}),
        ):
            assert (await client.post(path, json=body)).status_code == 403, path
        assert (await client.get("/api/audit")).status_code == 403
        wish = await client.put("/api/notices/manners/zhou-mingyuan", json={"quiet": "00:00-23:59"})
        assert wish.status_code == 403  # of chunfeng


async def test_a_narrowed_program_gives_nothing_beyond_its_scopes(sqlite_centre: Centre) -> None:
    """Neither by a token nor by taking an administrator's account over."""
    trust = web_trust(sqlite_centre)
    trust.accounts.add("admin", (Grant(role=Role.ADMINISTRATOR),), by="test")
    scopes = ("token_write", "account_write", "board_read")
    async with as_token(sqlite_centre, Role.ADMINISTRATOR, None, scopes) as client:
        why = {"why": "因故"}
        new: dict[str, Any] = {"name": "a", "grants": ["supervisor"]} | why
        for more, status in (
            ({}, 403), ({"scopes": ["track_read"]}, 403), ({"scopes": ["board_read"], "speaks_for_others": True}, 403),
            ({"scopes": ["board_read"]}, 201),
        ):  # fmt: skip
            assert (await client.post("/api/tokens", json={**new, **more})).status_code == status, more
        assert (await client.post("/api/accounts/admin/reset", json=why)).status_code == 403
        boss = {"id": "a", "grants": ["administrator"]} | why
        assert (await client.post("/api/accounts", json=boss)).status_code == 403
        assert (await client.post("/api/accounts", json={"id": "zhou-mingyuan"} | why)).status_code == 201


async def test_a_relay_hands_over_no_shift_of_another_area(sqlite_centre: Centre) -> None:
    """It passes on what people of its areas do."""
    for area, status in (("heping", 403), ("chunfeng", 201)):
        async with as_token(sqlite_centre, Role.OPERATOR, area, name=f"relay-{area}", speaks=True) as client:
            offer = {"receiver": "qin-yue", "actor": "zhou-mingyuan"}
            assert (await client.post("/api/shift-handovers", json=offer)).status_code == status, area


async def test_hints_of_incidents_elsewhere_are_not_sent(sqlite_centre: Centre) -> None:
    """An id would tell that and when something happened there."""
    centre = sqlite_centre
    incident_id = centre.take(1)
    door = web_app(centre).state.door
    where = Where(door.places)
    for area, sees in ((None, True), ("chunfeng", True), ("heping", False)):
        grants = (Grant(role=Role.OPERATOR, area=area),)
        caller = Caller(Principal(actor="a", grants=grants), Action.BOARD_READ, door.guard)
        hub = Hub(asyncio.get_running_loop())
        hub._publish(["board", f"incident:{incident_id}", "incident:gone"])
        stream = hub.stream("0", beat_s=0.001, seen=partial(where.seen, caller))
        told = [await anext(stream) for _ in range(4)]
        assert (incident_id in "".join(told)) == sees, area


async def test_neighbours_elsewhere_are_not_shown(sqlite_centre: Centre) -> None:
    """Of two incidents of one site, a worker of one grid sees his."""
    centre = sqlite_centre
    mine = centre.take(1, kind="sensor_fault", device="fire-1")
    centre.take(2, kind="sensor_fault", device="fire-2", grid="110105001001002")
    for area, count in (("chunfeng-1", 0), ("chunfeng", 1)):
        async with as_token(centre, Role.GRID_WORKER, area, name=f"worker-{area}") as client:
            detail = (await client.get(f"/api/incidents/{mine}")).json()
            assert len(detail["neighbours"]) == count, area
            page = await client.get(f"/parts/incidents/{mine}")
            assert page.status_code == 200


def as_token(
    centre: Centre,
    role: Role,
    area: str | None,
    scopes: tuple[str, ...] = (),
    *,
    name: str = "asker",
    speaks: bool = False,
) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    """A program with one role."""
    trust = web_trust(centre)
    new = NewToken(name=name, grants=(Grant(role=role, area=area),), scopes=scopes, speaks_for_others=speaks)
    token = trust.tokens.make(new, by="test")
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(web_app(centre, trust)), base_url=URL, headers=headers)


async def test_strangers_are_asked_who_they_are(centre: Centre) -> None:
    """As problem details, before anything is looked up."""
    async with web_client(centre, NOBODY) as client:
        wrong: list[dict[str, str]] = [{}, {"Authorization": "Bearer gw_wrong"}, {"Cookie": "gridwhistle=wrong"}]
        for path, headers in product(("/api/board", "/api/accounts", "/api/incidents/none"), wrong):
            answer = await client.get(path, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (401, "urn:gridwhistle:problem:not-logged-in")
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_pages_lead_strangers_to_the_login_and_back(centre: Centre) -> None:
    """Also the parts that an open page asks for."""
    async with web_client(centre, NOBODY) as client:
        answer = await client.get("/incidents/abc")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?back=/incidents/abc")
        part = await client.get(
            "/parts/board", headers={"HX-Request": "true", "HX-Current-URL": f"{URL}/incidents/abc?lang=en"}
        )
        assert (part.status_code, part.headers["hx-redirect"]) == (401, "/login?back=/incidents/abc")


async def test_lists_show_what_stands_in_ones_areas(centre: Centre) -> None:
    """The board of another community is empty; a grid worker sees his community's gateway."""
    incident_id = centre.take(1)
    centre.status()
    trust = web_trust(centre)
    app = web_app(centre, trust)
    seen: dict[str, tuple[int, int]] = {}
    for person in ("zhou-mingyuan", "lin-zhixia", "tian-shiqi", "xu-qinghe", "lu-jingchuan"):
        headers = cookie_of(trust, person)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) as client:
            board = (await client.get("/api/board")).json()
            seen[person] = len(board["open"]), len(board["gateways"])
            detail = await client.get(f"/api/incidents/{incident_id}")
            assert detail.status_code == (200 if board["open"] else 403)
            page = (await client.get("/")).text
            assert (incident_id in page) == bool(board["open"])
    assert seen == {
        "zhou-mingyuan": (1, 1), "lin-zhixia": (1, 1), "tian-shiqi": (0, 1), "xu-qinghe": (0, 0), "lu-jingchuan": (1, 1)
    }  # fmt: skip


async def test_nobody_acts_in_anothers_name(centre: Centre) -> None:
    """A person is who logged in; a program names people only where it was made for that."""
    incident_id = centre.take(1)
    click: dict[str, Any] = {"move": "accept", "expected_version": 1}
    async with web_client(centre, "zhou-mingyuan") as client:
        path = f"/api/incidents/{incident_id}/moves"
        answer = await client.post(path, json={**click, "actor": "qin-yue"})
        assert (answer.status_code, centre.desk.detail(incident_id).row.stage) == (403, "reported")
        answer = await client.post(path, json=click)
        assert answer.json()["row"]["holder"] == "zhou-mingyuan"


async def test_writes_and_refusals_are_on_record(centre: Centre) -> None:
    """By declaring the action: reads of personal fields too."""
    trust = web_trust(centre)
    app = web_app(centre, trust)
    headers = cookie_of(trust, "zhou-mingyuan")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL, headers=headers) as client:
        for _ in range(100):
            assert (await client.get("/api/accounts")).status_code == 403
    refused = [entry for entry in trust.trail.entries(1000) if entry.outcome == "refused"]
    assert {(entry.actor, entry.action, entry.target) for entry in refused} == {
        ("zhou-mingyuan", "account_write", "GET /api/accounts")
    }
    assert 60 <= len(refused) < 100  # who keeps knocking does not fill the log

"""What is read again after a change makes the same picture as reading everything, for two people of other rights."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from cloud.board import choosing
from cloud.board.boards import Boards, Look
from cloud.board.book import SOME_MAX
from cloud.board.choosing import Sees, everything
from cloud.board.filters import ALL, Filter
from cloud.board.queries import Queries
from cloud.changes import Changed
from cloud.records import DeskError
from cloud.store.models import Incident
from cloud.trust.principals import Grant
from domain.incidents import IncidentError, Move
from domain.people import Role
from tests.cloud.conftest import Centre
from tests.cloud.flowing import WATER, with_departments
from tests.cloud.web import URL, cookie_of, web_app, web_trust

GRIDS = ("110105001001001", "110105001001002", "110105001002001", "nowhere")
KINDS = (
    ("fire", "major"),
    ("fire", "critical"),
    ("sensor_fault", "minor"),
    ("power", "critical"),
    ("camera_fault", "major"),
)
TWO_HATS = (Grant(role=Role.OPERATOR, area="chunfeng-1"), Grant(role=Role.ASSISTANT, area="heping"))
FILTERS = (ALL, Filter(kind="sensor_fault"), Filter(late="1"), Filter(stage="accepted"), Filter(mine="zhou-mingyuan"))
STEPS = 30
WAITS_S = (-30, 1, 60, 400, 7200)


def near(grid: str, _site: str) -> bool:
    """Sees one grid."""
    return grid == GRIDS[0]


class District:
    """Whatever happens, in an order that chance chose."""

    def __init__(self, centre: Centre, chance: random.Random, waits_s: tuple[float, ...] = WAITS_S) -> None:
        self._waits_s = waits_s
        self.centre = centre
        self._chance = chance
        self._facts: list[dict[str, Any]] = []
        self._ids: list[str] = []

    def step(self) -> None:
        """One thing happens."""
        self.centre.clock.go(self._chance.choice([0, 0, 0.1, 1]))
        happens = [self._new, self._told, self._click, self._click, self._click, self._wait, self._status]
        self._chance.choice(happens if self._ids else [self._new])()

    def _new(self) -> None:
        kind, severity = self._chance.choice(KINDS)
        number = len(self._facts) + 1
        fact = {"number": number, "kind": kind, "severity": severity, "device": f"d-{number}", "place": f"{number} 号"}
        self._facts.append(fact | {"grid": self._chance.choice(GRIDS), "revision": 1})
        self._ids.append(self.centre.take(**self._facts[-1]))

    def _told(self) -> None:
        fact = self._chance.choice(self._facts)
        fact["revision"] += 1
        fact["severity"] = self._chance.choice(["minor", "major", "critical"])
        self.centre.take(**fact, condition=self._chance.choice(["active", "cleared"]))

    def _click(self) -> None:
        one, other = self._chance.choice(self._ids), self._chance.choice(self._ids)
        moves = list(self.centre.desk.detail(one).moves) or list(Move)
        move = Move(self._chance.choice([*moves, Move.MERGE, Move.SUSPEND]))
        to = {Move.MERGE: other, Move.LINK: other, Move.UNLINK: other, Move.DISPATCH: "he-anping", Move.ASK: WATER}
        more: dict[str, Any] = {"to": to[move]} if move in to else {}
        with suppress(DeskError, IncidentError):
            self.centre.move(one, move, reason="因故", **more)

    def _wait(self) -> None:
        self.centre.clock.go(self._chance.choice(self._waits_s))
        self.centre.desk.fire_due()

    def _status(self) -> None:
        self.centre.desk.tell(Changed(incidents=frozenset(self.centre.status()), gateways=True))
        self.centre.desk.gateway_silent("gw-chunfeng")


def afresh(centre: Centre, sees: Sees, wish: Filter) -> Look:
    """By somebody who has read nothing before."""
    desk = centre.desk
    return Boards(centre.store, Queries(desk.plan), centre.clock, desk.plan).look("", sees, wish)


def of_incidents(look: Look) -> tuple[Any, ...]:
    """What it shows, and what it says of what it does not show."""
    return look.board.open, look.board.recently_closed, look.board.more, look.outside, look.hidden, look.hidden_late


def test_after_any_changes_it_is_as_if_everything_were_read(centre: Centre) -> None:
    """On both databases; each line is also what the page of its incident says."""
    live_through(centre, random.Random(1), STEPS)


@pytest.mark.endurance
@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_after_very_many_changes(centre: Centre, seed: int) -> None:
    """The same for longer."""
    live_through(centre, random.Random(seed), STEPS * 5)


def live_through(centre: Centre, chance: random.Random, steps: int) -> None:
    """After each step what was read in parts is what would be read as a whole."""
    district = District(with_departments(centre), chance)
    for _ in range(steps):
        district.step()
        for who, sees in (("all", everything), ("near", near)):
            wish = chance.choice(FILTERS)
            look = centre.desk.boards.look(who, sees, wish)
            assert of_incidents(look) == of_incidents(afresh(centre, sees, wish))
            assert all(sees(row.grid, row.site) for row in look.board.open)
    rows = centre.desk.boards.look("all", everything).board.open
    assert len(rows) > 5
    assert all(centre.desk.detail(row.id).row == row for row in rows)


def test_what_nobody_told_is_seen_all_the_same(centre: Centre) -> None:
    """Another program wrote into the store: within two seconds, and a change told meanwhile hides nothing of it."""
    first, second = centre.take(1), centre.take(2, device="x-2", kind="sensor_fault", grid=GRIDS[1])
    look = centre.desk.boards.look("all", everything)
    other = Boards(centre.store, Queries(centre.desk.plan), centre.clock, centre.desk.plan)
    other.look("all", everything)
    centre.move(first, Move.ACCEPT)  # tells our desk alone
    assert other.look("all", everything).board.open == look.board.open
    centre.clock.go(1.9)
    other.changed(_changed({second}))
    other.look("all", everything)
    centre.clock.go(0.1)
    assert {row.stage for row in other.look("all", everything).board.open} == {"accepted", "reported"}


def test_a_storm_is_read_as_a_whole(sqlite_centre: Centre) -> None:
    """More changes than are asked for one by one."""
    sqlite_centre.take(1)
    boards = sqlite_centre.desk.boards
    boards.look("all", everything)
    sqlite_centre.desk.boards.changed(_changed({f"unknown-{number}" for number in range(SOME_MAX + 1)}))
    assert len(boards.look("all", everything).board.open) == 1


def test_a_large_family_pushes_no_fire_off_the_board(sqlite_centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody in a lift, and as its members more alarms of power than a board has rows."""
    monkeypatch.setattr(choosing, "BOARD_MAX", 10)
    lift = sqlite_centre.take(number=1, kind="entrapment", severity="critical", device="lift")
    power = [sqlite_centre.take(number=n, kind="power", severity="minor", device=f"p{n}") for n in range(2, 22)]
    sqlite_centre.clock.go(60)
    fire = sqlite_centre.take(number=30, kind="fire", severity="major", device="f")
    with sqlite_centre.desk.store.write() as session:
        session.execute(update(Incident).where(Incident.id.in_(power)).values(parent_id=lift))
    board = sqlite_centre.desk.board()
    assert {lift, fire} <= {row.id for row in board.open}
    assert (len(board.open), board.more) == (10, 12)


def test_a_read_that_fails_is_done_again(sqlite_centre: Centre) -> None:
    """Nothing told is lost with it."""
    incident = sqlite_centre.take(1)
    boards = sqlite_centre.desk.boards
    boards.look("all", everything)
    sqlite_centre.move(incident, Move.ACCEPT)
    with sqlite_centre.store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE timers RENAME TO away")
    with pytest.raises(OperationalError, match="timers"):
        boards.look("all", everything)
    with sqlite_centre.store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO timers")
    assert [row.stage for row in boards.look("all", everything).board.open] == ["accepted"]


def _changed(ids: set[str]) -> Any:
    return Changed(incidents=frozenset(ids))


# --- the same of what two browsers show -----------------------------------------------------------------------------

ROW = re.compile(r'<article id="([^"]+)".*?</article>', re.DOTALL)
RUNNING = re.compile(r'(<(?:b|span) class="[^"]*"? ?data-(?:due|since)[^>]*>)[^<]*')


class Page:
    """An open page: keeps the rows it has and takes in what it gets, as rows.js does it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._have = ""
        self.rows: dict[str, str] = {}

    async def refresh(self) -> None:
        """Ask for what is new."""
        answer = await self._client.get("/parts/board", params={"have": self._have, "all": 1, "origin": "link"})
        if answer.status_code == 204:
            return
        self._have = answer.headers["X-Board"]
        fresh = rows_of(answer.text)
        self.rows = {one: self.rows[one] if "data-same" in text else text for one, text in fresh.items()}

    async def whole(self) -> dict[str, str]:
        """What a page would get that has nothing."""
        return rows_of((await self._client.get("/parts/board", params={"all": 1, "origin": "link"})).text)


def rows_of(html: str) -> dict[str, str]:
    """Rows in their order, without times that a page counts on by itself."""
    return {row[1]: RUNNING.sub(r"\1", row[0]) for row in ROW.finditer(html)}


async def test_two_open_pages_show_what_a_new_one_would(sqlite_centre: Centre) -> None:
    """Whoever asks first: one sees the district, the other two places by two rights."""
    district = District(with_departments(sqlite_centre), random.Random(7), (1, 60))  # a session lasts
    trust = web_trust(sqlite_centre)
    transport = httpx.ASGITransport(web_app(sqlite_centre, trust))
    seats = [cookie_of(trust, "zhou-mingyuan"), cookie_of(trust, "two-hats", TWO_HATS)]
    clients = [httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) for headers in seats]
    pages = [Page(client) for client in clients]
    for number in range(STEPS // 2):
        district.step()
        for page in pages if number % 2 else reversed(pages):
            await page.refresh()
            whole = await page.whole()
            assert list(page.rows.items()) == list(whole.items())
    assert len(pages[0].rows) > len(pages[1].rows) > 0
    for client in clients:
        await client.aclose()

"""What gateways tell of equipment, kept on both databases; orders of shelves through the list of a site and back."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.equipment.errors import EquipmentError, TooLate
from cloud.equipment.orders import Wish
from cloud.site_lists import SiteLists
from domain.shelf_orders import MOVES, OPEN, State, Word, moved, seen
from protocol import shelf_orders
from tests.cloud import facts
from tests.cloud.conftest import Centre

ORDER = "01935000-2222-7000-8000-0000000000aa"


def say(centre: Centre, **more: Any) -> None:
    """A status, a little later."""
    centre.clock.go(1)
    centre.status(**{"shelf_orders": [], **more})


def page(part: str, *rows: dict[str, Any], number: int = 0, pages: int = 1) -> dict[str, Any]:
    """A page of the inventory."""
    return {"part": part, "page": number, "pages": pages, "rows": list(rows)}


def order(centre: Centre, order_id: str = ORDER, hours: float = 2, device: str = "fire-a") -> None:
    """Somebody orders a shelf."""
    wish = Wish(id=order_id, device=device, kinds=("tamper",), reason="换外壳", hours=hours)
    centre.desk.equipment.shelve(wish, "zhou-mingyuan")


def state(centre: Centre, device: str = "fire-a") -> str:
    """Of its newest order."""
    return centre.desk.equipment.endpoint(device).orders[0].state


def shelf(centre: Centre, device: str = "fire-a") -> str:
    """As the list shows it."""
    return next(thing.shelf for thing in centre.desk.equipment.things() if thing.device == device)


def test_facts_are_kept_and_leave_with_their_endpoint(centre: Centre) -> None:
    """A battery that is not told any more stays; who leaves the site is forgotten; a silent gateway tells no lies."""
    told = {"device": "fire-a", "firmware": "0.3.0", "battery": 80}
    say(centre, inventory=page("endpoints", told, {"device": "fire-b", "firmware": "0.2.0"}))
    say(centre, inventory=page("endpoints", {"device": "fire-a", "firmware": "0.4.0"}))
    things = {thing.device: thing for thing in centre.desk.equipment.things()}
    assert (things["fire-a"].firmware, things["fire-a"].battery, things["fire-b"].firmware) == ("0.4.0", 80, "0.2.0")
    assert (things["fire-c"].told_ms, things["fire-c"].state) == (None, "online")

    say(centre, endpoints=facts.status(0, devices="ac")["endpoints"], inventory=page("endpoints", told))
    say(centre, endpoints=facts.status(0, devices="abc")["endpoints"])
    things = {thing.device: thing for thing in centre.desk.equipment.things()}
    assert (things["fire-b"].firmware, things["fire-a"].firmware) == ("", "0.3.0")

    centre.desk.gateway_silent(facts.GATEWAY)
    assert {thing.state for thing in centre.desk.equipment.things()} == {"unknown"}


def test_parts_replace_what_they_were(centre: Centre) -> None:
    """And what no gateway of this version says is left alone."""
    say(centre, inventory=page("gateway", {"disk_free": 7}))
    say(centre, inventory=page("gateway", {"disk_free": 5}))
    odd: list[Any] = [7, [], {"part": "weather"}, page("rules", number=3), {"part": "rules", "rows": [1]}]
    for strange in odd:
        say(centre, inventory=strange)
    found = centre.desk.equipment.gateway(facts.GATEWAY)
    assert (found.whole("disk_free"), found.has("rules")) == (5, False)


def test_an_order_through_its_life(centre: Centre) -> None:
    """Only the gateway's word moves it; what it says of others is not ours."""
    say(centre)
    order(centre)
    order(centre)
    assert state(centre) == "ordered"
    say(centre, shelf_orders=[{"id": "another", "state": "refused"}, {"id": ORDER, "state": "dancing"}])
    assert state(centre) == "ordered"
    say(centre, shelf_orders=[{"id": ORDER, "state": "in_force", "why": ""}])
    assert (state(centre), shelf(centre)) == ("in_force", "in_force")
    centre.desk.equipment.take_back("fire-a", ORDER, "lu-jingchuan")
    centre.desk.equipment.take_back("fire-a", ORDER, "lu-jingchuan")
    assert state(centre) == "taking_back"
    say(centre, shelf_orders=[{"id": ORDER, "state": "ended", "why": "lu-jingchuan"}])
    assert (state(centre), shelf(centre)) == ("taken_back", "")
    with pytest.raises(TooLate):
        centre.desk.equipment.take_back("fire-a", ORDER, "lu-jingchuan")


def test_time_ends_what_nobody_speaks_of(centre: Centre) -> None:
    """Confirmed: over. Never confirmed: never executed."""
    say(centre)
    order(centre)
    order(centre, ORDER[:-1] + "b", device="fire-b")
    say(centre, shelf_orders=[{"id": ORDER, "state": "in_force"}])
    centre.clock.go(7200)
    assert (state(centre), state(centre, "fire-b")) == ("ended", "lapsed")
    centre.restart()
    assert (state(centre), state(centre, "fire-b")) == ("ended", "lapsed")


def test_a_gateway_of_before_is_not_asked(centre: Centre) -> None:
    """Its orders would wait for ever, and look as if they were on their way."""
    centre.status()
    with pytest.raises(EquipmentError, match="takes no orders"):
        order(centre)


class Link:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.connects = 1
        self.sent: list[dict[str, Any]] = []

    @property
    def is_up(self) -> bool:
        """Always."""
        return True

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """To its gateway, retained."""
        assert (topic, retain) == (f"gw/1/chunfeng/{facts.GATEWAY}/task", True)
        assert len(shelf_orders.of_list(payload)) == len(json.loads(payload).get("shelves", []))
        self.sent.append(json.loads(payload))


async def test_an_order_stands_in_the_list_until_it_is_over(centre: Centre) -> None:
    """New, taken back and gone each make a new list; nothing is sent twice to a gateway that has it."""
    loop, link = asyncio.get_running_loop(), Link()
    lists = SiteLists(centre.store, centre.clock, loop)
    say(centre)
    for _ in range(2):
        await lists.look(link)
    assert [("shelves" in one) for one in link.sent] == [False]
    order(centre)
    for _ in range(2):
        await lists.look(link)
    assert link.sent[1]["shelves"] == [
        {"id": ORDER, "device": "fire-a", "kinds": ["tamper"], "author": "zhou-mingyuan", "reason": "换外壳",
         "until_ms": centre.clock.now_ms() + 7_200_000, "for_ms": 7_200_000}
    ]  # fmt: skip
    centre.desk.equipment.take_back("fire-a", ORDER, "lu-jingchuan")
    await lists.look(link)
    assert link.sent[2]["shelves"][0]["taken_back_by"] == "lu-jingchuan"
    centre.clock.go(7201)
    await lists.look(link)
    assert ("shelves" in link.sent[3], len(link.sent)) == (False, 4)


@given(st.lists(st.sampled_from(Word)), st.integers(0, 20))
def test_nothing_holds_without_the_word_of_its_gateway(words: list[Word], late: int) -> None:
    """Whatever comes in whatever order: in force only after the gateway said so, and never after its end."""
    now = State.ORDERED
    said: Counter[Word] = Counter()
    for word in words:
        now = moved(now, word)
        said[word] += 1
        if now is State.IN_FORCE:
            assert said[Word.IN_FORCE]
        if now is State.TAKEN_BACK:
            assert said[Word.TAKE_BACK] or said[Word.ENDED]
    assert (seen(now, 10, late) in OPEN) <= (late < 10 or (now, Word.TIME) not in MOVES)
    assert late < 10 or seen(now, 10, late) not in OPEN

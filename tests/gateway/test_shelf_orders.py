"""Shelves ordered by the centre: done once, refused for good, never late, taken back, told in the status."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gateway.desks.shelf_orders import ShelfOrders
from protocol import desk as desk_list
from protocol import shelf_orders
from protocol.errors import PayloadError
from runtime.clock import Clock
from tests.gateway.test_shelves import PEOPLE, Desk, opened

HOUR_MS = 3_600_000
TERMINAL = '[[endpoints]]\ndevice = "hand-07"\nkind = "handheld"\nplace = "x"\ngrid = "1"\n'


def order(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An order of the centre for two hours from now."""
    return {
        "id": f"01935000-2222-7000-8000-{number:012d}", "device": "fire-a", "kinds": ["tamper"],
        "author": "zhou-mingyuan", "reason": "换外壳", "until_ms": Clock().now_ms() + 2 * HOUR_MS, **changes,
    }  # fmt: skip


async def hear(desk: Desk, *orders: dict[str, Any], at_ms: int = 0) -> dict[str, tuple[str, str]]:
    """The list of the centre comes; what the status then says: id -> (state, why)."""
    taker = ShelfOrders(desk.desk, desk.writer, Clock())
    await taker.hear(desk_list.encode(7, [], orders, at_ms))
    rows = (await desk.writer.do(taker.fields))["shelf_orders"]
    assert isinstance(rows, list)
    return {row["id"]: (row["state"], row["why"]) for row in rows}


async def test_an_order_is_executed_once_and_survives_a_restart(tmp_path: Path) -> None:
    """The broker repeats the list, the gateway starts again: one shelf, in the name of who ordered it."""
    one = order()
    async with opened(tmp_path) as desk:
        assert await hear(desk, one) == {one["id"]: ("in_force", "")}
    async with opened(tmp_path) as desk:
        assert await hear(desk, one) == {one["id"]: ("in_force", "")}
        (row,) = (await desk.ask("shelved"))["shelved"]
    assert (row["id"], row["author"], row["reason"], row["kinds"]) == (
        one["id"],
        "zhou-mingyuan",
        "换外壳",
        ("tamper",),
    )
    assert row["until_ms"] == one["until_ms"]


async def test_what_comes_late_is_never_executed(tmp_path: Path) -> None:
    """The link was away until it was over; it is told, and nothing is kept back."""
    late = order(until_ms=Clock().now_ms() - 1)
    async with opened(tmp_path) as desk:
        assert await hear(desk, late) == {late["id"]: ("late", "")}
        assert (await desk.ask("shelved"))["shelved"] == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"device": "fire-z"}, "no device fire-z"),
        ({"kinds": ["warp_core"]}, "no kind warp_core"),
        ({"kinds": ["fire"], "until_ms": Clock().now_ms() + 14 * HOUR_MS}, "at most 12 hours"),
        ({"until_ms": Clock().now_ms() + 800 * HOUR_MS}, "at most 720 hours"),
    ],
    ids=["device", "kind", "lives", "long"],
)
async def test_a_refusal_says_why_and_is_final(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    """Also after the reason is gone: who wants it must order it again."""
    wrong = order(**changes)
    async with opened(tmp_path) as desk:
        ((state, said),) = (await hear(desk, wrong)).values()
        assert (state, why in said) == ("refused", True), said
        assert await hear(desk, wrong | order()) == {wrong["id"]: ("refused", said)}
        assert (await desk.ask("shelved"))["shelved"] == []


async def test_lives_only_by_somebody_whom_the_site_knows(tmp_path: Path) -> None:
    """The gateway's own rule holds for the centre as well."""
    async with opened(tmp_path, "\n" + TERMINAL + PEOPLE) as desk:
        said = await hear(desk, order(1, kinds=["fire"]), order(2, kinds=["fire"], author="lin-zhixia"))
    assert [state for state, _ in sorted(said.values())] == ["in_force", "refused"]


async def test_taken_back_by_the_centre(tmp_path: Path) -> None:
    """A shelf ends in his name; one that was taken back on its way is never put up."""
    one, two = order(1), order(2)
    async with opened(tmp_path) as desk:
        await hear(desk, one)
        said = await hear(desk, one | {"taken_back_by": "lu-yunfan"}, two | {"taken_back_by": "lu-yunfan"})
        assert said == {one["id"]: ("ended", "lu-yunfan"), two["id"]: ("ended", "lu-yunfan")}
        assert (await desk.ask("shelved"))["shelved"] == []


async def test_what_somebody_at_the_site_took_away_stays_away(tmp_path: Path) -> None:
    """The list still names it; the site has decided."""
    one = order()
    async with opened(tmp_path) as desk:
        await hear(desk, one)
        await desk.ask("unshelve", id=one["id"], author="chen")
        assert await hear(desk, one) == {one["id"]: ("ended", "chen")}


async def test_a_list_that_cannot_be_read_orders_nothing(tmp_path: Path) -> None:
    """Rows that are no orders are left out; the rest counts."""
    one = order()
    broken: list[Any] = [
        7, order(2, id=""), order(3, kinds=[1]), order(4, until_ms="now"), order(5, taken_back_by=3), one,
    ]  # fmt: skip
    async with opened(tmp_path) as desk:
        assert list(await hear(desk, *broken)) == [one["id"]]
        taker = ShelfOrders(desk.desk, desk.writer, Clock())
        await taker.hear(b"nonsense")
        await taker.hear(b'{"number": 1, "incidents": []}')
        assert len(shelf_orders.of_list(desk_list.encode(1, [], (one,) * 80))) == shelf_orders.MAX_ORDERS
        with pytest.raises(PayloadError):
            shelf_orders.of_list(b'{"shelves": 7}')


async def test_an_order_whose_id_is_older_than_all_others_is_told(tmp_path: Path) -> None:
    """A clock of the centre that was set back makes such ids; what is kept back must be seen there all the same."""
    late = [order(number, until_ms=Clock().now_ms() - 1) for number in range(1, shelf_orders.MAX_ORDERS + 1)]
    first = order(id="00000000-0000-7000-8000-000000000001")
    async with opened(tmp_path) as desk:
        await hear(desk, *late)
        assert (await hear(desk, first))[first["id"]] == ("in_force", "")
        more = [order(number, until_ms=Clock().now_ms() - 1) for number in range(1001, 1060)]
        for start in range(0, len(more), shelf_orders.MAX_ORDERS):
            told = await hear(desk, *more[start : start + shelf_orders.MAX_ORDERS])
    assert (len(told), told[first["id"]]) == (shelf_orders.MAX_ORDERS, ("in_force", ""))


BEHIND_MS = 300_000  # the clock of the gateway, to that of the centre


async def let_pass(desk: Desk, now_ms: int, steady_ms: int) -> list[dict[str, Any]]:
    """The clocks of the gateway as they are then; what is still kept back."""
    await desk.writer.do(partial(desk.pipeline.let_time_pass, now_ms=now_ms, steady_ms=steady_ms))
    return await desk.writer.do(partial(desk.pipeline.book.shelved, now_ms=now_ms))


async def test_a_clock_that_is_behind_keeps_nothing_longer(tmp_path: Path) -> None:
    """Ordered for two hours, it came at once, and the end lies 2:05 ahead by the clock here: two hours it is."""
    now_ms = Clock().now_ms()
    one = order(until_ms=now_ms + BEHIND_MS + 2 * HOUR_MS, for_ms=2 * HOUR_MS)
    async with opened(tmp_path) as desk:
        assert (await hear(desk, one))[one["id"]] == ("in_force", "")
        assert len(await let_pass(desk, now_ms + 2 * HOUR_MS - 60_000, 0)) == 1
        assert await let_pass(desk, now_ms + 2 * HOUR_MS + 60_000, 1) == []
        assert (await hear(desk, one))[one["id"]] == ("ended", "time")


async def test_a_list_that_lay_at_the_broker_counts_what_is_left(tmp_path: Path) -> None:
    """It was sent an hour after the order; by the clock of the centre it is over, and so it is late."""
    now_ms = Clock().now_ms()
    one = order(1, until_ms=now_ms + BEHIND_MS + HOUR_MS, for_ms=2 * HOUR_MS)
    late = order(2, until_ms=now_ms + BEHIND_MS - 1, for_ms=2 * HOUR_MS)
    async with opened(tmp_path) as desk:
        said = await hear(desk, one, late, at_ms=now_ms + BEHIND_MS)
        assert said == {one["id"]: ("in_force", ""), late["id"]: ("late", "")}
        assert await let_pass(desk, now_ms + HOUR_MS + 60_000, 0) == []


async def test_a_clock_that_is_set_back_meanwhile_keeps_nothing_longer(tmp_path: Path) -> None:
    """Four minutes back every hour: not so far that the shelf had not begun yet."""
    now_ms = Clock().now_ms()
    one = order(until_ms=now_ms + 2 * HOUR_MS)
    async with opened(tmp_path) as desk:
        await hear(desk, one)
        assert len(await let_pass(desk, now_ms, 0)) == 1
        assert len(await let_pass(desk, now_ms + HOUR_MS - 240_000, HOUR_MS)) == 1
        assert await let_pass(desk, now_ms + 2 * HOUR_MS - 480_000, 2 * HOUR_MS) == []


async def test_the_next_list_of_the_centre_ends_what_is_over_there(tmp_path: Path) -> None:
    """The order has left the list; its time is told, and how far our clock is behind is in the status."""
    now_ms = Clock().now_ms()
    one = order(until_ms=now_ms + HOUR_MS)  # of an older centre: without a span
    async with opened(tmp_path) as desk:
        await hear(desk, one)
        taker = ShelfOrders(desk.desk, desk.writer, Clock())
        await taker.hear(desk_list.encode(8, [], (), now_ms + HOUR_MS + 1))
        told: dict[str, Any] = await desk.writer.do(taker.fields)
        (row,) = told["shelf_orders"]
        assert (row["state"], row["why"]) == ("ended", "time")
        assert HOUR_MS - 60_000 < told["clock_behind_ms"] <= HOUR_MS + 1
        assert (await desk.ask("shelved"))["shelved"] == []


async def test_twelve_hours_of_lives_are_taken_by_a_clock_that_is_behind(tmp_path: Path) -> None:
    """By its clock the end lies 12:05 ahead; what was ordered is twelve."""
    one = order(kinds=["fire"], until_ms=Clock().now_ms() + BEHIND_MS + 12 * HOUR_MS, for_ms=12 * HOUR_MS)
    async with opened(tmp_path) as desk:
        assert (await hear(desk, one))[one["id"]] == ("in_force", "")

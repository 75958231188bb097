"""A device that makes up names of channels: bounded, counted, said, and nobody else's readings wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from cloud.history.room import OF_DEVICE, TOLD_MAX, Room
from cloud.intake.accept import accept_history
from cloud.store.models import Quarantine
from protocol.channels import CHANNELS
from tests.cloud import facts
from tests.cloud.conftest import START_MS, Centre
from tests.cloud.history.conftest import Shelf
from tests.cloud.web import web_client


@dataclass(frozen=True, slots=True)
class Message:
    """From a gateway."""

    payload: bytes
    topic: str = f"gw/1/{facts.SITE}/{facts.GATEWAY}/history"
    site: str = facts.SITE
    gateway: str = facts.GATEWAY
    kind: str = "history"


def wild(number: int, names: range, device: str = "fire-a") -> dict[str, Any]:
    """A row with names that nobody has agreed on, beside two of the protocol."""
    (row,) = facts.rows(device, number, 1, START_MS + number * 1000)
    return {**row, "values": {f"x{name}": 1.0 for name in names} | {"temp": 20.0}, "faults": {"smoke": "stuck"}}


def test_who_makes_up_names_is_told_and_the_rest_is_stored(sqlite_centre: Centre) -> None:
    """Acknowledged all the same, or a gateway would send it for ever; the neighbour's row is stored."""
    desk, series = sqlite_centre.desk, sqlite_centre.series
    batch = [
        Message(facts.history(n, [wild(n, range(n * 100, n * 100 + 100)), *facts.rows("fire-b", n, 1, START_MS)]))
        for n in (1, 2, 3, 4)
    ]
    verdicts = accept_history(desk, series, batch)

    assert [verdict.reason for verdict in verdicts] == [""] * 4
    assert len(series.known("fire-a")) == OF_DEVICE + 2
    assert len(series.window("fire-a", "temp", 0, 1 << 52)) == len(series.window("fire-b", "temp", 0, 1 << 52)) == 4
    health = desk.history.health()
    assert (health["channels_refused"], health["devices_full"]) == (400 - OF_DEVICE, 1)
    with sqlite_centre.store.read() as session:
        (row,) = session.scalars(select(Quarantine))
    assert row.reason == "too_many_channels"
    assert "fire-a has sent 256 names" in row.text
    assert "请检查该设备的程序" in row.text


async def test_the_page_of_the_device_says_so(sqlite_centre: Centre) -> None:
    """Where somebody looks who wonders why a channel is missing."""
    sqlite_centre.status()
    async with web_client(sqlite_centre) as client:
        assert "通道名已满" not in (await client.get("/equipment/endpoints/fire-a")).text
        accept_history(sqlite_centre.desk, sqlite_centre.series, [Message(facts.history(1, [wild(1, range(300))]))])
        assert "此设备的自拟通道名已满 256 个" in (await client.get("/equipment/endpoints/fire-a")).text


def test_a_restart_counts_what_is_there(shelf: Shelf) -> None:
    """In both stores: names that are known pass, a new one does not, those of the protocol always do."""
    for number in range(3):
        rows, _ = Room(shelf.series).let_in([wild(number, range(number * 90, number * 90 + 90))])
        shelf.series.append(rows)
    room = Room(shelf.restart())
    (row,), (refusal,) = room.let_in([wild(9, range(250, 260))])
    assert refusal.names == ("x256", "x257", "x258", "x259")
    assert set(row["values"]) == {"temp", *(f"x{name}" for name in range(250, 256))}
    whole = dict.fromkeys(sorted(CHANNELS), 1.0)
    assert room.let_in([{**wild(10, range(0)), "values": whole, "faults": {}}])[1] == []


def test_the_centre_has_a_bound_too(shelf: Shelf) -> None:
    """However many devices there are; a row of which nothing is left is none."""
    room = Room(shelf.series, most=10)
    rows, refusals = room.let_in([wild(n, range(2), f"fire-{n}") for n in range(9)])
    assert sum(len(row["values"]) + len(row["faults"]) for row in rows) == 10
    assert len(rows) == 3
    assert all(refusal.whole and "CHANNELS_MAX" in str(refusal) for refusal in refusals)
    assert room.refused == 26


def test_the_quarantine_hears_of_each_once_an_hour(shelf: Shelf) -> None:
    """It has room for a thousand messages, and others need it."""
    room = Room(shelf.series, most=0)
    _, refusals = room.let_in([wild(n, range(2), f"fire-{n}") for n in range(50)])
    assert len(room.news(refusals, START_MS)) == TOLD_MAX
    assert room.news(refusals, START_MS + 3_599_999) == []
    assert len(room.news(refusals, START_MS + 3_600_000)) == TOLD_MAX

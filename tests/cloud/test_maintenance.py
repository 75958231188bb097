"""What was done to endpoints: on record for good, taken back by an entry, due by intervals, readable at the place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.equipment.errors import EquipmentError, TooLate, UnknownThing
from cloud.equipment.maintenance import Visit, Work
from cloud.store.models import FieldReport
from domain.maintenance import (
    DAY_MS,
    Due,
    Interval,
    Intervals,
    Last,
    MaintenanceError,
    What,
    due_of,
    intervals_from,
    worst,
)
from tests.cloud import facts
from tests.cloud.conftest import Centre
from tests.cloud.web import web_client

WHO = "zhou-mingyuan"
VISIT = "01935000-5555-7000-8000-000000000001"


def visit(centre: Centre, *devices: str, number: int = 1, days_ago: float = 0, **changes: Any) -> tuple[str, ...]:
    """Somebody tests endpoints."""
    fields: dict[str, Any] = {
        "id": VISIT[:-1] + str(number), "what": "test", "done_ms": centre.clock.now_ms() - round(days_ago * DAY_MS),
        "done_by": "鑫安消防", "works": tuple(Work(device=device) for device in devices),
    }  # fmt: skip
    return centre.desk.equipment.maintenance.record(Visit(**{**fields, **changes}), WHO)


def back(centre: Centre, record: str, why: str = "写错了") -> str:
    """Taken back by somebody who may."""
    return centre.desk.equipment.maintenance.take_back(record, why, "lu-jingchuan")


def due(centre: Centre, device: str = "fire-a") -> str:
    """As the list has it."""
    return next(thing.due for thing in centre.desk.equipment.things() if thing.device == device)


def report(centre: Centre, fact: str, what: str = "self_test", **details: Any) -> None:
    """An endpoint tells of itself."""
    now_ms = centre.clock.now_ms()
    with centre.desk.transaction() as session:
        row = FieldReport(
            site=facts.SITE, fact=fact, device="fire-a", person=None, what=what, incident_id=None, task=None,
            counts=True, at_ms=now_ms, taken_ms=now_ms, state="done", details=details,
        )  # fmt: skip
        session.add(row)
        session.flush()
        centre.desk.equipment.noted(session, row)


def test_a_test_is_due_a_year_later(centre: Centre) -> None:
    """Never, fine, soon, overdue; a test that did not pass does not count."""
    centre.status()
    assert due(centre) == "never"
    visit(centre, "fire-a", "fire-b", days_ago=340)
    assert due(centre) == Due.FINE
    centre.clock.go(15 * 86_400)
    assert (due(centre), due(centre, "fire-c")) == ("soon", "never")
    centre.clock.go(11 * 86_400)
    visit(centre, "fire-a", number=2, works=(Work(device="fire-a", result="bad", note="烟感无响应"),))
    assert due(centre) == "overdue"
    visit(centre, "fire-a", number=3, next_ms=centre.clock.now_ms() + 5 * DAY_MS)
    assert due(centre) == "soon"
    (row,) = (one for one in centre.desk.equipment.endpoint("fire-a").dues)
    assert (row.interval.days, row.due_ms) == (365, centre.clock.now_ms() + 5 * DAY_MS)


def test_a_record_is_corrected_and_never_erased(centre: Centre) -> None:
    """It stays readable, struck out, with who and why; once; the same click twice is one visit."""
    centre.status()
    ids = visit(centre, "fire-a")
    assert visit(centre, "fire-a") == ids
    assert due(centre) == Due.FINE
    assert back(centre, ids[0]) == "fire-a"
    assert due(centre) == "never"
    (one,) = centre.desk.equipment.endpoint("fire-a").history
    assert (one.taken_back_by, one.taken_back_why, one.who) == ("lu-jingchuan", "写错了", "鑫安消防")
    with pytest.raises(TooLate):
        back(centre, ids[0])
    with pytest.raises(UnknownThing):
        back(centre, "no such")
    with pytest.raises(EquipmentError, match="why"):
        back(centre, ids[0], " ")


def test_who_takes_over_a_place_has_its_history(centre: Centre) -> None:
    """The old endpoint leaves the site, a new one hangs at the same place: what was done there is read on its page."""
    now_ms = centre.clock.now_ms()
    centre.status()
    old = centre.desk.equipment.endpoint("fire-a").thing
    visit(centre, "fire-a", days_ago=30)
    report(centre, "f-1", passed=True, failed={}, by="schedule")
    visit(centre, "fire-a", number=2, what="taken_away", note="换新")
    row = {"device": "fire-new", "kind": "fire", "place": old.place, "grid": old.grid, "state": "online"}
    centre.clock.go(5)
    centre.status(endpoints=[row])
    visit(centre, "fire-new", number=3, what="placed")
    found = centre.desk.equipment.endpoint("fire-new").history
    assert [(one.what, one.device) for one in found] == [
        ("placed", "fire-new"), ("self_test", "fire-a"), ("taken_away", "fire-a"), ("test", "fire-a"),
    ] or {one.device for one in found} == {"fire-a", "fire-new"}  # fmt: skip
    assert len(found) == 4
    assert due(centre, "fire-new") == Due.FINE, now_ms
    assert visit(centre, "fire-a", number=4, what="repair"), "an endpoint that is gone is still known by its records"


def test_own_tests_are_part_of_the_history(centre: Centre) -> None:
    """By schedule, by its button, failed; they outlive their reports, and count where an interval says so."""
    centre.status()
    report(centre, "f-1", passed=True, by="schedule")
    centre.clock.go(60)
    report(centre, "f-2", passed=True, by="button")
    centre.clock.go(60)
    report(centre, "f-3", passed=False, failed={"smoke": "dirty"}, by="schedule")
    found = centre.desk.equipment.endpoint("fire-a").history
    assert [(one.what, one.result, one.note) for one in found] == [
        ("self_test", "bad", "smoke: dirty"), ("button_test", "good", ""), ("self_test", "good", ""),
    ]  # fmt: skip
    assert due(centre) == "never"
    interval = Interval(kind="fire", what=What.TEST, days=7, own=("button_test",))
    centre.desk.equipment.maintenance.intervals = Intervals(rows=(interval,))
    assert due(centre) == Due.FINE
    centre.clock.go(8 * 86_400)
    assert due(centre) == "overdue"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"what": "magic"}, "`what`"),
    ({"works": ()}, "choose 1"),
    ({"works": (Work(device="fire-a"), Work(device="fire-a"))}, "twice"),
    ({"works": (Work(device="fire-a", result="great"),)}, "`result`"),
    ({"done_by": " "}, "who did it"),
    ({"note": "x" * 501}, "note"),
    ({"done_ms": 1 << 50}, "future"),
    ({"next_ms": 5}, "ten years"),
    ({"works": (Work(device="x-99"),)}, "no gateway"),
]


def test_what_cannot_be_put_on_record(sqlite_centre: Centre) -> None:
    """The text says why; nothing is kept, also of those that could be."""
    sqlite_centre.status()
    for changes, why in WRONG:
        with pytest.raises(EquipmentError, match=why):
            visit(sqlite_centre, "fire-a", **changes)
    assert sqlite_centre.desk.equipment.endpoint("fire-a").history == ()


async def test_by_the_interface(sqlite_centre: Centre) -> None:
    """A visit of several, the history, a correction, what is due; only in one's areas."""
    sqlite_centre.status()
    now_ms = sqlite_centre.clock.now_ms()
    body = {
        "what": "test", "done_ms": now_ms - 370 * DAY_MS, "done_by": "鑫安消防", "id": VISIT,
        "endpoints": [{"device": "fire-a"}, {"device": "fire-b", "result": "not_done", "note": "无人"}],
    }  # fmt: skip
    async with web_client(sqlite_centre) as client:
        made = await client.post("/api/maintenance", json=body)
        again = await client.post("/api/maintenance", json=body)
        assert (made.status_code, made.json()) == (201, again.json())
        assert [row["device"] for row in (await client.get("/api/maintenance/due")).json()] == ["fire-a"]
        seen = (await client.get("/api/maintenance/endpoints/fire-b")).json()
        assert (seen["history"][0]["note"], seen["dues"][0]["state"]) == ("无人", "never")
        ids = made.json()["ids"]
        assert (await client.post(f"/api/maintenance/{ids[0]}/correct", json={"why": "x"})).status_code == 204
        assert (await client.post(f"/api/maintenance/{ids[0]}/correct", json={"why": "x"})).status_code == 409
        assert (await client.post("/api/maintenance", json=body | {"id": "", "what": "x"})).status_code == 422
        assert (await client.get("/api/maintenance/endpoints/none")).status_code == 404
        gone = body | {"id": "", "endpoints": [{"device": "none"}]}
        assert (await client.post("/api/maintenance", json=gone)).status_code == 404
    async with web_client(sqlite_centre, "xu-qinghe") as client:  # sees another community
        assert (await client.post("/api/maintenance", json=body | {"id": ""})).status_code == 403
        assert (await client.post(f"/api/maintenance/{ids[1]}/correct", json={"why": "x"})).status_code == 403


@given(
    st.dictionaries(st.sampled_from(["test", "placed", "self_test"]), st.integers(0, 10**12), max_size=3),
    st.integers(1, 3650),
    st.integers(0, 10**12),
)
def test_nothing_is_due_before_its_time_nor_fine_after_it(done: dict[str, int], days: int, now_ms: int) -> None:
    """Whatever counts: the newest of it decides."""
    intervals = Intervals(rows=(Interval(kind="*", what=What.TEST, days=days),))
    rows = due_of(intervals, "fire", {what: Last(done_ms=at) for what, at in done.items()}, now_ms)
    counted = [at for what, at in done.items() if what != "self_test"]
    if not counted:
        assert worst(rows) is Due.NEVER
    else:
        assert (worst(rows) is Due.OVERDUE) is (now_ms >= max(counted) + days * DAY_MS)


@pytest.mark.parametrize(
    "table",
    [
        {"due": [{"kind": "fire", "what": "test", "days": 0}]},
        {"due": [{"kind": "fire", "what": "magic", "days": 1}]},
        {"due": [{"kind": "fire", "what": "test", "days": 1, "own": ["x"]}]},
        {"due": [{"kind": "fire", "what": "test", "days": 1, "sure": "certainly"}]},
        {"due": [{"kind": "fire", "what": "test", "days": 1}] * 2},
        {"due": ["x"]},
        {"due": [{"what": "test"}]},
    ],
    ids=["days", "what", "own", "sure", "twice", "row", "kind"],
)
def test_intervals_that_cannot_be(table: dict[str, Any]) -> None:
    """The text says what is wrong."""
    with pytest.raises(MaintenanceError):
        intervals_from(table)

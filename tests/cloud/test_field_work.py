"""Answers of workers at the centre: each counts once, moves by the table, and what contradicts is on record."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from cloud.arrivals import reports
from cloud.changes import Changed
from cloud.flow.command import NobodyNamed
from cloud.intake.accept import accept_urgent
from cloud.site_lists import TOUCHED_MAX, SiteLists, payload_of, rows_of
from cloud.store.models import FieldReport
from domain.incidents import Move
from protocol import desk, events
from tests.cloud import facts
from tests.cloud.conftest import Centre

WORKER, OTHER, OPERATOR = "lin-zhixia", "he-anping", "zhou-mingyuan"
NUMBERS = count(5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """As the intake holds it."""

    payload: bytes
    kind: str = "report"
    topic: str = f"gw/1/{facts.SITE}/{facts.GATEWAY}/report"
    site: str = facts.SITE
    gateway: str = facts.GATEWAY


def message(data: dict[str, Any], kind: str = events.REPORT) -> bytes:
    """On the wire."""
    subject = data.get("incident_id") or data["device"]
    message_id = f"01935000-2222-7000-8000-{next(NUMBERS):012d}"
    source = f"/sites/{facts.SITE}/gateways/{facts.GATEWAY}"
    return events.encode(events.Event(message_id, source, kind, subject, "2026-11-22T05:31:37.817Z", data))


def work(centre: Centre, incident_id: str | None, answer: str, person: str | None = WORKER, **more: Any) -> bytes:
    """A report of a worker, on the wire."""
    data = {
        "id": f"hand-07-3-{next(NUMBERS)}",
        "site": facts.SITE,
        "device": "hand-07",
        "person": person,
        "what": answer,
        "incident_id": incident_id,
        "task": "t-1" if incident_id else None,
        "counts": True,
        "at_ms": centre.clock.now_ms() - 120_000,
        "received_ms": centre.clock.now_ms(),
        "details": {},
    } | more
    return message(data)


def take(centre: Centre, *payloads: bytes) -> list[str]:
    """Several messages in one batch; the reasons they were refused with."""
    verdicts, changed = accept_urgent(centre.desk, [Message(payload=payload) for payload in payloads])
    centre.desk.tell(changed)
    return [verdict.reason for verdict in verdicts]


def answers(centre: Centre, incident_id: str, *whats: str, person: str = WORKER, **more: Any) -> None:
    """A worker answers."""
    assert set(take(centre, *[work(centre, incident_id, what, person, **more) for what in whats])) == {""}


def stage(centre: Centre, incident_id: str) -> tuple[str, str | None]:
    """(stage, holder)."""
    row = centre.desk.detail(incident_id).row
    return row.stage, row.holder


def contradictions(centre: Centre, incident_id: str) -> int:
    """How many answers a person should read."""
    return sum(bool(entry.detail.get("contradicts")) for entry in centre.desk.detail(incident_id).log)


def test_a_worker_walks_an_incident_through_its_stages(centre: Centre) -> None:
    """In the worker's name; the calls stop with the acceptance."""
    fire = centre.take(1)
    answers(centre, fire, "received", "accepted")
    assert stage(centre, fire) == ("accepted", WORKER)
    answers(centre, fire, "on_the_way", "on_site")
    assert stage(centre, fire) == ("handling", WORKER)
    answers(centre, fire, "done", details={"note": "已灭火"})
    assert stage(centre, fire) == ("fed_back", WORKER)

    log = centre.desk.detail(fire).log
    assert [(e.what, e.actor) for e in log if e.what in tuple(Move)] == [
        ("accept", WORKER),
        ("dispatch", WORKER),
        ("start_handling", WORKER),
        ("feed_back", WORKER),
    ]
    assert [e.detail["answer"] for e in log if e.what == "answer"] == ["accepted", "on_the_way", "on_site", "done"]
    assert "已灭火" in [e.reason for e in log if e.what == "feed_back"]
    assert contradictions(centre, fire) == 0
    centre.clock.go(3_600)
    assert not [e for e in centre.desk.detail(fire).log if e.what == "escalated"]


def test_the_same_answer_twice_is_one(centre: Centre) -> None:
    """Same message, or the same fact in another message."""
    fire = centre.take(1)
    once = work(centre, fire, "accepted")
    again = message(events.decode(once).data)
    assert take(centre, once, once, again) == ["", "", ""]
    assert centre.whats(fire).count("accept") == 1
    assert centre.whats(fire).count("answer") == 1


def test_answers_that_overtake_their_incident_wait_for_it(centre: Centre) -> None:
    """The broker lost the incident's message; it comes again, and then all of it counts, in order."""
    expected = facts.incident(1)["incident_id"]
    answers(centre, expected, "accepted", "on_the_way")
    fire = facts.incident(1, at_ms=centre.clock.now_ms())
    accept_urgent(centre.desk, [Message(payload=facts.event(next(NUMBERS), fire), kind="incident")])
    assert stage(centre, expected) == ("dispatched", WORKER)


def test_the_centre_accepted_at_a_desk_while_the_worker_went(centre: Centre) -> None:
    """Who goes beats who accepted: the incident is the worker's, as a dispatch."""
    fire = centre.take(1)
    centre.move(fire, Move.ACCEPT, OPERATOR)
    answers(centre, fire, "accepted")
    assert stage(centre, fire) == ("dispatched", WORKER)
    assert contradictions(centre, fire) == 0


def test_the_centre_dispatched_somebody_else_meanwhile(centre: Centre) -> None:
    """That stands; the worker's answers are on record as contradictions, and move nothing."""
    fire = centre.take(1)
    centre.move(fire, Move.ACCEPT, OPERATOR)
    centre.move(fire, Move.DISPATCH, OPERATOR, to=OTHER)
    answers(centre, fire, "accepted", "on_the_way", "done")
    assert stage(centre, fire) == ("dispatched", OTHER)
    assert contradictions(centre, fire) == 3


def test_what_is_closed_stays_closed(centre: Centre) -> None:
    """An answer of yesterday opens nothing."""
    fire = centre.take(1)
    centre.take(1, revision=2, condition="cleared")
    centre.walk(fire, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    answers(centre, fire, "done")
    assert stage(centre, fire)[0] == "closed"
    assert contradictions(centre, fire) == 1


def test_declined_goes_back_to_who_accepted_it(centre: Centre) -> None:
    """With the worker's reason; without one it says so."""
    fire = centre.take(1)
    centre.move(fire, Move.ACCEPT, OPERATOR)
    centre.move(fire, Move.DISPATCH, OPERATOR, to=WORKER)
    answers(centre, fire, "declined", details={"note": "需其他单位处理"})
    assert stage(centre, fire) == ("accepted", OPERATOR)
    assert [e.reason for e in centre.desk.detail(fire).log if e.what == "return"] == ["需其他单位处理"]


def test_an_answer_that_came_too_late_at_the_site_moves_nothing(centre: Centre) -> None:
    """The gateway says so; somebody else had it."""
    fire = centre.take(1)
    answers(centre, fire, "accepted", person=OTHER, counts=False)
    assert stage(centre, fire) == ("reported", None)
    assert contradictions(centre, fire) == 1


def test_a_worker_nobody_named_is_the_terminal(centre: Centre) -> None:
    """The fact counts all the same."""
    fire = centre.take(1)
    answers(centre, fire, "accepted", person=None)  # type: ignore[arg-type]
    assert stage(centre, fire) == ("accepted", "hand-07")


@pytest.mark.parametrize("person", ["somebody-new", None])
def test_an_answer_that_cannot_be_applied_is_on_record_and_moves_nothing(centre: Centre, person: str | None) -> None:
    """The plan does not know who goes; a fire of the same batch is stored all the same."""
    first = centre.take(1, device="fire-b", grid="110105001001002")
    fire = facts.incident(7, at_ms=centre.clock.now_ms())
    batch = [
        Message(payload=work(centre, first, "on_site", person)),
        Message(payload=facts.event(next(NUMBERS), fire), kind="incident"),
    ]
    assert [verdict.reason for verdict in accept_urgent(centre.desk, batch)[0]] == ["", ""]
    assert stage(centre, first) == stage(centre, fire["incident_id"]) == ("reported", None)
    (answer,) = [entry for entry in centre.desk.detail(first).log if entry.what == "answer"]
    assert answer.detail["contradicts"]
    assert "nobody called" in str(answer.detail["refused"])
    assert "accept" not in centre.whats(first)


def test_an_answer_that_overtook_its_fire_does_not_hold_it_up(sqlite_centre: Centre) -> None:
    """The worker is new at the site, and not in the plan yet."""
    centre = sqlite_centre
    fire = facts.incident(7, at_ms=centre.clock.now_ms())
    answers(centre, fire["incident_id"], "on_site", person="somebody-new")
    message = Message(payload=facts.event(next(NUMBERS), fire), kind="incident")
    assert accept_urgent(centre.desk, [message])[0][0].reason == ""
    assert stage(centre, fire["incident_id"]) == ("reported", None)
    assert contradictions(centre, fire["incident_id"]) == 1


def test_what_a_use_case_refuses_is_refused_alone(sqlite_centre: Centre) -> None:
    """Whatever one message of a batch does, the others are stored."""
    centre = sqlite_centre

    def noted(_session: object, row: FieldReport) -> None:
        if row.person == OTHER:
            raise NobodyNamed("nobody of that name")

    centre.desk.field_work.noted = (noted,)
    fire = centre.take(1)
    payloads = work(centre, fire, "received", OTHER), work(centre, fire, "accepted")
    assert take(centre, *payloads) == ["refused", ""]
    assert stage(centre, fire) == ("accepted", WORKER)


def test_an_answer_to_one_room_is_about_the_whole_fire(centre: Centre) -> None:
    """The family moves together."""
    fire = centre.take(1)
    room = centre.take(2, device="fire-b", place="Room B")
    answers(centre, room, "on_the_way")
    assert stage(centre, fire) == stage(centre, room) == ("dispatched", WORKER)


def test_tasks_of_a_site_stand_in_the_log_of_the_incident(centre: Centre) -> None:
    """Given because the site was alone, taken back because somebody else had it."""
    fire = centre.take(1)
    for state, why in (("offered", "alone"), ("withdrawn", "taken")):
        data = {
            "id": f"t-1:{state}",
            "site": facts.SITE,
            "device": "hand-07",
            "person": WORKER,
            "task": "t-1",
            "incident_id": fire,
            "state": state,
            "why": why,
            "at_ms": 1,
        }
        assert take(centre, message(data, events.TASK)) == [""]
    entries = [e for e in centre.desk.detail(fire).log if e.what.startswith("task_")]
    assert [(e.what, e.detail["why"], e.detail["people"]) for e in entries] == [
        ("task_offered", "alone", [WORKER]),
        ("task_withdrawn", "taken", [WORKER]),
    ]


def test_reports_without_a_task_are_kept_and_shown(centre: Centre) -> None:
    """Found, patrols, self-tests: newest first, by device."""
    take(centre, work(centre, None, "found", details={"kind": "escape", "place": "p1"}))
    take(centre, work(centre, None, "self_test", None, device="fire-a", details={"passed": True}))
    assert [(r.device, r.what) for r in centre.desk.reports(facts.SITE)] == [
        ("fire-a", "self_test"),
        ("hand-07", "found"),
    ]
    assert [r.details["kind"] for r in centre.desk.reports(facts.SITE, "hand-07")] == ["escape"]
    assert centre.desk.reports("elsewhere") == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"site": "elsewhere"}, "wrong_site"),
        ({"device": "x" * 65}, "too_long"),
        ({"id": "x" * 129}, "too_long"),
        ({"what": "gossip"}, "bad_what"),
        ({"at_ms": 1 << 60}, "bad_at_ms"),
        ({"details": {"n": float("inf")}}, "bad_number"),
    ],
)
def test_what_no_store_takes_is_refused(centre: Centre, change: dict[str, Any], reason: str) -> None:
    """With its reason, without harm to the others of the batch."""
    fire = centre.take(1)
    good = work(centre, fire, "accepted")
    assert take(centre, work(centre, fire, "done", **change), good) == [reason, ""]
    assert stage(centre, fire)[0] == "accepted"


def test_an_incident_does_not_come_as_a_report(centre: Centre) -> None:
    """Each type on its topic."""
    assert take(centre, facts.event(next(NUMBERS), facts.incident(1))) == ["wrong_type"]


def test_old_reports_are_forgotten_beyond_the_bound(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest stay."""
    monkeypatch.setattr(reports, "KEPT", 3)
    monkeypatch.setattr(reports, "PRUNE_EVERY", 1)
    for _ in range(6):
        take(centre, work(centre, None, "found"))
    assert len(centre.desk.reports(facts.SITE)) == 3


# the list


class Wire:
    """What is published."""

    def __init__(self) -> None:
        self.connects = 1
        self.is_up = True
        self.lists: list[tuple[str, int, list[dict[str, Any]], bool]] = []

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """Into a list."""
        self.lists.append((topic, *desk.decode(payload), retain))


def test_the_list_names_what_is_open_and_what_was_closed_lately(centre: Centre) -> None:
    """Life safety first; the answers are counted; another site's are not there."""
    fault = centre.take(3, kind="sensor_fault", severity="minor")
    fire = centre.take(1)
    centre.take(4, site="elsewhere")
    answers(centre, fire, "received", "accepted", "on_site")
    with centre.store.read() as session:
        rows = rows_of(session, facts.SITE, 0)
    assert [row["id"] for row in rows] == [fire, fault]
    assert {"stage": "dispatched", "holder": WORKER, "version": 3, "answers": 2}.items() <= rows[0].items()
    centre.take(3, revision=2, condition="cleared")
    centre.walk(fault, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    with centre.store.read() as session:
        assert [row["stage"] for row in rows_of(session, facts.SITE, 0)] == ["dispatched", "closed"]
        assert [row["stage"] for row in rows_of(session, facts.SITE, centre.clock.now_ms() + 1)] == ["dispatched"]


async def test_the_list_is_sent_when_it_changes_and_until_the_gateway_has_it(centre: Centre) -> None:
    """Retained; again on a new connection; not for a status that changes nothing."""
    wire = Wire()
    lists = SiteLists(centre.store, centre.clock, asyncio.get_running_loop())
    centre.status(desk=0)
    await lists.look(wire)
    topic, first, rows, retain = wire.lists[-1]
    assert (topic, rows, retain) == (f"gw/1/{facts.SITE}/{facts.GATEWAY}/task", [], True)
    centre.desk.listen(lists.changed)
    fire = await asyncio.to_thread(centre.take, 1)
    await asyncio.sleep(0)
    await lists.look(wire)
    _, second, rows, _ = wire.lists[-1]
    assert [row["id"] for row in rows] == [fire]
    assert second > first > 0
    await lists.look(wire)
    assert len(wire.lists) == 2
    wire.connects = 2
    await lists.look(wire)
    assert len(wire.lists) == 3
    await asyncio.to_thread(centre.move, fire, Move.ACCEPT)
    await asyncio.sleep(0)
    await lists.look(wire)
    assert [row["stage"] for row in wire.lists[-1][2]] == ["accepted"]


def test_a_list_that_is_too_long_leaves_out_its_end() -> None:
    """A roster with long names in Chinese, and a thousand incidents."""
    row = {"id": "x" * 64, "stage": "dispatched", "holder": "人" * 64, "version": 9, "answers": 9}
    number, rows = desk.decode(payload_of(7, [row | {"id": f"{n:064d}"} for n in range(desk.MAX_ROWS)]))
    assert number == 7
    assert 300 < len(rows) < desk.MAX_ROWS
    assert rows[0]["id"].endswith("0000")


async def test_a_gateway_that_names_another_list_gets_it_again(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its broker lost the retained one, or the message; not more often than every ten seconds."""
    wire = Wire()
    lists = SiteLists(centre.store, centre.clock, asyncio.get_running_loop())
    centre.status(desk=0)
    await lists.look(wire)
    number = wire.lists[-1][1]
    monkeypatch.setattr("cloud.site_lists.AGAIN_S", 0.0)
    await lists.look(wire)
    assert [sent[1] for sent in wire.lists] == [number, number]
    centre.clock.go(5)
    centre.status(desk=number, boot=2)
    await lists.look(wire)
    assert len(wire.lists) == 2


async def test_a_change_wakes_the_sender(centre: Centre) -> None:
    """From whatever thread the desk committed in."""
    wire = Wire()
    lists = SiteLists(centre.store, centre.clock, asyncio.get_running_loop())
    centre.desk.listen(lists.changed)
    centre.status(desk=0)
    running = asyncio.create_task(lists.run(wire))
    async with asyncio.timeout(10):
        while not wire.lists:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(centre.take, 1)
        while not wire.lists[-1][2]:
            await asyncio.sleep(0.01)
    running.cancel()
    lists.changed(Changed(gateways=True))


async def test_whoever_does_not_send_the_lists_remembers_little(sqlite_centre: Centre) -> None:
    """Another worker has the job, perhaps for months: what was touched is bounded here all the same."""
    lists = SiteLists(sqlite_centre.store, sqlite_centre.clock, asyncio.get_running_loop())
    for number in range(2000):
        lists.changed(Changed(incidents=frozenset({f"i{number}"})))
    await asyncio.sleep(0)

    assert len(lists._touched) <= TOUCHED_MAX + 1

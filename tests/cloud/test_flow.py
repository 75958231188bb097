"""The whole flow at the desk: who, when, why and from where of every move; nothing is overwritten."""

from __future__ import annotations

from itertools import product

import httpx
import pytest
from sqlalchemy import select

from cloud.flow.command import (
    BadTime,
    Conflict,
    Incomplete,
    InsideAnother,
    NobodyNamed,
    NoTierAbove,
    NotTheirs,
    PartsOpen,
)
from cloud.store.models import Incident, IncidentLog, Notice, Timer
from cloud.store.models_flow import Extension, Pause
from domain.incidents import IllegalMove, InDanger, Move, NotPaused
from domain.joint import PartRefused
from tests.cloud.conftest import Centre
from tests.cloud.flowing import OPERATOR, POWER, STREET, WATER, WATER_PERSON, WORKER, with_departments
from tests.cloud.web import web_client

SLOW = {"kind": "water_pressure", "severity": "minor", "device": "hydrant-1"}
HOUR_MS = 3_600_000


def cleared(centre: Centre, number: int = 1, **changes: object) -> None:
    """The cause goes away."""
    centre.take(number, revision=2, condition="cleared", cleared_at_ms=centre.clock.now_ms(), **changes)


def told(centre: Centre, incident_id: str, step: str) -> list[str]:
    """Who was told by a step."""
    with centre.store.read() as session:
        query = select(Notice.person).where(Notice.incident_id == incident_id, Notice.step.startswith(step))
        return sorted(session.scalars(query))


def waiting(centre: Centre, incident_id: str) -> list[str]:
    """Steps that still come."""
    with centre.store.read() as session:
        query = select(Timer.step).where(Timer.incident_id == incident_id, Timer.state == "waiting")
        return sorted(session.scalars(query))


def test_the_whole_flow_from_report_to_evaluation(centre: Centre) -> None:
    """上报 受理 派遣 处置 反馈 核查 结案 评价; from where each came is on record."""
    number = centre.take(1, **SLOW)
    cleared(centre, **SLOW)
    centre.move(number, Move.ACCEPT, source="console")
    centre.move(number, Move.DISPATCH, to=WORKER, source="console")
    centre.move(number, Move.START_HANDLING, actor=WORKER, source="handheld")
    centre.move(number, Move.FEED_BACK, actor=WORKER, reason="换了阀门", source="phone")
    centre.move(number, Move.VERIFY, source="api")
    centre.move(number, Move.CLOSE)
    detail = centre.move(number, Move.EVALUATE, grade="fair", reason="来得有点晚")

    moves = [(e.what, e.actor, e.source, e.to_stage) for e in detail.log if e.to_stage]
    assert moves == [
        ("accept", OPERATOR, "console", "accepted"),
        ("dispatch", OPERATOR, "console", "dispatched"),
        ("start_handling", WORKER, "handheld", "handling"),
        ("feed_back", WORKER, "phone", "fed_back"),
        ("verify", OPERATOR, "api", "verified"),
        ("close", OPERATOR, "", "closed"),
        ("evaluate", OPERATOR, "", "evaluated"),
    ]
    assert detail.log[-1].detail["grade"] == "fair"
    assert told(centre, number, "dispatch:") == [WORKER]
    assert [row.id for row in centre.desk.board().recently_closed] == [number]


def test_who_is_not_satisfied_has_the_incident_again(centre: Centre) -> None:
    """回访: an unsatisfied answer needs words and opens it with a new round of calls."""
    number = centre.take(1, **SLOW)
    cleared(centre, **SLOW)
    centre.walk(number, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    with pytest.raises(Incomplete, match="grade"):
        centre.move(number, Move.EVALUATE)
    with pytest.raises(Incomplete, match="not satisfied with"):
        centre.move(number, Move.EVALUATE, grade="unsatisfied")
    detail = centre.move(number, Move.EVALUATE, grade="unsatisfied", reason="还在漏水")

    assert (detail.row.stage, detail.row.holder) == ("reported", None)
    assert [e.what for e in detail.log][-3:-1] == ["evaluate", "reopen"]
    assert [e.reason for e in detail.log if e.what == "reopen"] == ["还在漏水"]
    assert waiting(centre, number)
    assert centre.move(number, Move.ACCEPT).row.stage == "accepted"


def test_passing_up_goes_one_tier_and_who_passed_stays_informed(centre: Centre) -> None:
    """The next tier must accept by its own deadline; at the top there is nobody above."""
    number = centre.take(1, **SLOW)
    assert centre.desk.detail(number).row.tiers == ("grid",)
    centre.move(number, Move.ACCEPT, actor=WORKER)
    centre.clock.go(60)
    detail = centre.move(number, Move.TRANSFER_UP, actor=WORKER, reason="要关总阀")
    assert (detail.row.stage, detail.row.holder, detail.row.tiers) == ("reported", None, ("grid", "community"))
    assert detail.row.deadline_ms is not None
    assert detail.row.deadline_ms > centre.clock.now_ms()
    assert told(centre, number, "transfer_up:community") == [OPERATOR]

    centre.move(number, Move.ACCEPT)
    assert told(centre, number, "moved:accept") == [WORKER]
    for tier in ("street", "district"):
        assert centre.move(number, Move.TRANSFER_UP, reason="解决不了").row.tiers[-1] == tier
        detail = centre.move(number, Move.ACCEPT)
    assert "transfer_up" not in detail.moves
    with pytest.raises(NoTierAbove, match="no tier above"):
        centre.move(number, Move.TRANSFER_UP, reason="再上")
    entries = [entry.detail for entry in detail.log if entry.what == "transfer_up"]
    assert [(entry["tiers"], entry["holder"]) for entry in entries] == [
        (["community"], WORKER),
        (["street"], OPERATOR),
        (["district"], OPERATOR),
    ]


def test_a_tier_that_does_not_take_what_was_passed_up_is_escalated_over(centre: Centre) -> None:
    """The tier that passed it is not called again for nothing; the one above is."""
    number = centre.take(1, **SLOW)
    centre.move(number, Move.ACCEPT, actor=WORKER)
    centre.move(number, Move.TRANSFER_UP, actor=WORKER, reason="要关总阀")
    assert [step for step in waiting(centre, number) if step.startswith("escalate")] == ["escalate:street"]


def test_a_pause_is_an_interval_on_record(centre: Centre) -> None:
    """挂账 stops the clock, 销账 starts it again; the deadline moves by what lies between."""
    number = centre.take(1, **SLOW)
    before = centre.move(number, Move.ACCEPT).row
    centre.clock.go(600)
    from_ms = centre.clock.now_ms()
    paused = centre.move(number, Move.SUSPEND, reason="等备件", until_ms=from_ms + 48 * HOUR_MS)
    assert paused.row.paused_at_ms == from_ms
    assert {"resume"} <= set(paused.moves)
    assert not {"suspend", "extend"} & set(paused.moves)
    centre.clock.go(30 * 3600)
    assert not [step for step in waiting(centre, number) if step.startswith("chase")]
    assert centre.desk.fire_due() == 0
    resumed = centre.move(number, Move.RESUME, reason="备件到了")

    assert resumed.row.paused_at_ms is None
    assert before.deadline_ms is not None
    assert resumed.row.deadline_ms is not None
    assert not resumed.row.overdue
    assert resumed.row.deadline_ms >= before.deadline_ms + 29 * HOUR_MS
    assert [step for step in waiting(centre, number) if step.startswith("chase")]
    with centre.store.read() as session:
        pause = session.scalars(select(Pause)).one()
    assert (pause.who, pause.why, pause.from_ms, pause.until_ms, pause.ended_with) == (
        OPERATOR, "等备件", from_ms, from_ms + 30 * HOUR_MS, "resume",
    )  # fmt: skip


def test_suspending_twice_resuming_twice_and_in_danger(centre: Centre) -> None:
    """Each is refused with what to do; danger does not wait."""
    number, fire = centre.take(1, **SLOW), centre.take(2)
    centre.walk(number, Move.ACCEPT, Move.SUSPEND)
    centre.walk(fire, Move.ACCEPT)
    with pytest.raises(NotPaused, match="resume it first"):
        centre.walk(number, Move.SUSPEND)
    centre.walk(number, Move.RESUME)
    with pytest.raises(NotPaused, match="not suspended"):
        centre.walk(number, Move.RESUME)
    gas = centre.take(3, kind="hazard", severity="critical", device="caller")
    centre.walk(gas, Move.ACCEPT)
    for danger, move in product((fire, gas), (Move.SUSPEND, Move.VOID, Move.EXTEND)):
        with pytest.raises(InDanger, match="lives are at stake"):
            centre.move(danger, move, reason="等", until_ms=centre.clock.now_ms() + HOUR_MS)
        assert move not in centre.desk.detail(danger).moves
    with pytest.raises(BadTime, match="a time that is over"):
        centre.move(number, Move.SUSPEND, reason="等", until_ms=centre.clock.now_ms())


def test_a_change_of_stage_and_a_cause_that_is_back_end_a_pause(centre: Centre) -> None:
    """Who goes on has resumed; what comes back waits for nothing."""
    number, fire = centre.take(1, **SLOW), centre.take(2)
    centre.walk(number, Move.ACCEPT, Move.SUSPEND, Move.FEED_BACK)
    cleared(centre, 2)
    centre.walk(fire, Move.ACCEPT, Move.SUSPEND)
    centre.take(2, revision=3)
    with centre.store.read() as session:
        ended = session.scalars(select(Pause.ended_with).order_by(Pause.id)).all()
        assert session.scalars(select(Incident.paused_at_ms)).all() == [None, None]
    assert ended == ["feed_back", "raised"]


def test_what_has_a_burning_room_is_neither_put_aside_nor_given_more_time(sqlite_centre: Centre) -> None:
    """Its own cause is gone, a member's is not: lives are at stake."""
    centre = sqlite_centre
    fire, room = centre.take(1), centre.take(2, device="fire-b", place="Room B")
    centre.walk(fire, Move.ACCEPT)
    cleared(centre)
    assert not {"suspend", "extend", "void"} & set(centre.desk.detail(fire).moves)
    for move in (Move.SUSPEND, Move.EXTEND, Move.VOID):
        with pytest.raises(InDanger):
            centre.move(fire, move, reason="等", until_ms=centre.clock.now_ms() + HOUR_MS)
    cleared(centre, 2, device="fire-b", place="Room B")
    centre.move(fire, Move.SUSPEND, reason="等")
    assert centre.desk.detail(room).row.condition == "cleared"


def test_what_takes_in_something_worse_waits_no_longer(sqlite_centre: Centre) -> None:
    """The same once more leaves a pause alone; worse ends it, on record."""
    centre = sqlite_centre
    old, same = centre.take(1, **SLOW), centre.take(2, **{**SLOW, "device": "hydrant-2"})
    worse = centre.take(3, **{**SLOW, "device": "hydrant-3", "severity": "major"})
    centre.walk(old, Move.ACCEPT, Move.SUSPEND)
    centre.move(same, Move.MERGE, to=old, reason="同一处")
    assert {step.partition(":")[0] for step in waiting(centre, old)} == {"paused"}
    centre.move(worse, Move.MERGE, to=old, reason="同一处")
    assert "chase:1" in waiting(centre, old)
    with centre.store.read() as session:
        assert session.scalars(select(Pause.ended_with)).one() == "joined"


def test_what_is_suspended_is_not_forgotten(sqlite_centre: Centre) -> None:
    """At the time that was thought, and twice after it, somebody is asked; resumed, nobody is."""
    centre = sqlite_centre
    number = centre.take(1, **SLOW)
    centre.walk(number, Move.ACCEPT)
    centre.move(number, Move.SUSPEND, reason="等备件", until_ms=centre.clock.now_ms() + HOUR_MS)
    asked = []
    for hours in (1, 7 * 24, 23 * 24):
        centre.clock.go(hours * 3600)
        centre.desk.fire_due()
        asked.append(centre.whats(number).count("chased"))
    assert asked == [1, 2, 3]
    assert OPERATOR in told(centre, number, "paused:")
    centre.walk(number, Move.RESUME, Move.SUSPEND)
    assert len([step for step in waiting(centre, number) if step.startswith("paused")]) == 3
    centre.walk(number, Move.RESUME)
    assert not [step for step in waiting(centre, number) if step.startswith("paused")]


def test_an_extension_is_asked_for_before_the_deadline(centre: Centre) -> None:
    """Later than the present one, not too far, not too often; both deadlines are kept."""
    number = centre.take(1, **SLOW)
    was_ms = centre.move(number, Move.ACCEPT).row.deadline_ms
    assert was_ms is not None
    with pytest.raises(Incomplete, match="until_ms"):
        centre.move(number, Move.EXTEND, reason="要停水")
    for until_ms in (was_ms, centre.clock.now_ms() + 91 * 24 * HOUR_MS):
        with pytest.raises(BadTime, match="later than the present deadline"):
            centre.move(number, Move.EXTEND, reason="要停水", until_ms=until_ms)
    detail = centre.move(number, Move.EXTEND, reason="要停水", until_ms=was_ms + 10 * HOUR_MS)
    assert detail.row.deadline_ms == was_ms + 10 * HOUR_MS
    with centre.store.read() as session:
        kept = session.scalars(select(Extension)).one()
    assert (kept.deadline, kept.was_due_ms, kept.until_ms, kept.why) == (
        "feed_back", was_ms, was_ms + 10 * HOUR_MS, "要停水",
    )  # fmt: skip
    for hours in (20, 30):
        centre.move(number, Move.EXTEND, reason="要停水", until_ms=was_ms + hours * HOUR_MS)
    with pytest.raises(BadTime, match="3 times already"):
        centre.move(number, Move.EXTEND, reason="要停水", until_ms=was_ms + 40 * HOUR_MS)


def test_an_extension_after_the_deadline_is_refused(centre: Centre) -> None:
    """Late is late."""
    number = centre.take(1, **SLOW)
    due_ms = centre.move(number, Move.ACCEPT).row.deadline_ms
    assert due_ms is not None
    centre.clock.go((due_ms - centre.clock.now_ms()) / 1000 + 1)
    with pytest.raises(BadTime, match="the deadline is over"):
        centre.move(number, Move.EXTEND, reason="要停水", until_ms=due_ms + 10 * HOUR_MS)


def test_void_needs_a_reason_and_can_be_taken_back(centre: Centre) -> None:
    """作废: off the board, on record, and reopened by a person or by the cause."""
    number = centre.take(1, **SLOW)
    detail = centre.move(number, Move.VOID, reason="试验喷淋,不是漏水")
    assert (detail.row.stage, detail.moves[0]) == ("void", "reopen")
    assert not [row for row in centre.desk.board().open if row.id == number]
    assert not waiting(centre, number)
    assert centre.walk(number, Move.REOPEN).row.stage == "reported"
    centre.walk(number, Move.VOID)
    cleared(centre, **SLOW)
    centre.take(1, revision=3, **SLOW)
    assert centre.desk.detail(number).row.stage == "reported"


def test_joint_handling_is_closed_when_all_have_answered(centre: Centre) -> None:
    """联合处置: one leads, the others cooperate; each is told, each answers for itself."""
    with_departments(centre)
    number = centre.take(1, **SLOW)
    cleared(centre, **SLOW)
    centre.walk(number, Move.ACCEPT)
    centre.move(number, Move.ASK, to=WATER, reason="查总管", leads=True)
    detail = centre.move(number, Move.ASK, to=POWER, reason="停泵房的电")
    assert [(part.department, part.leads, part.state) for part in detail.parts] == [
        (WATER, True, "asked"),
        (POWER, False, "asked"),
    ]
    assert told(centre, number, "ask:") == ["dian-qiran", WATER_PERSON]
    centre.move(number, Move.REPLY, actor=WATER_PERSON, to=WATER, reason="已换管")
    detail = centre.walk(number, Move.FEED_BACK, Move.VERIFY)
    assert "close" not in detail.moves
    with pytest.raises(PartsOpen, match=POWER):
        centre.walk(number, Move.CLOSE)
    centre.move(number, Move.DECLINE, actor="dian-qiran", to=POWER, reason="泵房归物业")
    with pytest.raises(PartsOpen, match=POWER):
        centre.walk(number, Move.CLOSE)
    centre.move(number, Move.RELEASE, to=POWER, reason="改由物业停电")
    assert centre.walk(number, Move.CLOSE).row.stage == "closed"


def test_a_department_answers_for_a_member_and_for_what_was_passed_up(sqlite_centre: Centre) -> None:
    """Asked before it was merged, or before it was passed up: the part is answered or released where it was asked."""
    centre = with_departments(sqlite_centre)
    first, second = centre.take(1, **SLOW), centre.take(2, **{**SLOW, "device": "hydrant-2"})
    for number, office in ((first, POWER), (second, WATER)):
        centre.walk(number, Move.ACCEPT)
        centre.move(number, Move.ASK, to=office, reason="查一下")
    centre.move(second, Move.MERGE, to=first, reason="同一处")
    moves = set(centre.desk.detail(second).moves)
    assert "reply" in moves
    assert "ask" not in moves
    centre.move(second, Move.REPLY, actor=WATER_PERSON, to=WATER, reason="已换管")
    centre.move(first, Move.TRANSFER_UP, reason="管不了")
    assert "release" in centre.desk.detail(first).moves
    centre.move(first, Move.RELEASE, to=POWER, reason="不需要")
    cleared(centre, **SLOW)
    cleared(centre, 2, **{**SLOW, "device": "hydrant-2"})
    centre.walk(first, Move.ACCEPT, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    assert centre.desk.detail(second).row.stage == "closed"


def test_departments_answer_at_the_same_time_without_a_conflict(centre: Centre) -> None:
    """The version that they saw may be old; what they say twice is said once; out of turn is refused."""
    with_departments(centre)
    number = centre.take(1, **SLOW)
    centre.walk(number, Move.ACCEPT)
    version = centre.desk.detail(number).row.version
    for office in (WATER, POWER, WATER):
        centre.desk.move(number, Move.ASK, actor=OPERATOR, expected_version=version, to=office, reason="看看")
    centre.walk(number, Move.DISPATCH)
    for office in (WATER, POWER, POWER):
        centre.desk.move(number, Move.REPLY, actor=OPERATOR, expected_version=version, to=office, reason="看过了")
    assert [what for what in centre.whats(number) if what in ("ask", "reply")] == ["ask", "ask", "reply", "reply"]
    with pytest.raises(PartRefused, match="is answered"):
        centre.move(number, Move.DECLINE, to=WATER, reason="不归我")
    with pytest.raises(NobodyNamed, match="no department"):
        centre.move(number, Move.ASK, to="elves", reason="看看")
    with pytest.raises(NobodyNamed, match="none"):
        centre.move(number, Move.ASK, reason="看看")
    again = centre.move(number, Move.ASK, to=WATER, reason="又漏了")
    assert {part.department: part.state for part in again.parts} == {WATER: "asked", POWER: "answered"}


def test_a_department_returns_what_is_not_its_matter_and_the_centre_decides(centre: Centre) -> None:
    """退单: back to whoever accepted it, with the reason; it is not lost between two offices."""
    with_departments(centre)
    number = centre.take(1, **SLOW)
    centre.walk(number, Move.ACCEPT)
    assert centre.move(number, Move.DISPATCH, actor=STREET, to=WATER).row.holder == WATER
    assert told(centre, number, "dispatch:") == [WATER_PERSON]
    detail = centre.move(number, Move.RETURN, actor=WATER_PERSON, reason="这是消防管网")
    assert (detail.row.stage, detail.row.holder) == ("accepted", OPERATOR)


def test_the_same_click_on_another_person_is_a_conflict(centre: Centre) -> None:
    """A double click is one move; two different choices are not."""
    number = centre.take(1, **SLOW)
    centre.walk(number, Move.ACCEPT)
    version = centre.desk.detail(number).row.version
    for _ in range(2):
        centre.desk.move(number, Move.DISPATCH, actor=OPERATOR, expected_version=version, to=WORKER)
    with pytest.raises(Conflict):
        centre.desk.move(number, Move.DISPATCH, actor=OPERATOR, expected_version=version, to="fang-xiaoman")


@pytest.mark.parametrize("move", [Move.SUSPEND, Move.EXTEND, Move.TRANSFER_UP])
def test_double_clicks_beside_the_stage_are_one_move(centre: Centre, move: Move) -> None:
    """Whatever the move, the same click twice is logged once."""
    number = centre.take(1, **SLOW)
    detail = centre.walk(number, Move.ACCEPT)
    until_ms = (detail.row.deadline_ms or 0) + HOUR_MS if move is Move.EXTEND else None
    for _ in range(2):
        centre.desk.move(
            number, move, actor=OPERATOR, expected_version=detail.row.version, reason="因故", until_ms=until_ms
        )
    assert centre.whats(number).count(move) == 1


def test_a_member_has_no_deadline_of_its_own(centre: Centre) -> None:
    """Suspending, extending or passing up a room of a fire is done where its deadlines are."""
    centre.take(1)
    room = centre.take(2, device="fire-b")
    cleared(centre, 2, device="fire-b")
    centre.walk(room, Move.ACCEPT)
    for move in (Move.SUSPEND, Move.TRANSFER_UP, Move.EXTEND):
        with pytest.raises(InsideAnother, match="do it there"):
            centre.walk(room, move)
        assert move not in centre.desk.detail(room).moves


def test_the_log_is_only_appended_to(centre: Centre) -> None:
    """Whatever follows, what was written stays as it was."""
    with_departments(centre)
    number = centre.take(1, **SLOW)
    cleared(centre, **SLOW)
    kept: list[tuple[object, ...]] = []

    def rows() -> list[tuple[object, ...]]:
        with centre.store.read() as session:
            query = select(IncidentLog).where(IncidentLog.incident_id == number).order_by(IncidentLog.id)
            return [
                (e.id, e.at_ms, e.what, e.actor, e.reason, e.version, str(e.detail)) for e in session.scalars(query)
            ]

    for move in (
        Move.ACCEPT, Move.SUSPEND, Move.RESUME, Move.TRANSFER_UP, Move.ACCEPT, Move.START_HANDLING, Move.FEED_BACK,
        Move.REWORK, Move.RETURN, Move.FEED_BACK, Move.VERIFY, Move.CLOSE, Move.REOPEN, Move.VOID,
    ):  # fmt: skip
        centre.clock.go(5)
        centre.walk(number, move)
        now = rows()
        assert now[: len(kept)] == kept
        kept = now
    with pytest.raises(IllegalMove):
        centre.walk(number, Move.ACCEPT)
    assert rows() == kept


def test_fixmystreet_67_the_department_that_never_answered_is_chased(centre: Centre) -> None:
    """Forgotten is not possible: with the holder, whoever was asked and says nothing is reminded."""
    with_departments(centre)
    number = centre.take(1, **SLOW)
    centre.walk(number, Move.ACCEPT)
    for office in (WATER, POWER):
        centre.move(number, Move.ASK, to=office, reason="看看")
    centre.move(number, Move.REPLY, to=POWER, reason="看过了")
    due_ms = centre.desk.detail(number).row.deadline_ms
    assert due_ms is not None
    centre.clock.go((due_ms - centre.clock.now_ms()) / 1000 + 1)
    centre.desk.fire_due()
    assert {WATER_PERSON, OPERATOR} <= set(told(centre, number, "chase:1"))
    assert "dian-qiran" not in told(centre, number, "chase:1")


def test_oncall_3161_an_acknowledgement_after_the_cause_is_gone_reopens_nothing(centre: Centre) -> None:
    """Whichever comes first, the acceptance or the recovery: accepted and cleared, each once in the log."""
    for number, first in ((1, "accept"), (2, "clear")):
        facts = {**SLOW, "device": f"hydrant-{number}"}
        incident = centre.take(number, **facts)
        if first == "accept":
            centre.walk(incident, Move.ACCEPT)
        cleared(centre, number, **facts)
        if first == "clear":
            centre.walk(incident, Move.ACCEPT)
        row = centre.desk.detail(incident).row
        assert (row.stage, row.condition) == ("accepted", "cleared")
        assert centre.whats(incident).count("reopen") == 0


def test_a_department_speaks_for_itself_only(centre: Centre) -> None:
    """Neither for another one nor for the centre, which alone does without it."""
    with_departments(centre)
    number = centre.take(1, **SLOW)
    centre.walk(number, Move.ACCEPT)
    centre.move(number, Move.ASK, to=POWER, reason="停泵房的电")
    for move in (Move.REPLY, Move.DECLINE):
        with pytest.raises(NotTheirs, match="belongs to water-office"):
            centre.move(number, move, actor=WATER_PERSON, to=POWER, reason="好了")
    with pytest.raises(NotTheirs, match="the centre"):
        centre.move(number, Move.RELEASE, actor="dian-qiran", to=POWER, reason="不办了")
    assert centre.move(number, Move.REPLY, actor="dian-qiran", to=POWER, reason="已停").parts[0].state == "answered"


async def test_the_flow_over_http(centre: Centre) -> None:
    """Refusals as problems in both languages; another incident only where one's rights reach it."""
    with_departments(centre)
    mine, other = (
        centre.take(1, **SLOW),
        centre.take(2, **{**SLOW, "device": "h-2", "grid": "110105002001001", "site": "heping"}),
    )
    path = f"/api/incidents/{mine}/moves"

    async with web_client(centre, who=OPERATOR) as client:

        async def click(move: str, version: int, **more: object) -> httpx.Response:
            return await client.post(path, json={"move": move, "expected_version": version, **more})

        assert (await click("accept", 1, phone=True)).status_code == 200
        for move, more, status, code in (
            ("extend", {"reason": "停水", "until_ms": 1}, 422, "bad-time"),
            ("extend", {"reason": "停水"}, 422, "incomplete"),
            ("resume", {}, 409, "not-paused"),
            ("reply", {"to": WATER, "reason": "好"}, 409, "part-refused"),
            ("split", {"reason": "拆"}, 409, "not-merged"),
            ("merge", {"to": mine, "reason": "同"}, 409, "not-mergeable"),
            ("link", {"to": other}, 403, "forbidden"),
            ("suspend", {"reason": "a\0b"}, 422, "invalid-request"),
            ("evaluate", {"grade": "superb"}, 422, "invalid-request"),
        ):
            answer = await click(move, 2, **more)
            assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]) == (status, code), answer.text
            assert answer.json()["detail_zh"]
        log = (await client.get(f"/api/incidents/{mine}")).json()["log"]
    assert [entry["source"] for entry in log if entry["what"] == "accept"] == ["phone"]

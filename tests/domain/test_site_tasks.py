"""Tasks of a site that works alone: every pair of the table, every stage of the centre, and who is called when."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.incidents import Condition, Kind, Severity, Stage
from domain.roster import Roster
from domain.site_tasks import (
    OPEN,
    OVER_AT_CENTRE,
    TAKEN,
    TASK_MOVES,
    Case,
    IllegalTaskMove,
    Orders,
    Task,
    TaskEvent,
    TaskState,
    Worker,
    decide,
    move_task,
    rung_out,
    tiers,
)
from domain.task_policy import TaskPolicy

NOW_MS = 1_795_000_000_000
POLICY = TaskPolicy()
WORKERS = tuple(Worker(id=f"w{n}", device=f"hand-{n}") for n in range(1, 5))
PEOPLE = ((WORKERS[0], WORKERS[1]), (WORKERS[2],), (WORKERS[3],))
FIRE = Case(
    kind=Kind.FIRE,
    severity=Severity.MAJOR,
    condition=Condition.ACTIVE,
    round=1,
    stage=None,
    holder=None,
    settled=True,
    alone=True,
)
FAULT = replace(FIRE, kind=Kind.WATER_PRESSURE)


def task(
    person: str, state: TaskState = TaskState.OFFERED, ago_s: int = 0, *, received: bool = True, **more: int
) -> Task:
    """A task of round 1, called so long ago."""
    fields = {"round": 1, "rings": 0} | more
    return Task(
        id=f"t-{person}", person=person, state=state, called_ms=NOW_MS - ago_s * 1000, received=received, **fields
    )


def after(case: Case, *tasks: Task) -> Orders:
    """The decision now."""
    return decide(case, tasks, PEOPLE, POLICY, NOW_MS)


def called(orders: Orders) -> list[str]:
    """Whom it calls."""
    return [worker.id for worker in orders.offer]


@pytest.mark.parametrize(("state", "event"), list(product(TaskState, TaskEvent)))
def test_every_pair_moves_as_the_table_says_or_is_refused(state: TaskState, event: TaskEvent) -> None:
    """Forward is always possible, back never; who declined has no task any more."""
    if (state, event) in TASK_MOVES:
        assert move_task(state, event) is TASK_MOVES[state, event]
        assert state in OPEN
    else:
        with pytest.raises(IllegalTaskMove, match=str(state)):
            move_task(state, event)


def test_the_table_has_these_moves() -> None:
    """Ten steps forward, one refusal, four ways to be taken off."""
    assert len(TASK_MOVES) == 15
    assert {state for state, event in TASK_MOVES if event is TaskEvent.WITHDRAW} == set(OPEN)
    assert [state for state, event in TASK_MOVES if event is TaskEvent.DECLINED] == [TaskState.OFFERED]


def test_a_fire_calls_everybody_on_duty_in_its_grid_then_tier_by_tier() -> None:
    """Each next tier after the patience; who was called is not called twice."""
    assert called(after(FIRE)) == ["w1", "w2"]
    assert after(FIRE, task("w1", ago_s=59), task("w2", ago_s=59)) == Orders()
    first = (task("w1", ago_s=60), task("w2", ago_s=60))
    assert called(after(FIRE, *first)) == ["w3"]
    assert called(after(FIRE, *first, task("w3", ago_s=61))) == ["w4"]


def test_a_terminal_that_does_not_take_the_task_costs_less_time() -> None:
    """Logged off or out of reach: the next one is called after 20 s, unless somebody else may still answer."""
    silent = task("w1", ago_s=20, received=False)
    assert called(after(FIRE, silent, task("w2", TaskState.DECLINED))) == ["w3"]
    assert after(FIRE, silent, task("w2", ago_s=20)) == Orders()
    assert after(FIRE, task("w1", ago_s=19, received=False)) == Orders()


def test_others_are_called_one_by_one_and_never_off_duty() -> None:
    """No life is at stake."""
    assert called(after(FAULT)) == ["w1"]
    assert called(after(FAULT, task("w1", TaskState.DECLINED))) == ["w2"]
    called_all = [task(name, ago_s=60) for name in ("w1", "w2", "w3")]
    assert after(FAULT, *called_all) == Orders()


def test_when_all_were_called_all_are_called_again_so_many_times() -> None:
    """Every two minutes, five times; then the status shows that nobody came."""
    tasks = [task(worker.id, ago_s=120, rings=4) for worker in WORKERS]
    assert [t.person for t in after(FIRE, *tasks).ring] == [worker.id for worker in WORKERS]
    assert after(FIRE, *[replace(t, rings=5) for t in tasks]) == Orders()
    assert after(FIRE, *[replace(t, called_ms=NOW_MS - 119_000) for t in tasks]).ring == ()


def test_calls_have_run_out_when_the_last_one_was_heard_by_nobody() -> None:
    """Not before its term, and not where nobody has been called at all."""
    last = [task("w1", ago_s=60, rings=5), task("w2", ago_s=60, rings=5)]
    assert rung_out(last, POLICY, NOW_MS)
    assert not rung_out([*last, task("w3", ago_s=60, rings=4)], POLICY, NOW_MS)
    assert not rung_out([*last, task("w3", ago_s=59, rings=5)], POLICY, NOW_MS)
    assert not rung_out([task("w1", TaskState.DECLINED, ago_s=999)], POLICY, NOW_MS)


def test_nothing_is_called_where_the_centre_calls_or_nothing_is_wanted() -> None:
    """Not alone, cleared, or milder than what the site asks for; a life-safety incident is never too mild."""
    assert after(replace(FIRE, alone=False)) == Orders()
    assert after(replace(FIRE, condition=Condition.CLEARED)) == Orders()
    assert after(replace(FAULT, severity=Severity.MINOR)) == Orders()
    assert called(after(replace(FIRE, severity=Severity.WARNING))) == ["w1", "w2"]


@pytest.mark.parametrize("state", TAKEN)
def test_the_first_who_accepts_has_it(state: TaskState) -> None:
    """The offers of the others are withdrawn, whoever came second keeps what he has accepted; nobody new is called."""
    orders = after(FIRE, task("w1", state, ago_s=999), task("w2", ago_s=999))
    assert [(t.person, why) for t, why in orders.withdraw] == [("w2", "taken")]
    assert called(orders) == []


def test_what_is_done_calls_nobody_until_it_is_raised_again() -> None:
    """A second round is another one."""
    done = task("w1", TaskState.DONE, ago_s=999)
    assert after(FIRE, done) == Orders()
    left = [(t.person, why) for t, why in after(FIRE, done, task("w2")).withdraw]
    assert left == [("w2", "taken")], "the answers of the first came together"
    assert called(after(replace(FIRE, round=2), done)) == ["w1", "w2"]


def test_cleared_takes_back_offers_but_not_where_lives_are_at_stake() -> None:
    """A fire that went out by itself still deserves a look; who has accepted goes on in any case."""
    over = {"condition": Condition.CLEARED}
    assert [why for _, why in after(replace(FAULT, **over), task("w1")).withdraw] == ["cleared"]
    assert after(replace(FIRE, **over), task("w1")) == Orders()
    assert after(replace(FAULT, **over), task("w1", TaskState.ON_SITE)) == Orders()


@pytest.mark.parametrize("stage", OVER_AT_CENTRE)
def test_what_is_over_at_the_centre_is_taken_off_every_list(stage: Stage) -> None:
    """Whatever the worker's state."""
    tasks = [task("w1", TaskState.ON_SITE), task("w2")]
    orders = after(replace(FIRE, stage=stage), *tasks)
    assert orders == Orders(withdraw=((tasks[0], "over"), (tasks[1], "over")))


@pytest.mark.parametrize("alone", [True, False])
def test_a_dispatch_of_the_centre_is_a_task_of_that_worker_and_of_nobody_else(alone: bool) -> None:
    """Also of somebody who is off duty; also while the link is down again."""
    sent = replace(FIRE, stage=Stage.DISPATCHED, holder="w4", alone=alone)
    orders = after(sent, task("w1", TaskState.ACCEPTED), task("w2"))
    assert [(t.person, why) for t, why in orders.withdraw] == [("w1", "taken"), ("w2", "taken")]
    assert called(orders) == ["w4"]
    assert after(sent, task("w4", TaskState.ON_THE_WAY)) == Orders()
    assert called(after(sent, task("w4", TaskState.DONE))) == ["w4"], "rework"
    assert after(replace(sent, holder="somebody-without-a-terminal")) == Orders()


def test_whom_a_lost_centre_sent_and_who_does_not_answer_is_not_the_last_one_called() -> None:
    """Where lives are at stake and the centre is away; its own dispatch stands, and who answers first has it."""
    sent = replace(FIRE, stage=Stage.DISPATCHED, holder="w4")
    late = task("w4", ago_s=POLICY.accept_s)
    assert after(sent, task("w4", ago_s=POLICY.accept_s - 1)) == Orders()
    assert called(after(sent, late)) == ["w1", "w2"]
    assert called(after(sent, late, task("w1"), task("w2"))) == []
    answered = task("w1", TaskState.ACCEPTED)
    assert after(sent, late, answered, task("w2")) == Orders(withdraw=((task("w2"), "taken"),))
    for other in ({"alone": False}, {"kind": Kind.WATER_PRESSURE}, {"condition": Condition.CLEARED}):
        assert after(replace(sent, **other), late) == Orders()


def test_an_acceptance_at_the_centre_ends_the_calls() -> None:
    """Nobody is sent by it; a worker who accepted there himself keeps his task."""
    accepted = replace(FIRE, stage=Stage.ACCEPTED, holder="w1")
    assert after(accepted, task("w1", TaskState.ACCEPTED)) == Orders()
    assert [why for _, why in after(accepted, task("w2")).withdraw] == ["taken"]
    assert called(after(accepted)) == []


def test_what_the_centre_reopened_begins_again() -> None:
    """It has heard that somebody took it, and says that nobody has it: that one's task is over."""
    mine = task("w1", TaskState.ON_SITE)
    again = replace(FIRE, stage=Stage.REPORTED, reopened=True)
    assert after(again, mine) == Orders(withdraw=((mine, "over"),))
    assert after(replace(again, reopened=False), mine) == Orders()


@pytest.mark.parametrize("stage", Stage)
def test_the_centre_is_not_obeyed_before_it_has_heard_our_answers(stage: Stage) -> None:
    """Its word may be older than what the worker did."""
    early = replace(FIRE, stage=stage, holder="somebody", settled=False)
    assert after(early, task("w1", TaskState.ON_THE_WAY)) == Orders()


@given(
    case=st.builds(
        Case,
        kind=st.sampled_from((Kind.FIRE, Kind.SOS, Kind.POWER)),
        severity=st.sampled_from(Severity),
        condition=st.sampled_from(Condition),
        round=st.integers(1, 2),
        stage=st.none() | st.sampled_from(Stage),
        holder=st.none() | st.sampled_from(["w1", "w2", "w4", "zhou"]),
        settled=st.booleans(),
        alone=st.booleans(),
    ),
    states=st.lists(st.tuples(st.sampled_from(TaskState), st.integers(0, 400), st.booleans()), max_size=4),
)
def test_orders_only_ever_touch_what_is_open(case: Case, states: list[tuple[TaskState, int, bool]]) -> None:
    """No order withdraws what is over, rings what is taken, or offers twice to one who has it; then it is stable."""
    tasks = [
        task(worker.id, state, ago_s, received=received)
        for worker, (state, ago_s, received) in zip(WORKERS, states, strict=False)
    ]
    orders = after(case, *tasks)
    has_it = {t.person for t in tasks if t.state in OPEN}
    assert all(t.state in OPEN for t, _ in orders.withdraw)
    assert all(t.state is TaskState.OFFERED for t in orders.ring)
    assert len(called(orders)) == len(set(called(orders)))
    assert not has_it & set(called(orders))
    withdrawn = {t.id for t, _ in orders.withdraw}
    rung = {t.id for t in orders.ring}
    then = [
        replace(t, state=TaskState.WITHDRAWN)
        if t.id in withdrawn
        else replace(t, called_ms=NOW_MS)
        if t.id in rung
        else t
        for t in tasks
        if t.person not in called(orders)
    ] + [task(worker.id, round=case.round) for worker in orders.offer]
    assert after(case, *then).withdraw == ()
    assert called(after(case, *then)) == []


@pytest.mark.parametrize(
    ("field", "value"), [("alone_s", 0), ("accept_s", 86_401), ("repeat_max", -1), ("severity", "bad")]
)
def test_a_wrong_policy_names_its_field(field: str, value: object) -> None:
    """First, so that the site file's error can name the line."""
    with pytest.raises(ValueError, match=f"^{field} "):
        TaskPolicy(**{field: value})


def test_tiers_follow_the_roster_and_who_is_there() -> None:
    """The grid's own on duty, those whose terminal is on duty first; then the site; then everybody."""
    rows = [
        {"id": "w1", "name": "一", "role": "grid_worker", "area": "g1", "duty": ["00:00-24:00"]},
        {"id": "w2", "name": "二", "role": "grid_worker", "area": "g1", "duty": ["00:00-24:00"]},
        {"id": "w3", "name": "三", "role": "grid_worker", "area": "g2", "duty": ["00:00-24:00"]},
        {"id": "w4", "name": "四", "role": "grid_worker", "area": "g2", "duty": []},
        {"id": "desk", "name": "无终端", "role": "community_operator", "area": "g1", "duty": ["00:00-24:00"]},
    ]
    roster = Roster.from_table({"people": rows})
    found = tiers(roster, WORKERS, "g1", NOW_MS, present=frozenset(["hand-2", "hand-4"]))
    assert [[worker.id for worker in tier] for tier in found] == [["w2", "w1"], ["w3"], ["w4"]]
    assert [[w.id for w in tier] for tier in tiers(roster, WORKERS[:1], "g9", NOW_MS)] == [[], ["w1"], []]

"""Who at the site goes where, while the centre cannot say so: tasks of workers as a table and one decision. Pure.

The centre has the stage; a site that is alone has only its workers' answers. So the decision asks the centre's word
first, as far as the centre had heard what our workers answered, and calls people itself only where nobody else does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.incidents import Condition, Kind, Severity, Stage
from domain.roster import Roster
from domain.task_policy import TaskPolicy


class TaskState(StrEnum):
    """Where a worker is with a task."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    ON_THE_WAY = "on_the_way"
    ON_SITE = "on_site"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class TaskEvent(StrEnum):
    """What the worker answers, or what we do with the task."""

    ACCEPTED = "accepted"
    ON_THE_WAY = "on_the_way"
    ON_SITE = "on_site"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAW = "withdraw"


TAKEN = (TaskState.ACCEPTED, TaskState.ON_THE_WAY, TaskState.ON_SITE)
OPEN = (TaskState.OFFERED, *TAKEN)
# A terminal tells its steps in order, but its store may have lost one: forward is always possible, back never.
_FORWARD = (TaskState.OFFERED, TaskState.ACCEPTED, TaskState.ON_THE_WAY, TaskState.ON_SITE, TaskState.DONE)
# Everything that may happen to a task. A pair that is not here is refused and changes nothing.
TASK_MOVES: dict[tuple[TaskState, TaskEvent], TaskState] = {
    **{
        (before, TaskEvent(after)): after
        for place, before in enumerate(_FORWARD[:-1])
        for after in _FORWARD[place + 1 :]
    },
    **{(state, TaskEvent.WITHDRAW): TaskState.WITHDRAWN for state in OPEN},
    (TaskState.OFFERED, TaskEvent.DECLINED): TaskState.DECLINED,
}
TAKEN_AT_CENTRE = (Stage.ACCEPTED, Stage.DISPATCHED)
OVER_AT_CENTRE = (Stage.FED_BACK, Stage.VERIFIED, Stage.CLOSED)


class IllegalTaskMove(Exception):
    """The pair is not in the table; nothing has changed."""


def move_task(state: TaskState, event: TaskEvent) -> TaskState:
    """The state after an event. Raises IllegalTaskMove."""
    if (state, event) not in TASK_MOVES:
        raise IllegalTaskMove(f"a task that is {state} cannot be {event}")
    return TASK_MOVES[state, event]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Somebody with a terminal."""

    id: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One incident on the list of one worker. `called_ms`: when it was offered or sounded last."""

    id: str
    person: str
    state: TaskState
    round: int  # of the incident: raised again, it is another one
    called_ms: int
    received: bool
    rings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An incident as the site and, if `settled`, the centre know it. `alone`: nobody else calls anybody for it."""

    kind: Kind
    severity: Severity
    condition: Condition
    round: int
    stage: Stage | None  # None: the centre has said nothing about it
    holder: str | None
    settled: bool  # the centre has heard everything that our workers answered
    reopened: bool = False  # ... and says all the same that nobody has it: it was over, and begins again
    alone: bool
    called: tuple[tuple[str, int], ...] = ()  # whom the centre calls while nobody has it, and how often it has


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What is to be done now."""

    withdraw: tuple[tuple[Task, str], ...] = ()  # with the reason: over, taken, cleared
    offer: tuple[Worker, ...] = ()
    ring: tuple[Task, ...] = ()  # the same offer, sounding again


def tiers(
    roster: Roster, workers: Iterable[Worker], grid: str, at_ms: int, *, present: frozenset[str] = frozenset()
) -> tuple[tuple[Worker, ...], ...]:
    """Who is called for a grid, in which order: its people on duty, others of the site on duty, everybody else.

    `present`: devices that said they are on duty; among equals these come first.
    """
    by_id = {worker.id: worker for worker in workers}
    of_grid = [person.id for person in roster.on_duty(grid, at_ms)]
    on_duty = [person.id for person in roster.people if roster.covers(person.id, at_ms)]
    seen: set[str] = set()
    found = []
    for group in (of_grid, on_duty, list(by_id)):
        new = [by_id[name] for name in group if name in by_id and name not in seen]
        seen |= {worker.id for worker in new}
        found.append(tuple(sorted(new, key=lambda worker: worker.device not in present)))
    return tuple(found)


def decide(
    case: Case, tasks: Sequence[Task], people: Sequence[Sequence[Worker]], policy: TaskPolicy, now_ms: int
) -> Orders:
    """What follows from an incident, the tasks it has, and those who can be called, tier by tier."""
    open_tasks = [task for task in tasks if task.state in OPEN]
    stage = case.stage if case.settled else None
    if stage in OVER_AT_CENTRE:
        return Orders(withdraw=tuple((task, "over") for task in open_tasks))
    if stage in TAKEN_AT_CENTRE:
        if _unanswered(case, open_tasks, policy, now_ms):
            return _instead(case, tasks, open_tasks, people, policy, now_ms)
        return _as_the_centre_says(case, open_tasks, people)
    return _by_ourselves(case, tasks, open_tasks, people, policy, now_ms)


def _by_ourselves(
    case: Case,
    tasks: Sequence[Task],
    open_tasks: list[Task],
    people: Sequence[Sequence[Worker]],
    policy: TaskPolicy,
    now_ms: int,
) -> Orders:
    taken = [task for task in open_tasks if task.state in TAKEN]
    if taken and case.reopened:
        return Orders(withdraw=tuple((task, "over") for task in taken))
    if taken:
        return Orders(withdraw=tuple((task, "taken") for task in open_tasks if task not in taken))
    if any(task.state is TaskState.DONE and task.round == case.round for task in tasks):  # its answers came together
        return Orders(withdraw=tuple((task, "taken") for task in open_tasks))
    if case.condition is Condition.CLEARED:
        gone = () if case.kind.life_safety else tuple((task, "cleared") for task in open_tasks)
        return Orders(withdraw=gone)
    if not case.alone:
        return _as_called(case, tasks, people)
    return _call(case, tasks, people, policy, now_ms) if policy.wants(case.kind, case.severity) else Orders()


def rung_out(tasks: Iterable[Task], policy: TaskPolicy, now_ms: int) -> bool:
    """True where the last call has been heard by nobody, and no other follows."""
    waiting = [task for task in tasks if task.state is TaskState.OFFERED]
    rung = all(task.rings >= policy.repeat_max for task in waiting)
    return bool(waiting) and rung and all(now_ms - task.called_ms >= _patience_ms(task, policy) for task in waiting)


def _unanswered(case: Case, open_tasks: list[Task], policy: TaskPolicy, now_ms: int) -> bool:
    """True where lives are at stake, whom the centre sent does not answer, and nobody there sends another."""
    waits = case.alone and case.kind.life_safety and case.condition is Condition.ACTIVE
    sent = [task for task in open_tasks if task.person == case.holder and task.state is TaskState.OFFERED]
    return waits and any(now_ms - task.called_ms >= _patience_ms(task, policy) for task in sent)


def _instead(
    case: Case,
    tasks: Sequence[Task],
    open_tasks: list[Task],
    people: Sequence[Sequence[Worker]],
    policy: TaskPolicy,
    now_ms: int,
) -> Orders:
    """Others are called; the centre's own dispatch stands, and who answers first has it."""
    if any(task.state in TAKEN for task in open_tasks):
        spared = [task for task in open_tasks if task.state is TaskState.OFFERED and task.person != case.holder]
        return Orders(withdraw=tuple((task, "taken") for task in spared))
    return _call(case, tasks, people, policy, now_ms)


def _as_the_centre_says(case: Case, open_tasks: list[Task], people: Sequence[Sequence[Worker]]) -> Orders:
    others = tuple((task, "taken") for task in open_tasks if task.person != case.holder)
    has_it = any(task.person == case.holder for task in open_tasks)
    known = [worker for tier in people for worker in tier if worker.id == case.holder]
    sent = tuple(known) if case.stage is Stage.DISPATCHED and not has_it else ()
    return Orders(withdraw=others, offer=sent)


def _as_called(case: Case, tasks: Sequence[Task], people: Sequence[Sequence[Worker]]) -> Orders:
    """Those whom the centre calls get the task, each once; it sounds again as often as they are called again."""
    of_now = {task.person: task for task in _of_now(case, tasks)}
    known = {worker.id: worker for tier in people for worker in tier}
    new = tuple(known[person] for person, _ in case.called if person in known and person not in of_now)
    again = tuple(
        of_now[person]
        for person, times in case.called
        if person in of_now and of_now[person].state is TaskState.OFFERED and of_now[person].rings + 1 < times
    )
    return Orders(offer=new, ring=again)


def _of_now(case: Case, tasks: Iterable[Task]) -> list[Task]:
    """Those of the present round, and what is still open of an earlier one."""
    return [task for task in tasks if task.round == case.round or task.state in OPEN]


def _call(
    case: Case, tasks: Sequence[Task], people: Sequence[Sequence[Worker]], policy: TaskPolicy, now_ms: int
) -> Orders:
    of_now = _of_now(case, tasks)
    waiting = [task for task in of_now if task.state is TaskState.OFFERED]
    if any(now_ms - task.called_ms < _patience_ms(task, policy) for task in waiting):
        return Orders()
    called = {task.person for task in of_now}
    life = case.kind.life_safety
    for tier in people if life else people[:2]:  # nobody is called off duty for a broken sensor
        if new := [worker for worker in tier if worker.id not in called]:
            return Orders(offer=tuple(new) if life else (new[0],))
    again = [
        task for task in waiting if task.rings < policy.repeat_max and now_ms - task.called_ms >= policy.repeat_s * 1000
    ]
    return Orders(ring=tuple(again))


def _patience_ms(task: Task, policy: TaskPolicy) -> int:
    return 1000 * (policy.accept_s if task.received else policy.receive_s)

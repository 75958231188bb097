"""The way of an incident through the stages, as its log tells it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field

from domain.assessment.records import Entry
from domain.evaluation import Grade
from domain.incidents import Move
from domain.incidents.log_words import CLOCK, ESCALATED, HANDED_OVER


@dataclass(slots=True)
class Life:
    """What the log says so far; who has it is followed move by move."""

    holder: str | None = None
    accepted_ms: int | None = None
    dispatched_ms: int | None = None
    arrived_ms: int | None = None
    fed_back_ms: int | None = None
    verified_ms: int | None = None
    evaluated_ms: int | None = None
    accepted_by: str | None = None
    dispatched_to: str | None = None
    handled_by: str | None = None
    fed_back_by: str | None = None
    verified_by: str | None = None
    closed_by: str | None = None
    voided_by: str | None = None
    void_why: str = ""
    grade: str | None = None
    reopenings: int = 0
    passed_up: int = 0
    escalations: int = 0
    suspensions: int = 0
    handed_over: int = 0
    unsatisfied: int = 0
    returned_by: list[str] = field(default_factory=list)
    reworked_of: list[str] = field(default_factory=list)


def live(log: Iterable[Entry]) -> Life:
    """Entry by entry. A split gives back the life from before the merge, as the flow gives back the stage."""
    life = Life()
    before: list[Life] = []
    for entry in log:
        if entry.what == Move.MERGE:
            before.append(deepcopy(life))
        elif entry.what == Move.SPLIT and before:
            life = before.pop()
        elif (took := _TAKES.get(entry.what)) is not None:
            took(life, entry)
    return life


def _accepted(life: Life, entry: Entry) -> None:
    if entry.from_stage == entry.to_stage:  # one of two that must accept
        return
    life.accepted_ms = entry.at_ms if life.accepted_ms is None else life.accepted_ms
    life.accepted_by = life.holder = entry.actor


def _dispatched(life: Life, entry: Entry) -> None:
    life.dispatched_ms = entry.at_ms if life.dispatched_ms is None else life.dispatched_ms
    life.dispatched_to = life.holder = _to(entry) or entry.actor


def _arrived(life: Life, entry: Entry) -> None:
    life.arrived_ms = entry.at_ms if life.arrived_ms is None else life.arrived_ms


def _fed_back(life: Life, entry: Entry) -> None:
    life.fed_back_ms, life.fed_back_by = entry.at_ms, entry.actor
    life.handled_by = life.holder or entry.actor


def _verified(life: Life, entry: Entry) -> None:
    life.verified_ms, life.verified_by = entry.at_ms, entry.actor


def _closed(life: Life, entry: Entry) -> None:
    life.closed_by = entry.actor


def _void(life: Life, entry: Entry) -> None:
    life.voided_by, life.void_why = entry.actor, entry.reason


def _evaluated(life: Life, entry: Entry) -> None:
    life.grade, life.evaluated_ms = str(entry.detail.get("grade")), entry.at_ms
    life.unsatisfied += life.grade == Grade.UNSATISFIED


def _reworked(life: Life, _entry: Entry) -> None:
    life.reworked_of.append(life.handled_by or "")


def _returned(life: Life, entry: Entry) -> None:
    life.returned_by.append(life.dispatched_to or "")
    life.holder = _to(entry) or life.accepted_by or entry.actor


def _passed_up(life: Life, _entry: Entry) -> None:
    life.passed_up += 1
    life.holder = None


def _reopened(life: Life, _entry: Entry) -> None:
    life.reopenings += 1
    life.holder = None


def _suspended(life: Life, _entry: Entry) -> None:
    life.suspensions += 1


def _handed_over(life: Life, entry: Entry) -> None:
    life.handed_over += 1
    life.holder = _to(entry) or life.holder


def _escalated(life: Life, entry: Entry) -> None:
    life.escalations += entry.actor == CLOCK  # a person passes up, which is counted there


def _to(entry: Entry) -> str | None:
    to = entry.detail.get("to")
    return str(to) if to else None


_TAKES: dict[str, Callable[[Life, Entry], None]] = {
    Move.ACCEPT: _accepted,
    Move.DISPATCH: _dispatched,
    Move.START_HANDLING: _arrived,
    Move.FEED_BACK: _fed_back,
    Move.VERIFY: _verified,
    Move.CLOSE: _closed,
    Move.VOID: _void,
    Move.EVALUATE: _evaluated,
    Move.REWORK: _reworked,
    Move.RETURN: _returned,
    Move.TRANSFER_UP: _passed_up,
    Move.REOPEN: _reopened,
    Move.SUSPEND: _suspended,
    HANDED_OVER: _handed_over,
    ESCALATED: _escalated,
}

"""Shelves ordered from afar, as a table: nothing is shelved before its gateway says so. Pure."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Of one order, as the centre knows it."""

    ORDERED = "ordered"  # on its way; nothing is kept back as far as we know
    IN_FORCE = "in_force"  # the gateway says so
    TAKING_BACK = "taking_back"  # somebody wants it back; the gateway has not said that it is
    TAKEN_BACK = "taken_back"
    ENDED = "ended"  # by its time, or by somebody at the site
    REFUSED = "refused"
    LAPSED = "lapsed"  # its end came before its gateway had it: never executed


class Word(StrEnum):
    """What moves it."""

    IN_FORCE = "in_force"  # these four are the gateway's, protocol.shelf_orders.STATES
    REFUSED = "refused"
    LATE = "late"
    ENDED = "ended"
    TAKE_BACK = "take_back"  # a person's
    TIME = "time"  # its end has come


_BY_GATEWAY = {
    Word.IN_FORCE: State.IN_FORCE, Word.REFUSED: State.REFUSED, Word.LATE: State.LAPSED, Word.ENDED: State.ENDED,
}  # fmt: skip
MOVES: dict[tuple[State, Word], State] = {
    **{(State.ORDERED, word): state for word, state in _BY_GATEWAY.items()},
    (State.ORDERED, Word.TAKE_BACK): State.TAKING_BACK,  # the gateway may have it already
    (State.ORDERED, Word.TIME): State.LAPSED,
    (State.IN_FORCE, Word.ENDED): State.ENDED,
    (State.IN_FORCE, Word.TAKE_BACK): State.TAKING_BACK,
    (State.IN_FORCE, Word.TIME): State.ENDED,
    (State.TAKING_BACK, Word.ENDED): State.TAKEN_BACK,
    (State.TAKING_BACK, Word.REFUSED): State.REFUSED,
    (State.TAKING_BACK, Word.LATE): State.LAPSED,
    (State.TAKING_BACK, Word.TIME): State.ENDED,
    # an older backup of the gateway is back: what it holds counts, whatever we had believed
    (State.ENDED, Word.IN_FORCE): State.IN_FORCE,
    (State.TAKEN_BACK, Word.IN_FORCE): State.TAKING_BACK,
    (State.REFUSED, Word.IN_FORCE): State.IN_FORCE,
}
OPEN = frozenset({State.ORDERED, State.IN_FORCE, State.TAKING_BACK})  # stand in the list of the centre


def left_ms(until_ms: int, for_ms: int | None, told_ms: int | None) -> int | None:
    """At most how long an order still holds, whatever the clock of its gateway says; None: its list does not tell.

    `for_ms`: as long as was ordered; `told_ms`: the clock of the centre when it sent the list, or earlier than now.
    """
    known = [for_ms, None if told_ms is None else until_ms - told_ms]
    return min((ms for ms in known if ms is not None), default=None)


def moved(state: State, word: Word) -> State:
    """What it is after that; what a state has no answer to changes nothing."""
    return MOVES.get((state, word), state)


def seen(state: State, until_ms: int, now_ms: int) -> State:
    """As it is at this moment: an end needs nobody who tells of it."""
    return moved(state, Word.TIME) if now_ms >= until_ms else state

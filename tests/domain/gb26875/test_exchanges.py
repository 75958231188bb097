"""Asking a device: one at a time, again after ten seconds or a refusal, three times, every pair of the table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.gb26875.exchanges import (
    MAX_WAITING,
    PHASES,
    RESENDS,
    TIMEOUT_S,
    Event,
    Exchanges,
    IllegalStep,
    Order,
    Outcome,
    Phase,
)
from domain.gb26875.frames import Command, Frame

DUTY = Order(id=7, command=Command.CONTROL, data=b"\x5b\x01\x0a")
READ = Order(id=8, command=Command.REQUEST, data=b"\x51\x01\x00")


def due(exchanges: Exchanges, now_s: float) -> Frame | Outcome | None:
    """At a moment."""
    return exchanges.due(now_s, source=1, target=2, time=bytes(6), version=b"\x01\x01")


def sent(exchanges: Exchanges, now_s: float) -> Frame:
    """The frame that is due."""
    frame = due(exchanges, now_s)
    assert isinstance(frame, Frame)
    return frame


def test_asked_and_answered() -> None:
    """One after the other; the answer to a request brings its data."""
    exchanges = Exchanges(first_serial=0xFFFF)
    exchanges.add(DUTY)
    exchanges.add(READ)
    first = sent(exchanges, 0)

    assert (first.serial, first.command, first.data, first.source, first.target) == (0xFFFF, 1, DUTY.data, 1, 2)
    assert due(exchanges, 5) is None
    assert exchanges.hear(replace(first, serial=3, command=Command.CONFIRM)) is None
    assert exchanges.hear(replace(first, command=Command.ANSWER)) is None
    assert exchanges.hear(replace(first, command=Command.CONFIRM, data=b"")) == Outcome(id=7, phase=Phase.DONE)
    second = sent(exchanges, 6)
    assert second.serial == 0
    assert exchanges.hear(replace(second, command=Command.ANSWER, data=b"x")) == Outcome(
        id=8, phase=Phase.DONE, data=b"x"
    )
    assert (due(exchanges, 100), exchanges.hear(second)) == (None, None)


def test_three_repetitions_then_failed() -> None:
    """The same frame each time, ten seconds apart."""
    exchanges = Exchanges()
    exchanges.add(DUTY)
    frames = [sent(exchanges, n * TIMEOUT_S) for n in range(1 + RESENDS)]

    assert frames == [frames[0]] * 4
    assert due(exchanges, 39.9) is None
    assert due(exchanges, 40) == Outcome(id=7, phase=Phase.FAILED)


def test_a_refusal_is_answered_by_the_same_frame_at_once() -> None:
    """And the fourth refusal is the end."""
    exchanges = Exchanges()
    exchanges.add(DUTY)
    frame = sent(exchanges, 0)
    for _ in range(RESENDS):
        assert exchanges.hear(replace(frame, command=Command.DENY)) is None
        assert sent(exchanges, 0.1) == frame

    assert exchanges.hear(replace(frame, command=Command.DENY)) == Outcome(id=7, phase=Phase.DENIED)


def test_a_late_answer_counts() -> None:
    """It came after the time-out and before the repetition."""
    exchanges = Exchanges()
    exchanges.add(DUTY)
    frame = sent(exchanges, 0)
    exchanges.hear(replace(frame, command=Command.DENY))

    assert exchanges.phase is Phase.AGAIN
    assert exchanges.hear(replace(frame, command=Command.CONFIRM, data=b"")) == Outcome(id=7, phase=Phase.DONE)


def test_a_bounded_queue() -> None:
    """Whoever asks too much is told."""
    exchanges = Exchanges()
    for _ in range(MAX_WAITING):
        exchanges.add(DUTY)

    with pytest.raises(ValueError, match="wait until"):
        exchanges.add(DUTY)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("event", Event)
def test_every_pair_of_the_table(phase: Phase, event: Event) -> None:
    """An illegal one raises, names both sides and changes nothing."""
    exchanges = Exchanges()
    exchanges._phase = phase
    if (phase, event) in PHASES:
        exchanges._move(event)
        assert exchanges.phase is PHASES[phase, event]
        return
    with pytest.raises(IllegalStep, match=f"{phase}.*{event}"):
        exchanges._move(event)
    assert exchanges.phase is phase

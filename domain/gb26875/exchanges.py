"""What the centre asks of one transmission device: one exchange at a time, sent again until answered. Pure.

Clause 6.4: a time-out of at most 10 s, three repetitions, then the communication has failed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from domain.gb26875.frames import Command, Frame

TIMEOUT_S = 10.0
RESENDS = 3
MAX_WAITING = 16  # orders of one device


class Phase(StrEnum):
    """Where an exchange is."""

    OPEN = "open"  # sent, nothing came back
    AGAIN = "again"  # to be sent once more
    DONE = "done"
    FAILED = "failed"  # never answered
    DENIED = "denied"  # answered, every time, that it was not understood


class Event(StrEnum):
    """What happens to it."""

    SENT = "sent"
    ANSWERED = "answered"
    LATE = "late"
    REFUSED = "refused"
    LAST_LATE = "last_late"  # late, and it was the last try
    LAST_REFUSED = "last_refused"


PHASES: dict[tuple[Phase, Event], Phase] = {
    (Phase.OPEN, Event.ANSWERED): Phase.DONE,
    (Phase.OPEN, Event.LATE): Phase.AGAIN,
    (Phase.OPEN, Event.REFUSED): Phase.AGAIN,
    (Phase.OPEN, Event.LAST_LATE): Phase.FAILED,
    (Phase.OPEN, Event.LAST_REFUSED): Phase.DENIED,
    (Phase.AGAIN, Event.SENT): Phase.OPEN,
    (Phase.AGAIN, Event.ANSWERED): Phase.DONE,  # the answer to the try before
}
_ANSWERS = {Command.CONTROL: Command.CONFIRM, Command.REQUEST: Command.ANSWER}


class IllegalStep(Exception):
    """The pair is not in the table; nothing has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to ask; `id` comes back with the outcome."""

    id: int
    command: Command
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an order; `data` of an answer."""

    id: int
    phase: Phase
    data: bytes = b""


class Exchanges:
    """The orders of one device, in order."""

    def __init__(self, first_serial: int = 0) -> None:
        self._serial = first_serial
        self._waiting: deque[Order] = deque()
        self._order: Order | None = None
        self._frame: Frame | None = None
        self._phase = Phase.DONE
        self._tries = 0
        self._sent_s = 0.0

    @property
    def phase(self) -> Phase:
        """Of the exchange that runs, or of the last one."""
        return self._phase

    @property
    def is_full(self) -> bool:
        """True where no more orders are taken."""
        return len(self._waiting) >= MAX_WAITING

    def add(self, order: Order) -> None:
        """Ask as soon as those before it are through. ValueError where too many wait."""
        if self.is_full:
            raise ValueError(f"{MAX_WAITING} orders wait for this device already; wait until it has answered")
        self._waiting.append(order)

    def due(self, now_s: float, *, source: int, target: int, time: bytes, version: bytes) -> Frame | Outcome | None:
        """A frame to send now, or the outcome of an order that ended by waiting; monotonic seconds."""
        if self._order is None:
            if not self._waiting:
                return None
            self._order = self._waiting.popleft()
            self._phase, self._tries = Phase.AGAIN, 0
            self._frame = Frame(
                serial=self._serial, command=self._order.command, source=source, target=target, time=time,
                version=version, data=self._order.data,
            )  # fmt: skip
            self._serial = (self._serial + 1) % 0x10000
        if self._phase is Phase.OPEN and now_s - self._sent_s >= TIMEOUT_S:
            outcome = self._move(Event.LATE if self._tries <= RESENDS else Event.LAST_LATE)
            if outcome is not None:
                return outcome
        return self._send(now_s) if self._phase is Phase.AGAIN else None

    def hear(self, frame: Frame) -> Outcome | None:
        """The outcome where this frame answers the exchange that runs; anything else is not ours."""
        order, sent = self._order, self._frame
        if order is None or sent is None or frame.serial != sent.serial:
            return None
        if frame.command == _ANSWERS[order.command]:
            return self._move(Event.ANSWERED, frame.data)
        if frame.command == Command.DENY and self._phase is Phase.OPEN:
            return self._move(Event.REFUSED if self._tries <= RESENDS else Event.LAST_REFUSED)
        return None

    def _send(self, now_s: float) -> Frame | None:
        self._move(Event.SENT)
        self._tries += 1
        self._sent_s = now_s
        return self._frame

    def _move(self, event: Event, data: bytes = b"") -> Outcome | None:
        if (self._phase, event) not in PHASES:
            raise IllegalStep(f"an exchange that is {self._phase} cannot be {event}")
        self._phase = PHASES[self._phase, event]
        if self._order is None or self._phase in (Phase.OPEN, Phase.AGAIN):
            return None
        outcome = Outcome(id=self._order.id, phase=self._phase, data=data)
        self._order = None
        return outcome

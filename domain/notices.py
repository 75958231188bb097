"""When and how people are told: states of a notice, what is still worth saying, back-off, quiet hours, storms. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.incidents import OVER, WORKED, Stage
from domain.shifts import DAY_MIN, Shift


class NoticeState(StrEnum):
    """Where one notice to one person by one channel is."""

    OWED = "owed"
    SENT = "sent"  # the next hand has it: a mail server, a gateway; nobody says that a person has seen it
    DELIVERED = "delivered"  # the person's own page or terminal has it
    FAILED = "failed"  # the last attempt; it is tried again
    GIVEN_UP = "given_up"  # nobody tries any more; somebody should mend it
    WITHDRAWN = "withdrawn"  # there is nothing left to say, or nobody to say it to


class NoticeEvent(StrEnum):
    """What happens to a notice."""

    SEND = "send"
    DELIVER = "deliver"
    FAIL = "fail"
    GIVE_UP = "give_up"
    WITHDRAW = "withdraw"


_S, _E = NoticeState, NoticeEvent
WAITING = (_S.OWED, _S.FAILED)
# Everything that may happen to a notice. A pair that is not here is refused and changes nothing.
NOTICE_MOVES: dict[tuple[NoticeState, NoticeEvent], NoticeState] = {
    **{(state, _E.SEND): _S.SENT for state in WAITING},
    **{(state, _E.DELIVER): _S.DELIVERED for state in (*WAITING, _S.SENT, _S.GIVEN_UP)},  # late is better than never
    **{(state, _E.FAIL): _S.FAILED for state in (*WAITING, _S.SENT)},
    **{(state, _E.GIVE_UP): _S.GIVEN_UP for state in (*WAITING, _S.SENT)},
    **{(state, _E.WITHDRAW): _S.WITHDRAWN for state in (*WAITING, _S.SENT)},  # a gateway takes back what it has
}


class IllegalNoticeMove(Exception):
    """The pair is not in the table; nothing has changed."""


def move_notice(state: NoticeState, event: NoticeEvent) -> NoticeState:
    """The state after an event. Raises IllegalNoticeMove."""
    if (state, event) not in NOTICE_MOVES:
        raise IllegalNoticeMove(f"cannot {event} a notice that is {state}")
    return NOTICE_MOVES[state, event]


# What a step asks for, and at which stages that is still asked; of every other step: until the incident is over.
_ASKS = frozenset({"placed", "escalate", "repeat", "again", "call", "transfer_up", "shift"})  # somebody must take it
_OF_ACCEPTANCE = frozenset({"yellow:accept", "red:accept", "supervise:accept"})


def worth_saying(step: str, stage: Stage) -> bool:
    """False where somebody has done meanwhile what the notice asks for: an acknowledgement stops every call."""
    name = step.partition(":")[0]
    if name in _ASKS or step in _OF_ACCEPTANCE:
        return stage is Stage.REPORTED
    if name == "chase":
        return stage in WORKED
    if name in ("dispatch", "rework"):
        return stage in (Stage.DISPATCHED, Stage.HANDLING)
    if name == "return":
        return stage is Stage.ACCEPTED
    return name == "moved" or stage not in OVER  # who passed it on also hears how it ended


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePolicy:
    """How hard we try. Defaults of ours; no law names figures."""

    first_s: int = 5  # after the first failure, then twice as long each time
    most_s: int = 900
    life_most_s: int = 60  # where lives are at stake
    jitter: float = 0.2  # so that a server that comes back is not hit by all at once
    give_up_s: int = 86_400
    receive_s: int = 120  # a terminal that has not taken a notice by then has failed; it still may
    storm_free: int = 3  # messages to one person by one channel ...
    storm_s: int = 60  # ... in this time; what is more becomes one message

    def __post_init__(self) -> None:
        for name in ("first_s", "most_s", "life_most_s", "give_up_s", "receive_s", "storm_free", "storm_s"):
            if not 1 <= getattr(self, name) <= 30 * 86_400:
                raise ValueError(f"{name} must be from 1 to {30 * 86_400}")
        if not 0 <= self.jitter <= 0.5:
            raise ValueError("jitter must be from 0 to 0.5")


def backoff_ms(policy: NoticePolicy, attempts: int, *, grave: bool, draw: float) -> int:
    """How long to wait after that many attempts; `draw` from 0 to 1 spreads it by the jitter."""
    most_s = policy.life_most_s if grave else policy.most_s
    wait_s: int = min(most_s, policy.first_s << min(max(attempts - 1, 0), 20))
    return round(1000 * wait_s * (1 + policy.jitter * (2 * draw - 1)))


def quiet_until_ms(quiet: Shift | None, at_ms: int, utc_offset_min: int) -> int:
    """When the quiet hours end that run now; `at_ms` itself where none do."""
    if quiet is None:
        return at_ms
    minutes, rest_ms = divmod(at_ms, 60_000)
    minute = (minutes + utc_offset_min) % DAY_MIN
    if not quiet.covers(minute):
        return at_ms
    left = (quiet.end_min - minute) % DAY_MIN or DAY_MIN
    return at_ms - rest_ms + left * 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One notice that is to go to one person by one channel."""

    id: int
    grave: bool  # lives may be at stake: domain.incidents.is_grave


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Each of `alone` is a message of its own, `digest` is one together, `held` waits until `held_until_ms`."""

    alone: tuple[int, ...] = ()
    digest: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    held_until_ms: int = 0


def gather(waiting: Sequence[Waiting], said_ms: Sequence[int], policy: NoticePolicy, now_ms: int) -> Gathered:
    """What one person hears now. `said_ms`: when the messages of the last `storm_s` went, without what is grave.

    What is grave is never held and never in a digest. Of the rest, at most `storm_free` messages in any `storm_s`.
    """
    life = tuple(notice.id for notice in waiting if notice.grave)
    rest = tuple(notice.id for notice in waiting if not notice.grave)
    recent = sorted(at_ms for at_ms in said_ms if now_ms - policy.storm_s * 1000 < at_ms <= now_ms)
    room = policy.storm_free - len(recent)
    if room <= 0 and rest:
        until_ms = recent[-policy.storm_free] + policy.storm_s * 1000
        return Gathered(alone=life, held=rest, held_until_ms=until_ms)
    if len(rest) <= room:
        return Gathered(alone=life + rest)
    return Gathered(alone=life, digest=rest)

"""The states of an alarm after ISA-18.2 / IEC 62682, as a table. Whether an incident is active follows from them."""

from __future__ import annotations

from enum import StrEnum


class AlarmState(StrEnum):
    """What an alarm is to its operator; the letters are those of ISA-18.2."""

    NORM = "norm"  # A: nothing speaks
    UNACK = "unack"  # B: it speaks, nobody has said that he knows
    ACKED = "acked"  # C: it speaks, somebody knows
    RTNUN = "rtnun"  # D: it was over before anybody knew
    LATCH_UNACK = "latch_unack"  # over, but held until a person resets it; nobody knows
    LATCH_ACK = "latch_ack"  # over, held until a person resets it; somebody knows
    SHLVD = "shlvd"  # E: set aside by a person, for a time
    DSUPR = "dsupr"  # F: suppressed by design: a rule of the system says that it means nothing now
    OOSRV = "oosrv"  # G: taken out of service by a person

    @property
    def active(self) -> bool:
        """True where its incident is active."""
        return self in ACTIVE

    @property
    def quiet(self) -> bool:
        """True where it is kept from people on purpose."""
        return self in QUIET


ACTIVE = frozenset({AlarmState.UNACK, AlarmState.ACKED, AlarmState.LATCH_UNACK, AlarmState.LATCH_ACK})
QUIET = frozenset({AlarmState.SHLVD, AlarmState.DSUPR, AlarmState.OOSRV})


class AlarmEvent(StrEnum):
    """What may happen to an alarm."""

    ALARM = "alarm"  # its rules speak
    WORSE = "worse"  # they speak at a higher severity than anybody was told
    RETURN = "return"  # they are quiet again
    LATCH = "latch"  # they are quiet again, and the rule wants a person to see to it
    RESET = "reset"  # that person has
    ACK = "ack"  # a person says that he knows
    UNACK = "unack"  # he takes it back
    SHELVE = "shelve"
    SUPPRESS = "suppress"
    REMOVE = "remove"  # out of service
    RELEASE = "release"  # shelving, suppression or repair ends, and nothing speaks
    RELEASE_ALARM = "release_alarm"  # it ends by itself, and the rules speak: news
    RELEASE_KNOWN = "release_known"  # a person ends it by hand, and the rules speak: he knows


_S, _E = AlarmState, AlarmEvent
_VISIBLE = tuple(state for state in AlarmState if state not in QUIET)

# Everything that may happen. A pair that is not here is refused and changes nothing.
# Unshelved by hand is acknowledged, by time it is not: ISA-18.2, 11.7.3.
MOVES: dict[tuple[AlarmState, AlarmEvent], AlarmState] = {
    (_S.NORM, _E.ALARM): _S.UNACK,
    (_S.UNACK, _E.ACK): _S.ACKED,
    (_S.UNACK, _E.WORSE): _S.UNACK,
    (_S.UNACK, _E.RETURN): _S.RTNUN,
    (_S.UNACK, _E.LATCH): _S.LATCH_UNACK,
    (_S.ACKED, _E.UNACK): _S.UNACK,
    (_S.ACKED, _E.WORSE): _S.UNACK,
    (_S.ACKED, _E.RETURN): _S.NORM,
    (_S.ACKED, _E.LATCH): _S.LATCH_ACK,
    (_S.RTNUN, _E.ACK): _S.NORM,
    (_S.RTNUN, _E.ALARM): _S.UNACK,
    (_S.LATCH_UNACK, _E.ACK): _S.LATCH_ACK,
    (_S.LATCH_UNACK, _E.ALARM): _S.UNACK,
    (_S.LATCH_UNACK, _E.RESET): _S.NORM,  # who resets it has seen it
    (_S.LATCH_ACK, _E.UNACK): _S.LATCH_UNACK,
    (_S.LATCH_ACK, _E.ALARM): _S.UNACK,
    (_S.LATCH_ACK, _E.RESET): _S.NORM,
    **{(state, _E.SHELVE): _S.SHLVD for state in _VISIBLE},
    **{(state, _E.SUPPRESS): _S.DSUPR for state in _VISIBLE},
    **{(state, _E.REMOVE): _S.OOSRV for state in _VISIBLE},
    **{(state, _E.RELEASE): _S.NORM for state in QUIET},
    **{(state, _E.RELEASE_ALARM): _S.UNACK for state in QUIET},
    **{(state, _E.RELEASE_KNOWN): _S.ACKED for state in (_S.SHLVD, _S.OOSRV)},
    (_S.DSUPR, _E.SHELVE): _S.SHLVD,
    (_S.DSUPR, _E.REMOVE): _S.OOSRV,
    (_S.SHLVD, _E.REMOVE): _S.OOSRV,
}


class IllegalAlarmMove(Exception):
    """The pair is not in the table; nothing has changed. Names both sides and what would be legal."""

    def __init__(self, state: AlarmState, event: AlarmEvent) -> None:
        legal = ", ".join(known for at, known in MOVES if at is state)
        super().__init__(f"cannot {event} an alarm that is {state}; legal here: {legal}")
        self.state = state
        self.event = event


def move(state: AlarmState, event: AlarmEvent) -> AlarmState:
    """The state after an event. Raises IllegalAlarmMove."""
    if (state, event) not in MOVES:
        raise IllegalAlarmMove(state, event)
    return MOVES[state, event]

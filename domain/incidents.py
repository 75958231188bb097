"""What may happen to an incident: its condition (the gateway's truth) and its stage (the cloud's truth), as tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is, rising. A fire with one signal is major (疑似火警), a confirmed one critical (确认火警)."""

    WARNING = "warning"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the mildest; comparable."""
        return _RISING.index(self)


_RISING = tuple(Severity)


class Kind(StrEnum):
    """What an incident is about."""

    FIRE = "fire"
    ENTRAPMENT = "entrapment"  # 困人: people cannot leave a lift
    SOS = "sos"  # a worker calls for help
    ENDPOINT_OFFLINE = "endpoint_offline"
    SENSOR_FAULT = "sensor_fault"
    SITE_LINK_DOWN = "site_link_down"
    WATER_PRESSURE = "water_pressure"  # fire water: hydrant or sprinkler
    ESCAPE_DOOR = "escape_door"  # an escape door stands open
    EXTINGUISHER = "extinguisher"  # one was taken away
    TAMPER = "tamper"  # a housing is open
    POWER = "power"  # mains power is gone
    LIFT_FAULT = "lift_fault"  # the lift itself: trips, vibration, heat
    LIFT_ALARM_BUTTON = "lift_alarm_button"  # somebody in the car calls, and entrapment is not judged yet
    CAMERA_FAULT = "camera_fault"  # no picture that can be trusted
    INTRUSION = "intrusion"  # somebody is where nobody may be
    BATTERY = "battery"  # nearly empty
    FACILITY_FAULT = "facility_fault"  # of foreign panels: 故障, 屏蔽, 监管, 电源
    ENDPOINTS_OFFLINE = (
        "endpoints_offline"  # many at once: a switch, a power circuit; their own incidents are its children
    )
    ALARM_FLOOD = "alarm_flood"  # too many at once to be read one by one; its members are kept
    UPDATE_FAILED = "update_failed"  # software of an endpoint or of the gateway
    CERTIFICATE = "certificate"  # near its end, or its renewal failed
    GATEWAY_FAULT = "gateway_fault"  # disk, clock, database of the gateway
    GATEWAY_OFFLINE = "gateway_offline"  # raised by the cloud itself
    # what people tell: workers, callers, the hotline; never a gateway. Finer matters: cloud/config/matters.toml
    HAZARD = "hazard"  # 安全隐患
    ENVIRONMENT = "environment"  # 市容环境
    PUBLIC_ORDER = "public_order"  # 治安
    PUBLIC_FACILITY = "public_facility"  # 公共设施
    DISPUTE = "dispute"  # 矛盾纠纷
    SERVICE = "service"  # 民生服务

    @property
    def of_people(self) -> bool:
        """True where no sensor can tell it: only people report it."""
        return self in _OF_PEOPLE

    @property
    def life_safety(self) -> bool:
        """True where people may die: never delayed, never grouped away, pages at any hour."""
        return self in (Kind.FIRE, Kind.ENTRAPMENT, Kind.SOS)

    @property
    def spreads(self) -> bool:
        """True where one more place nearby is the same incident: a fire. Two lifts are two rescues."""
        return self is Kind.FIRE


_OF_PEOPLE = frozenset(
    {Kind.HAZARD, Kind.ENVIRONMENT, Kind.PUBLIC_ORDER, Kind.PUBLIC_FACILITY, Kind.DISPUTE, Kind.SERVICE}
)


class Condition(StrEnum):
    """Whether the cause is still there."""

    ACTIVE = "active"
    CLEARED = "cleared"


class ConditionEvent(StrEnum):
    """What a revision from the gateway does to the condition."""

    RAISED = "raised"
    CHANGED = "changed"  # other severity, signals or evidence; the condition stays what it is
    CLEARED = "cleared"


class Stage(StrEnum):
    """Where people are with it: 上报 受理 派遣 反馈 核查 结案 (domain documents, flow of an incident)."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    FED_BACK = "fed_back"
    VERIFIED = "verified"
    CLOSED = "closed"


class Move(StrEnum):
    """What a person does to an incident."""

    ACCEPT = "accept"
    DISPATCH = "dispatch"
    FEED_BACK = "feed_back"
    VERIFY = "verify"
    CLOSE = "close"
    REWORK = "rework"  # 返工: verified on the spot and not solved
    RETURN = "return"  # 退单: wrongly dispatched
    REOPEN = "reopen"


# Everything that may happen to a condition. A pair that is not here is refused and changes nothing.
CONDITION_MOVES: dict[tuple[Condition, ConditionEvent], Condition] = {
    (Condition.ACTIVE, ConditionEvent.CHANGED): Condition.ACTIVE,
    (Condition.ACTIVE, ConditionEvent.CLEARED): Condition.CLEARED,
    (Condition.CLEARED, ConditionEvent.RAISED): Condition.ACTIVE,
    (Condition.CLEARED, ConditionEvent.CHANGED): Condition.CLEARED,
}

# Everything people may do, the sensible move of a stage first. A pair that is not here is refused and changes nothing.
STAGE_MOVES: dict[tuple[Stage, Move], Stage] = {
    (Stage.REPORTED, Move.ACCEPT): Stage.ACCEPTED,
    (Stage.ACCEPTED, Move.DISPATCH): Stage.DISPATCHED,
    (Stage.ACCEPTED, Move.FEED_BACK): Stage.FED_BACK,  # 自巡自办: who accepted it also solved it
    (Stage.DISPATCHED, Move.FEED_BACK): Stage.FED_BACK,
    (Stage.DISPATCHED, Move.RETURN): Stage.ACCEPTED,
    (Stage.FED_BACK, Move.VERIFY): Stage.VERIFIED,
    (Stage.FED_BACK, Move.REWORK): Stage.DISPATCHED,
    (Stage.FED_BACK, Move.REOPEN): Stage.REPORTED,  # active again after it was said to be over
    (Stage.VERIFIED, Move.CLOSE): Stage.CLOSED,
    (Stage.VERIFIED, Move.REOPEN): Stage.REPORTED,
    (Stage.CLOSED, Move.REOPEN): Stage.REPORTED,
}

# Hand-overs are recorded, nobody can silently pass it on (首问责任制)
NEEDS_REASON = frozenset({Move.REWORK, Move.RETURN, Move.REOPEN})


class IncidentError(Exception):
    """Base of everything this module refuses; nothing has changed."""


class IllegalMove(IncidentError):
    """The pair is not in the table. Names both sides and what would be legal."""

    def __init__(self, state: StrEnum, event: StrEnum, legal: tuple[StrEnum, ...]) -> None:
        super().__init__(f"cannot {event} an incident that is {state}; legal here: {', '.join(legal) or 'nothing'}")
        self.state = state
        self.event = event
        self.legal = legal


class StillActive(IncidentError):
    """Closing would hide a cause that is still there."""

    def __init__(self, members: tuple[str, ...]) -> None:
        super().__init__(f"cannot close: the condition is still active in {', '.join(members)}; wait until it clears")
        self.members = members


class ReasonMissing(IncidentError):
    """This move is only accepted with a reason."""

    def __init__(self, move: Move) -> None:
        super().__init__(f"{move} needs a reason: say why in a few words")
        self.move = move


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What one message of the gateway says about the condition of an incident."""

    number: int
    condition: Condition
    severity: Severity


def move_condition(condition: Condition, event: ConditionEvent) -> Condition:
    """The condition after an event. Raises IllegalMove."""
    if (condition, event) not in CONDITION_MOVES:
        raise IllegalMove(condition, event, tuple(e for c, e in CONDITION_MOVES if c is condition))
    return CONDITION_MOVES[condition, event]


def event_between(before: Condition, after: Condition) -> ConditionEvent:
    """The event that leads from one condition to the other."""
    if before is after:
        return ConditionEvent.CHANGED
    return ConditionEvent.RAISED if after is Condition.ACTIVE else ConditionEvent.CLEARED


def apply_revision(known: Revision | None, news: Revision) -> tuple[Revision, ConditionEvent | None]:
    """What is known after a message, in whatever order and however often messages come.

    Only a higher revision changes anything; otherwise the event is None.
    """
    if known is None:
        return news, ConditionEvent.RAISED
    if news.number <= known.number:
        return known, None
    event = event_between(known.condition, news.condition)
    move_condition(known.condition, event)
    return news, event


def move_stage(stage: Stage, move: Move, *, condition: Condition, reason: str = "") -> Stage:
    """The stage after a person's move. Raises IllegalMove, StillActive or ReasonMissing."""
    if (stage, move) not in STAGE_MOVES:
        raise IllegalMove(stage, move, legal_moves(stage, condition))
    if move is Move.CLOSE and condition is Condition.ACTIVE:
        raise StillActive(("this incident",))
    if move in NEEDS_REASON and not reason.strip():
        raise ReasonMissing(move)
    return STAGE_MOVES[stage, move]


def legal_moves(stage: Stage, condition: Condition) -> tuple[Move, ...]:
    """What a person may do now, the sensible move first; closing only when the cause is gone."""
    moves = (move for at, move in STAGE_MOVES if at is stage)
    return tuple(move for move in moves if not (move is Move.CLOSE and condition is Condition.ACTIVE))


def reopens(stage: Stage, event: ConditionEvent | None) -> bool:
    """True where a raise comes after people thought it was over: then it goes back to the start, never hidden."""
    return event is ConditionEvent.RAISED and stage in (Stage.FED_BACK, Stage.VERIFIED, Stage.CLOSED)

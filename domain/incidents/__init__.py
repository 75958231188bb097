"""What may happen to an incident: its condition (the gateway's truth) and its stage (the cloud's truth), as tables."""

from __future__ import annotations

from domain.incidents.condition import (
    CONDITION_MOVES,
    Condition,
    ConditionEvent,
    Revision,
    apply_revision,
    event_between,
    move_condition,
)
from domain.incidents.kinds import SITE_AWAY, Kind, Severity, is_grave
from domain.incidents.moving import Standing, move_stage, moves_at, reopens
from domain.incidents.refusals import IllegalMove, IncidentError, InDanger, NotPaused, ReasonMissing, StillActive
from domain.incidents.stages import (
    BESIDE,
    JOINABLE,
    NEEDS_REASON,
    NEVER_IN_DANGER,
    OVER,
    STAGE_MOVES,
    WORKED,
    Move,
    Stage,
)

__all__ = [
    "BESIDE",
    "CONDITION_MOVES",
    "JOINABLE",
    "NEEDS_REASON",
    "NEVER_IN_DANGER",
    "OVER",
    "SITE_AWAY",
    "STAGE_MOVES",
    "WORKED",
    "Condition",
    "ConditionEvent",
    "IllegalMove",
    "InDanger",
    "IncidentError",
    "Kind",
    "Move",
    "NotPaused",
    "ReasonMissing",
    "Revision",
    "Severity",
    "Stage",
    "Standing",
    "StillActive",
    "apply_revision",
    "event_between",
    "is_grave",
    "move_condition",
    "move_stage",
    "moves_at",
    "reopens",
]

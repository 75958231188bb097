"""An incident as the tables see it."""

from __future__ import annotations

from cloud.store.models import Incident
from domain.incidents import Condition, Standing, is_grave


def standing(incident: Incident) -> Standing:
    """What decides, beside the stage, what may be done with it."""
    return Standing(
        condition=Condition(incident.condition),
        grave=is_grave(incident.kind, incident.severity),
        paused=incident.paused_at_ms is not None,
    )

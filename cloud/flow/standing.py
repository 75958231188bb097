"""An incident as the tables see it."""

from __future__ import annotations

from cloud.store.models import Incident
from domain.incidents import Condition, Kind, Standing


def standing(incident: Incident) -> Standing:
    """What decides, beside the stage, what may be done with it."""
    return Standing(
        condition=Condition(incident.condition),
        life_safety=Kind(incident.kind).life_safety,
        paused=incident.paused_at_ms is not None,
    )

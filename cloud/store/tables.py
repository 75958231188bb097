"""Every table of the centre: whoever needs all of them asks here. A new module of tables is named here once."""

from __future__ import annotations

from cloud.store import (
    models,  # noqa: F401
    models_assessment,  # noqa: F401
    models_clocks,  # noqa: F401
    models_equipment,  # noqa: F401
    models_flow,  # noqa: F401
    models_history,  # noqa: F401
    models_maintenance,  # noqa: F401
    models_notices,  # noqa: F401
    models_people,  # noqa: F401
    models_photos,  # noqa: F401
    models_pictures,  # noqa: F401
    models_plans,  # noqa: F401
    models_preferences,  # noqa: F401
    models_presence,  # noqa: F401
    models_review,  # noqa: F401
    models_sources,  # noqa: F401
    models_trust,  # noqa: F401
    models_workers,  # noqa: F401
)
from cloud.store.base import Base

METADATA = Base.metadata

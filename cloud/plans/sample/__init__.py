"""The sample district, computed: a street of 18 communities, 140 grids and their people. All names are invented."""

from __future__ import annotations

from cloud.plan.sections import Document
from cloud.plans.sample import ground, people, things

WHY = "sample district 示例辖区"


def district() -> dict[str, Document]:
    """section -> document; the same at every call."""
    grids = ground.grids()
    return {
        "areas": ground.document(grids),
        "people": people.document(grids),
        "departments": people.departments(),
        "facilities": things.document(grids),
    }

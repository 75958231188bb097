"""In which order the board lists what is open."""

from __future__ import annotations

from cloud.board.views import IncidentRow
from domain.incidents import Severity, Stage, is_grave

FAR_MS = 1 << 62


def urgency(row: IncidentRow) -> tuple[bool, int, bool, bool, int, str]:
    """Lives first: the worst, then those nobody has. Then what is critical; then what is due first."""
    rank = -Severity(row.severity).rank if row.life_safety else 0
    taken = row.life_safety and row.stage != Stage.REPORTED
    return (not row.life_safety, rank, taken, not is_grave(row.kind, row.severity), row.deadline_ms or FAR_MS, row.id)

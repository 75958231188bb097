"""Whose duty somebody sees: his own areas, and those above them, because there he has to call."""

from __future__ import annotations

from collections.abc import Iterable

from cloud.people.views import DutyRow
from cloud.trust.door import Caller
from domain.grids import AreaTree


def seen_duty(rows: Iterable[DutyRow], caller: Caller, areas: AreaTree) -> tuple[DutyRow, ...]:
    """What is at or below one's areas, and their chain upwards with its departments."""
    mine = {grant.area for grant in caller.principal.grants if grant.area and areas.has(grant.area)}
    above = {area.code for one in mine for area in areas.chain(one)}
    return tuple(row for row in rows if row.code in above or caller.sees(row.code))

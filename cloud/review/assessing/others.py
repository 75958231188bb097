"""Matters that a line or a sensor told of and a patrol could have seen: whose they were, by place and duty. (漏报)"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from cloud.review.assessing.counts import Within
from cloud.review.assessing.patrols import WALKS, Rosters, Spans, away_at
from cloud.review.assessing.rules import F, Ground, others_told
from cloud.store.models_review import CaseArea
from domain.assessment.indicators import Tally
from domain.grids import AreaTree


@dataclass(slots=True)
class ByOthers:
    """Of one person: matters of his grid that others told while he had duty; incident ids."""

    seen: set[str] = field(default_factory=set)  # a worker of the grid was first
    missed: set[str] = field(default_factory=set)
    spared: set[str] = field(default_factory=set)  # he was away

    def missed_reports(self) -> Tally:
        """As the indicator counts it."""
        return Tally(hits=len(self.missed), of=len(self.missed) + len(self.seen), spared=len(self.spared))

    def not_first(self) -> Tally:
        """What takes part in first reports: matters that were not first told by the grid."""
        return Tally(of=len(self.missed), spared=len(self.spared))


def told_by_person(
    session: Session, ground: Ground, tree: AreaTree, held: Rosters, away: Spans, within: Within
) -> dict[str, ByOthers]:  # fmt: skip
    """Whoever walked the grid and had duty at that hour, by the roster as it was."""
    rule = others_told(ground)
    by_sensor = case((F.kind.in_(sorted(ground.seen_by_patrols)), F.sensor_ms))
    first_ms = case((F.line_ms.is_(None), by_sensor), (by_sensor < F.line_ms, by_sensor), else_=F.line_ms)
    query = (
        select(F.id, CaseArea.grid, first_ms, case((rule.part("hits"), 1), else_=0))
        .join(CaseArea, CaseArea.id == F.area)
        .where(within.test, rule.part("of"))
    )
    found: dict[str, ByOthers] = {}
    for incident_id, grid, at_ms, missed in session.execute(query):
        area, roster = tree.of_code(grid), held.at(at_ms)
        for person in roster.everybody_of(area.id) if roster and area else ():
            if person.roles & WALKS and roster and roster.covers(person.id, at_ms, person.area):
                one = found.setdefault(person.id, ByOthers())
                gone = away_at(away.get(person.id, ()), at_ms)
                (one.spared if gone else one.missed if missed else one.seen).add(incident_id)
    return found

"""Passing up (上呈): one tier at a time, with the reason; the tier that passed it stays informed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cloud.flow.command import Command, NoTierAbove
from cloud.flow.pauses import Pauses
from cloud.plan import Plan
from cloud.records import Act, children_of, write_log
from cloud.routing.placing import Placing
from cloud.store.models import Incident
from domain.incidents import Move, Stage


def tier_above(plan: Plan, incident: Incident) -> str | None:
    """The next tier of its place that does not have it yet; None at the top."""
    levels = plan.areas.levels
    top = max((levels.index(tier) for tier in incident.tiers if tier in levels), default=-1)
    chain = plan.areas.locate(incident.grid, incident.site)
    return min((area.level for area in chain if levels.index(area.level) > top), key=levels.index, default=None)


class Transfer:
    """Runs inside the caller's transaction."""

    def __init__(self, placing: Placing, plan: Plan, pauses: Pauses) -> None:
        self._placing = placing
        self._plan = plan
        self._pauses = pauses

    def up(self, session: Session, incident: Incident, command: Command, act: Act) -> set[str]:
        """Nobody has it until somebody of the next tier accepts it. Raises NoTierAbove."""
        tier = tier_above(self._plan, incident)
        if tier is None:
            raise NoTierAbove(
                f"{', '.join(incident.tiers)} have it: there is no tier above; solve it, or ask a department"
            )
        self._pauses.end(session, incident, act, command.move)
        members = [child for child in children_of(session, incident) if child.stage == incident.stage]
        detail = {"tiers": [tier], "holder": incident.holder}
        for member in (incident, *members):
            before, version = member.stage, member.version
            member.stage = Stage.REPORTED
            member.version += 1
            member.holder = member.handling_at_ms = None
            more = detail if member is incident else {**detail, "with": incident.id}
            write_log(session, member, command.move, act, stages=(before, member.stage), version=version, detail=more)
        self._placing.call_tier(session, incident, tier, act, f"{Move.TRANSFER_UP}:{tier}")
        self._placing.clocks.moved(session, incident, command.move, act.at_ms)
        return {incident.id, *(member.id for member in members)}

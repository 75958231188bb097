"""Places an incident at its tiers, tells the people there, and starts the escalation."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from cloud.clocks import Clocks
from cloud.notices.owe import STEP_MAX, owe
from cloud.plan import Plan
from cloud.records import CLOCK, Act, arm, children_of, disarm, has_waiting, write_log
from cloud.store.models import Incident
from domain.dispatch import Placement, escalation
from domain.incidents import Kind, Severity, Stage


class Placing:
    """The placement table at work on stored incidents. Stateless; runs inside the caller's transaction."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.clocks = Clocks(self.placement)

    def placement(self, incident: Incident) -> Placement:
        """How this incident is handled."""
        return self._plan.placement(incident.kind, incident.placed_as)

    def chain_of(self, grid: str, site: str) -> list[dict[str, str]]:
        """Where an incident stands now, to be kept with it: areas change."""
        return self._plan.chain_of(grid, site)

    def start(self, session: Session, incident: Incident, at_ms: int) -> None:
        """Place an incident of its own: at its first report and at every reopening."""
        placement = self.placement(incident)
        incident.reported_at_ms = at_ms
        incident.accept_due_ms = at_ms + placement.accept_s * 1000
        incident.tiers = []
        self._add_tiers(session, incident, placement.placed, Act(actor=CLOCK, at_ms=at_ms), "placed")
        arm(session, incident, escalation(placement, at_ms))

    def worsen(self, session: Session, incident: Incident, severity: Severity, at_ms: int) -> None:
        """A higher severity, its own or a child's, adds the tiers that must have it at once.

        Those who have it already are not told again; what was accepted stays accepted and is not escalated.
        """
        if severity.rank <= Severity(incident.placed_as).rank:
            return
        before = self.placement(incident)
        incident.placed_as = severity
        after = self.placement(incident)
        act = Act(actor=CLOCK, at_ms=at_ms, reason=severity)
        self._add_tiers(session, incident, after.placed, act, "worse")
        if incident.stage == Stage.REPORTED and after != before:
            self._restart(session, incident, after, at_ms)

    def again(self, session: Session, incident: Incident, act: Act) -> None:
        """The cause is back or spreads, nobody has accepted and the calls have run out: they start again.

        People are told at once where lives are at stake; a flapping device only goes on with the calls.
        The deadline stays: what keeps coming back is overdue all the same.
        """
        if incident.stage != Stage.REPORTED or has_waiting(session, incident):
            return
        placement = self.placement(incident)
        incident.round += 1
        incident.accept_due_ms = min(incident.accept_due_ms, act.at_ms + placement.accept_s * 1000)
        from_ms = _calls_from_ms(incident, placement, act.at_ms)
        arm(session, incident, escalation(placement, from_ms, incident.tiers))
        if Kind(incident.kind).life_safety:
            self.call_again(session, incident, Act(actor=CLOCK, at_ms=act.at_ms, reason=act.reason), "again")

    def _restart(self, session: Session, incident: Incident, placement: Placement, at_ms: int) -> None:
        """Escalate by the new rule, never later than by the old one."""
        incident.accept_due_ms = max(at_ms, min(incident.accept_due_ms, at_ms + placement.accept_s * 1000))
        disarm(session, incident)
        incident.round += 1
        from_ms = incident.accept_due_ms - placement.accept_s * 1000
        arm(session, incident, escalation(placement, from_ms, incident.tiers))

    def call_tier(self, session: Session, incident: Incident, tier: str, act: Act, step: str) -> None:
        """Escalate to one more tier and tell its people."""
        self._add_tiers(session, incident, (tier,), act, step)

    def call_again(self, session: Session, incident: Incident, act: Act, step: str) -> None:
        """Tell everybody who has it once more."""
        told = [person for tier in incident.tiers for person in self._tell_tier(session, incident, tier, act, step)]
        write_log(session, incident, "notified", act, detail={"step": step, "people": told})

    def spread(self, session: Session, incident: Incident, child_id: str, act: Act) -> None:
        """One more place burns after somebody took the incident: everybody who has it must know, the holder first."""
        if incident.stage == Stage.REPORTED:
            return
        step = f"joined:{child_id}"[:STEP_MAX]
        told = owe(session, incident, [incident.holder], "holder", step, act) if incident.holder else []
        told += [person for tier in incident.tiers for person in self._tell_tier(session, incident, tier, act, step)]
        write_log(session, incident, "notified", act, detail={"step": step, "people": told})

    def tell_holder(self, session: Session, incident: Incident, act: Act, step: str) -> None:
        """Whoever has it must know that it goes on."""
        told = owe(session, incident, [incident.holder], "holder", step, act) if incident.holder else []
        write_log(session, incident, "notified", act, detail={"step": step, "people": told})

    def chase(self, session: Session, incident: Incident, act: Act, step: str) -> None:
        """Remind who holds it, and the highest tier that has it."""
        told = self._tell_tier(session, incident, incident.tiers[-1], act, step)
        if incident.holder and incident.holder not in told:
            told += owe(session, incident, [incident.holder], "holder", step, act)
        write_log(session, incident, "chased", act, detail={"step": step, "people": told})

    def _add_tiers(self, session: Session, incident: Incident, tiers: tuple[str, ...], act: Act, step: str) -> None:
        new = [tier for tier in tiers if tier not in incident.tiers]
        if not new:
            return
        levels = self._plan.areas.levels
        incident.tiers = sorted([*incident.tiers, *new], key=levels.index)
        for child in children_of(session, incident):
            child.tiers = incident.tiers
        told = [person for tier in new for person in self._tell_tier(session, incident, tier, act, step)]
        what = "placed" if step in ("placed", "worse") else "escalated"
        if not told:
            act = replace(act, reason=f"{act.reason} nobody known at {', '.join(new)}".strip())
        write_log(session, incident, what, act, detail={"tiers": new, "step": step, "people": told})

    def _tell_tier(self, session: Session, incident: Incident, tier: str, act: Act, step: str) -> list[str]:
        people = self._plan.team(incident.grid, incident.site, tier, act.at_ms)
        return owe(session, incident, [person.id for person in people], tier, step, act)


def _calls_from_ms(incident: Incident, placement: Placement, at_ms: int) -> int:
    """When the calls count from: tiers not called yet keep their times, what is left after them starts now."""
    accept_ms = placement.accept_s * 1000
    first = escalation(placement, incident.accept_due_ms - accept_ms)
    left = [step.due_ms for step in first if step.tier and step.tier not in incident.tiers]
    return max(at_ms, left[0]) - accept_ms if left else at_ms

"""Places an incident at its tiers, tells the people there, and does what a due timer stands for."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from cloud.clocks.clocks import Clocks
from cloud.notices.owe import STEP_MAX, owe
from cloud.notices.targets import for_what, people_of
from cloud.plan import Plan
from cloud.records import Act, children_of, open_parts, write_log
from cloud.store.models import Incident
from domain.incidents import Kind, Severity, Stage
from domain.incidents.log_words import CLOCK, ESCALATED
from domain.placement import Placement


class Placing:
    """The placement table at work on stored incidents. Stateless; runs inside the caller's transaction."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.clocks = Clocks(plan)

    def placement(self, incident: Incident) -> Placement:
        """How this incident is handled."""
        return self.clocks.placement(incident)

    def chain_of(self, grid: str, site: str) -> list[dict[str, str]]:
        """Where an incident stands now, to be kept with it: areas change."""
        return self._plan.chain_of(grid, site)

    def start(self, session: Session, incident: Incident, at_ms: int) -> None:
        """Place an incident of its own: at its first report and at every reopening."""
        placement, act = self.placement(incident), Act(actor=CLOCK, at_ms=at_ms)
        incident.reported_at_ms = at_ms
        incident.tiers = []
        self._add_tiers(session, incident, placement.placed, act, "placed")
        for department in placement.departments:
            self.notify(session, incident, f"department:{department}", act, "placed")
        self.clocks.begin(session, incident, at_ms)

    def worsen(self, session: Session, incident: Incident, severity: Severity, at_ms: int) -> None:
        """A higher severity, its own or a child's, adds the tiers that must have it at once, and tells departments.

        Of those who have it already only the holder is told; what was accepted stays accepted and is not escalated.
        """
        if severity.rank <= Severity(incident.placed_as).rank:
            return
        before = self.placement(incident)
        incident.placed_as = severity
        after = self.placement(incident)
        act = Act(actor=CLOCK, at_ms=at_ms, reason=severity)
        self._add_tiers(session, incident, after.placed, act, "worse")
        for department in (name for name in after.departments if name not in before.departments):
            self.notify(session, incident, f"department:{department}", act, "worse")
        if incident.stage != Stage.REPORTED:
            self.tell_holder(session, incident, act, f"worse:{severity}")
        if after != before:
            self.clocks.hasten(session, incident, at_ms)

    def again(self, session: Session, incident: Incident, act: Act) -> None:
        """The cause is back or spreads, nobody has accepted and the calls have run out: they start again.

        People are told at once where lives are at stake; a flapping device only goes on with the calls.
        The deadline stays: what keeps coming back is overdue all the same.
        """
        if incident.stage != Stage.REPORTED or self.clocks.calling(session, incident):
            return
        from_ms = self.clocks.call_again_from(session, incident, act.at_ms)
        self.clocks.call_anew(session, incident, from_ms, act.at_ms)
        if Kind(incident.kind).life_safety:
            self.call_again(session, incident, Act(actor=CLOCK, at_ms=act.at_ms, reason=act.reason), "again")

    def call_tier(self, session: Session, incident: Incident, tier: str, act: Act, step: str) -> None:
        """Escalate to one more tier and tell its people; who has it by supervision is told as well."""
        if tier in incident.tiers:
            told = self._tell_tier(session, incident, tier, act, step)
            write_log(session, incident, "notified", act, detail={"step": step, "people": told})
        self._add_tiers(session, incident, (tier,), act, step)

    def call_again(self, session: Session, incident: Incident, act: Act, step: str) -> None:
        """Tell everybody who has it once more."""
        told = [person for tier in incident.tiers for person in self._tell_tier(session, incident, tier, act, step)]
        write_log(session, incident, "notified", act, detail={"step": step, "people": told})

    def notify(self, session: Session, incident: Incident, target: str, act: Act, step: str) -> None:
        """Tell a department, a role or a person, who then know of it without having it."""
        people = people_of(self._plan, incident, target, act.at_ms)
        told = owe(session, incident, people, for_what(target), step, act)
        if not told:
            act = replace(act, reason=f"{act.reason} nobody known at {target.partition(':')[2]}".strip())
        write_log(session, incident, "notified", act, detail={"step": step, "target": target, "people": told})

    def spread(self, session: Session, incident: Incident, child_id: str, act: Act) -> None:
        """One more place burns after somebody took the incident."""
        self.tell_all(session, incident, f"joined:{child_id}", act)

    def tell_all(self, session: Session, incident: Incident, step: str, act: Act) -> None:
        """News for everybody who has it, the holder first; before the acceptance the calls say it."""
        if incident.stage == Stage.REPORTED:
            return
        step = step[:STEP_MAX]
        told = self.tell_one(session, incident, incident.holder, act, step)
        told += [person for tier in incident.tiers for person in self._tell_tier(session, incident, tier, act, step)]
        write_log(session, incident, "notified", act, detail={"step": step, "people": told})

    def tell_one(self, session: Session, incident: Incident, name: str | None, act: Act, step: str) -> list[str]:
        """Tell a holder, a person or a department."""
        return owe(session, incident, self._plan.hearing(name, act.at_ms), "holder", step, act)

    def tell_holder(self, session: Session, incident: Incident, act: Act, step: str, what: str = "notified") -> None:
        """Whoever has it must know."""
        told = self.tell_one(session, incident, incident.holder, act, step)
        write_log(session, incident, what, act, detail={"step": step, "people": told})

    def chase(self, session: Session, incident: Incident, act: Act, step: str, what: str = "chased") -> None:
        """Remind who holds it, the highest tier that has it, and departments that were asked and say nothing."""
        told = self._tell_tier(session, incident, incident.tiers[-1], act, step) if incident.tiers else []
        told += self.tell_one(session, incident, incident.holder, act, step)
        for department in open_parts(session, incident):
            people = [person.id for person in self._plan.roster.department_on_duty(department, act.at_ms)]
            told += owe(session, incident, people, "department", step, act)
        write_log(session, incident, what, act, detail={"step": step, "people": told})

    def supervise(self, session: Session, incident: Incident, due: str, act: Act, step: str) -> None:
        """督办: the tier above has it as well; at the top, who is there is told once more."""
        levels = self._plan.areas.levels
        above = self._plan.areas.rank(incident.tiers[-1]) + 1 if incident.tiers else 0
        self.clocks.supervised(session, incident, due, act.at_ms)
        if above < len(levels):
            self._add_tiers(session, incident, (levels[above],), act, step, "supervised")
        else:
            self.chase(session, incident, act, step, "supervised")

    def _add_tiers(
        self, session: Session, incident: Incident, tiers: tuple[str, ...], act: Act, step: str, what: str = ""
    ) -> None:  # fmt: skip
        new = [tier for tier in tiers if tier not in incident.tiers]
        if not new:
            return
        incident.tiers = sorted([*incident.tiers, *new], key=self._plan.areas.rank)
        for child in children_of(session, incident):
            child.tiers = incident.tiers
        told = [person for tier in new for person in self._tell_tier(session, incident, tier, act, step)]
        what = what or ("placed" if step in ("placed", "worse") else ESCALATED)
        if not told:
            act = replace(act, reason=f"{act.reason} nobody known at {', '.join(new)}".strip())
        write_log(session, incident, what, act, detail={"tiers": new, "step": step, "people": told})

    def _tell_tier(self, session: Session, incident: Incident, tier: str, act: Act, step: str) -> list[str]:
        people = self._plan.team(incident.grid, incident.site, tier, act.at_ms)
        return owe(session, incident, [person.id for person in people], tier, step, act)

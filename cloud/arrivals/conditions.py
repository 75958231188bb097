"""Takes what gateways say about conditions into the incident tree. Idempotent by (incident, revision)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.arrivals.families import Families, inside, named
from cloud.flow.merging import merge_of
from cloud.flow.pauses import Pauses
from cloud.flow.reopening import reopen
from cloud.records import Act, burns, write_log
from cloud.routing.placing import Placing
from cloud.store.foresight import birth, exists, is_new
from cloud.store.models import Evidence, Incident
from domain.incidents import (
    JOINABLE,
    Condition,
    ConditionEvent,
    Kind,
    Revision,
    Severity,
    Stage,
    apply_revision,
    reopens,
)
from domain.incidents.log_words import CLOCK


class Conditions:
    """The gateway's truth, written into the store inside the caller's transaction."""

    def __init__(self, placing: Placing) -> None:
        self._placing = placing
        self._families = Families(placing)
        self._pauses = Pauses(placing)

    def take(self, session: Session, data: dict[str, Any], actor: str, at_ms: int) -> set[str]:
        """Apply one checked message (protocol.events.check_incident); the ids of what changed."""
        new = is_new(session, data["incident_id"])
        incident = None if new else session.get(Incident, data["incident_id"], with_for_update=True)
        act = Act(actor=actor, at_ms=at_ms)
        adopted: set[str] = set()
        if incident is None:
            incident = self._create(session, data, act)
            adopted = self._families.adopt(session, incident, act)
            changed = True
        else:
            changed = self._revise(session, incident, data, act)
        if new or session.get(Evidence, (incident.id, data["revision"])) is None:
            session.add(Evidence(incident_id=incident.id, revision=data["revision"], readings=data.get("evidence", {})))
        return {incident.id, *filter(None, [incident.parent_id]), *adopted} if changed else set()

    def _create(self, session: Session, data: dict[str, Any], act: Act) -> Incident:
        parent = self._families.parent(session, data) or self._parent_for(session, data)
        incident = Incident(
            id=data["incident_id"],
            parent_id=parent.id if parent else None,
            kind=data["kind"],
            stage=parent.stage if parent else Stage.REPORTED,
            placed_as=data["severity"],
            site=data["site"],
            device=data["device"],
            grid=data["grid"],
            grid_chain=self._placing.chain_of(data["grid"], data["site"]),
            tiers=parent.tiers if parent else [],
            reported_at_ms=act.at_ms,
            accept_due_ms=parent.accept_due_ms if parent else act.at_ms,
            handling_at_ms=parent.handling_at_ms if parent else None,
            closed_at_ms=None,
            holder=parent.holder if parent else None,
            version=1,
            round=1,
        )
        _copy_facts(incident, data)
        session.add(incident)
        if not is_new(session, incident.id):
            session.flush()
        exists(session, incident.id)
        write_log(session, incident, ConditionEvent.RAISED, act, detail=_summary(data))
        if parent is None:
            with birth(session, incident.id):
                self._placing.start(session, incident, act.at_ms)
        elif not inside(incident, incident.told_parent):
            self._join(session, parent, incident, act)
        return incident

    def _parent_for(self, session: Session, data: dict[str, Any]) -> Incident | None:
        """A burning fire of the same grid takes a new one as its child: one whistle, not one per room.

        One that is out, though still on the board, does not: nobody would hear of the new one.
        """
        if not Kind(data["kind"]).spreads:
            return None
        query = select(Incident).where(
            Incident.kind == data["kind"],
            Incident.site == data["site"],
            Incident.grid == data["grid"],
            Incident.parent_id.is_(None),
            Incident.stage.in_(JOINABLE),
        )
        families = session.scalars(query.order_by(Incident.reported_at_ms, Incident.id))
        return next((parent for parent in families if burns(session, parent)), None)

    def _join(self, session: Session, parent: Incident, child: Incident, act: Act) -> None:
        write_log(session, parent, "joined", act, detail={"child": child.id, "place": child.place})
        self._pauses.joined(session, parent, child, act)
        self._placing.worsen(session, parent, Severity(child.severity), act.at_ms)
        self._placing.again(session, parent, replace(act, reason=child.place))
        self._placing.spread(session, parent, child.id, Act(actor=CLOCK, at_ms=act.at_ms, reason=child.place))

    def _revise(self, session: Session, incident: Incident, data: dict[str, Any], act: Act) -> bool:
        known = Revision(
            number=incident.revision,
            condition=Condition(incident.condition),
            severity=Severity(incident.severity),
        )
        news = Revision(
            number=data["revision"], condition=Condition(data["condition"]), severity=Severity(data["severity"])
        )
        _, event = apply_revision(known, news)
        if event is None:
            return False
        detail = {**_summary(data), "before": known.severity}
        told, family = incident.told_parent, incident.parent_id
        _copy_facts(incident, data)
        write_log(session, incident, event, act, detail=detail)
        worse = news.condition is Condition.ACTIVE and news.severity.rank > Severity(incident.placed_as).rank
        if reopens(Stage(incident.stage), event, worse=worse):
            self._reopen(session, incident, act)
        self._families.follow(session, incident, data, told, act)
        root = session.get(Incident, incident.parent_id) if incident.parent_id else incident
        by_word = inside(incident, incident.told_parent) and merge_of(session, incident.id) is None
        if root is not None and not by_word:
            self._follow(session, root, event, news, act)
            if event is ConditionEvent.RAISED and Kind(root.kind).life_safety:
                back = Act(actor=CLOCK, at_ms=act.at_ms, reason=incident.place)
                self._placing.tell_all(session, root, f"back:{news.number}:{incident.id}", back)
        if event is ConditionEvent.CLEARED or family != incident.parent_id:
            self._hush(session, {incident.parent_id or incident.id, family or incident.id})
        return True

    def _hush(self, session: Session, roots: set[str]) -> None:
        """Devices that are back call nobody any more, once all of a family are; the board still shows it."""
        for root in (session.get_one(Incident, root_id) for root_id in sorted(roots)):
            if root.stage == Stage.REPORTED and not Kind(root.kind).life_safety and not burns(session, root):
                self._placing.clocks.hush(session, root)

    def _follow(self, session: Session, root: Incident, event: ConditionEvent, news: Revision, act: Act) -> None:
        """What a revision means for the people who have the incident, or its parent."""
        worse = news.severity.rank > Severity(root.placed_as).rank
        if event is ConditionEvent.RAISED or (news.condition is Condition.ACTIVE and worse):
            self._pauses.end(session, root, act, event)  # what comes back does not wait for anything
        if news.condition is Condition.ACTIVE:
            self._placing.worsen(session, root, news.severity, act.at_ms)
        if event is ConditionEvent.RAISED:
            self._placing.again(session, root, act)

    def _reopen(self, session: Session, incident: Incident, act: Act) -> None:
        """The cause is back after people thought it was over: the whistle blows again, on its own."""
        reopen(session, self._placing, incident, Act(actor=act.actor, at_ms=act.at_ms, reason="active again"))


def _copy_facts(incident: Incident, data: dict[str, Any]) -> None:
    """What the latest revision says, all of it: the last one known decides, whatever came before."""
    incident.told_parent = named(data)
    incident.revision = data["revision"]
    incident.condition = data["condition"]
    incident.severity = data["severity"]
    incident.place = data["place"]
    incident.signals = data.get("signals", [])
    incident.breach_at_ms = data["breach_at_ms"]
    incident.raised_at_ms = data["raised_at_ms"]
    incident.changed_at_ms = data["changed_at_ms"]
    incident.cleared_at_ms = data.get("cleared_at_ms")


def _summary(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "revision": data["revision"],
        "severity": data["severity"],
        "condition": data["condition"],
        "signals": [signal["rule"] for signal in data.get("signals", [])],
        "event_at_ms": data["changed_at_ms"],
        "made_at_ms": data.get("made_at_ms"),  # by the gateway's clock; None where the centre raised it itself
    }

"""Links (关联): two incidents have to do with each other; neither's stage depends on the other."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cloud.flow.command import Command, Incomplete, NotMergeable
from cloud.records import Act, incident_of, write_log
from cloud.store.models import Incident
from cloud.store.models_flow import Link


def link(session: Session, incident: Incident, command: Command, act: Act) -> set[str]:
    """Each shows the other from now on; once. Raises Incomplete, UnknownIncident, NotMergeable."""
    other = _other(session, incident, command)
    if _between(session, incident.id, other.id) is not None:
        return set()
    first_id, second_id = sorted((incident.id, other.id))
    session.add(
        Link(
            first_id=first_id, second_id=second_id, at_ms=act.at_ms, who=act.actor, why=act.reason, undone_at_ms=None,
            undone_by=None,
        )
    )  # fmt: skip
    return _log(session, incident, other, command, act)


def unlink(session: Session, incident: Incident, command: Command, act: Act) -> set[str]:
    """They have nothing to do with each other after all. Raises Incomplete, UnknownIncident, NotMergeable."""
    other = _other(session, incident, command)
    found = _between(session, incident.id, other.id)
    if found is None:
        return set()
    found.undone_at_ms, found.undone_by = act.at_ms, act.actor
    return _log(session, incident, other, command, act)


def linked_to(session: Session, incident_id: str) -> list[str]:
    """Ids of what it is linked to, as they were linked."""
    mine = or_(Link.first_id == incident_id, Link.second_id == incident_id)
    found = session.scalars(select(Link).where(mine, Link.undone_at_ms.is_(None)).order_by(Link.id))
    return [one.second_id if one.first_id == incident_id else one.first_id for one in found]


def _between(session: Session, one: str, other: str) -> Link | None:
    first_id, second_id = sorted((one, other))
    query = select(Link).where(Link.first_id == first_id, Link.second_id == second_id, Link.undone_at_ms.is_(None))
    return session.scalars(query.limit(1)).first()


def _other(session: Session, incident: Incident, command: Command) -> Incident:
    if not command.to:
        raise Incomplete(command.move, "to", "the number of the other incident")
    if command.to == incident.id:
        raise NotMergeable("it is the same incident; name another one")
    return incident_of(session, command.to)


def _log(session: Session, incident: Incident, other: Incident, command: Command, act: Act) -> set[str]:
    for one, two in ((incident, other), (other, incident)):
        write_log(session, one, command.move, act, detail={"incident": two.id, "place": two.place})
    return {incident.id, other.id}

"""A routing table on the incidents of the last time: how many would have gone elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from cloud.plan import Plan
from cloud.plans.sections import Document
from cloud.routing.routing import Elsewhere, elsewhere, read_table
from cloud.store.engine import Store
from cloud.store.models import Incident

LAST = 400  # incidents that are looked at: enough for weeks of a district, quick enough for a page
SHOWN = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """`elsewhere` of `incidents` would have been handled otherwise; the newest of them."""

    incidents: int
    elsewhere: int
    newest: tuple[Elsewhere, ...]


def try_on_last(store: Store, plan: Plan, document: Document) -> Tried:
    """What a table would have done with the last incidents. Raises DispatchError."""
    table = read_table(plan, document)
    query = select(Incident).where(Incident.parent_id.is_(None)).order_by(Incident.raised_at_ms.desc(), Incident.id)
    with store.read() as session:
        incidents = list(session.scalars(query.limit(LAST)))
        found = [one for incident in incidents if (one := elsewhere(plan, table, incident))]
    return Tried(incidents=len(incidents), elsewhere=len(found), newest=tuple(found[:SHOWN]))

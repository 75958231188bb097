"""Families across sites: what is merged over a border is written under the locks of both."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from cloud.store.models import Incident
from cloud.store.models_flow import Merge
from domain.incidents import OVER


def sites_above(session: Session, sites: Collection[str]) -> set[str]:
    """Other sites that have the parent of a member of these; whoever writes the member may write the parent."""
    parent = aliased(Incident)
    query = (
        select(parent.site)
        .join(Incident, Incident.parent_id == parent.id)
        .join(Merge, Merge.child_id == Incident.id)
        .where(Merge.undone_at_ms.is_(None), Incident.site.in_(sites), Incident.stage.not_in(OVER))
        .where(parent.site.not_in(sites))
        .distinct()
    )
    return set(session.scalars(query))

"""The alarms behind a number, by the same masks that counted them."""

from __future__ import annotations

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.review.alarms.span import AlarmSpan, Behind, Cut
from cloud.review.alarms.views import Listed, ListedAlarm
from cloud.store.models_review import CaseFact
from domain.assessment.alarm_figures import NEVER

PAGE = 50


def listed(session: Session, span: AlarmSpan, what: Behind, cut: Cut, page: int) -> Listed:
    """A page, the newest first; the last one where there are not so many."""
    found = np.flatnonzero(span.behind(what, cut))
    found = found[np.argsort(-span.alarms.told[found], kind="stable")]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, page), pages)
    wanted = found[(page - 1) * PAGE : page * PAGE]
    return Listed(total=len(found), page=page, pages=pages, rows=_rows(session, span, wanted.tolist()))


def _rows(session: Session, span: AlarmSpan, wanted: list[int]) -> tuple[ListedAlarm, ...]:
    alarms = span.alarms
    query = select(
        CaseFact.id, CaseFact.severity, CaseFact.place, CaseFact.stage, CaseFact.member_of, CaseFact.void_why
    )
    facts = {row.id: row for row in session.execute(query.where(CaseFact.id.in_([alarms.ids[i] for i in wanted])))}
    rows = []
    for i in wanted:
        key, fact = alarms.keys[alarms.source[i]], facts[alarms.ids[i]]
        rows.append(
            ListedAlarm(
                id=fact.id, kind=key.kind, severity=fact.severity, site=key.site, device=key.device, place=fact.place,
                stage=fact.stage, member_of=fact.member_of, raised_ms=int(alarms.raised[i]),
                told_ms=int(alarms.told[i]), ended_ms=_known(alarms.ended[i]), accepted_ms=_known(alarms.accepted[i]),
                void_why=fact.void_why,
            )
        )  # fmt: skip
    return tuple(rows)


def _known(at_ms: np.int64) -> int | None:
    return int(at_ms) if at_ms < NEVER else None

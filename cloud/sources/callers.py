"""Who called: sealed at rest, opened only for who may read it."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.sources.report import CallerOf, ReportError
from cloud.sources.views import CallerView
from cloud.store.models_sources import SourceReport
from cloud.trust.seals import Seals


def sealed(caller: CallerOf | None, seals: Seals | None, report_id: str) -> str | None:
    """For the row; None where nobody called. Raises ReportError where there is no key."""
    if caller is None or caller == CallerOf():
        return None
    if seals is None:
        raise ReportError("caller: this centre has no key to seal names and numbers with; leave the caller out")
    return seals.seal(json.dumps([caller.name, caller.phone], ensure_ascii=False), _what(report_id))


def opened(row: SourceReport, seals: Seals) -> CallerView:
    """Of a row that has a caller."""
    name, phone = json.loads(seals.open(row.caller or "", _what(row.id)))
    return CallerView(report_id=row.id, name=name, phone=phone)


def reseal(session: Session, seals: Seals) -> int:
    """Everything under the newest key, after a rotation; how many."""
    rows = list(session.scalars(select(SourceReport).where(SourceReport.caller.is_not(None)).with_for_update()))
    for row in rows:
        row.caller = seals.seal(seals.open(row.caller or "", _what(row.id)), _what(row.id))
    return len(rows)


def _what(report_id: str) -> str:
    return f"caller:{report_id}"

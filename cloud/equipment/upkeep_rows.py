"""Rows of what was done to endpoints, with what they report of themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from cloud.store.models import Endpoint, FieldReport, Gateway
from cloud.store.models_maintenance import MaintenanceRecord, OwnTest
from domain.maintenance import Last, Result, own_test

CORRECTION = "correction"
SHOWN = 100  # of each: records, and reports
REPORTED = ("self_test", "test_call")
ASKED_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where an endpoint is, or was last."""

    site: str
    grid: str
    place: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One line of the history of an endpoint. `device`: of an earlier one at the same place, it is another's."""

    at_ms: int
    what: str  # domain.maintenance.What, or one of domain.maintenance.OWN: then the endpoint itself reported it
    device: str
    result: str
    id: str = ""  # of a record; empty: a report
    who: str = ""
    note: str = ""
    next_ms: int | None = None
    told_by: str = ""
    told_ms: int = 0
    taken_back_by: str = ""  # it does not count any more
    taken_back_ms: int | None = None
    taken_back_why: str = ""


def spots(session: Session, devices: Iterable[str]) -> dict[str, Spot]:
    """Of endpoints that a gateway tells of, else of those with a record; where each was heard last."""
    wanted = list(dict.fromkeys(devices))[:ASKED_MAX]
    records = select(MaintenanceRecord).where(MaintenanceRecord.device.in_(wanted)).order_by(MaintenanceRecord.told_ms)
    found = {
        row.device: Spot(site=row.site, grid=row.grid, place=row.place, kind=row.kind)
        for row in session.scalars(records)
    }
    query = select(Endpoint, Gateway.site).join(Gateway, Gateway.id == Endpoint.gateway_id)
    heard = query.where(Endpoint.device.in_(wanted)).order_by(Endpoint.last_seen_ms.nulls_first())
    for row, site in session.execute(heard):
        found[row.device] = Spot(site=site, grid=row.grid, place=row.place, kind=row.kind)
    return found


def lasts(session: Session, device: str | None = None) -> dict[tuple[str, str], dict[str, Last]]:
    """(site, device) -> what -> when it was done last: by hand, and tests of its own that passed."""
    found: dict[tuple[str, str], dict[str, Last]] = {}
    undoing, rows = aliased(MaintenanceRecord), MaintenanceRecord
    undone = select(undoing.id).where(undoing.corrects == rows.id).exists()
    counts = (rows.result == str(Result.GOOD), rows.what != CORRECTION, ~undone)
    key = (rows.site, rows.device, rows.what)
    newest = select(*key, func.max(rows.done_ms).label("ms")).where(*counts).group_by(*key).subquery()
    same = (newest.c.site == rows.site) & (newest.c.device == rows.device) & (newest.c.what == rows.what)
    query = select(*key, rows.done_ms, rows.next_ms).join(newest, same & (newest.c.ms == rows.done_ms)).where(*counts)
    own = select(OwnTest.site, OwnTest.device, OwnTest.what, OwnTest.passed_ms).where(OwnTest.passed_ms.is_not(None))
    if device is not None:
        query, own = query.where(rows.device == device), own.where(OwnTest.device == device)
    for site, name, what, done_ms, next_ms in session.execute(query.order_by(rows.told_ms)):
        found.setdefault((site, name), {})[what] = Last(done_ms=done_ms, next_ms=next_ms)
    for site, name, what, at_ms in session.execute(own):
        found.setdefault((site, name), {})[what] = Last(done_ms=at_ms or 0)
    return found


def history(session: Session, site: str, device: str, place: str) -> tuple[Past, ...]:
    """Records and tests of its own as one, the newest first; bounded."""
    here = [MaintenanceRecord.device == device]
    if place:
        here.append((MaintenanceRecord.site == site) & (MaintenanceRecord.place == place[:200]))
    query = select(MaintenanceRecord).where(or_(*here), MaintenanceRecord.what != CORRECTION)
    records = list(session.scalars(query.order_by(MaintenanceRecord.done_ms.desc()).limit(SHOWN)))
    undone = select(MaintenanceRecord).where(MaintenanceRecord.corrects.in_([row.id for row in records]))
    back = {row.corrects: row for row in session.scalars(undone)}
    devices = {device, *(row.device for row in records)}
    own = select(FieldReport).where(
        FieldReport.site == site, FieldReport.device.in_(devices), FieldReport.what.in_(REPORTED)
    )
    found = [_past(row, back.get(row.id)) for row in records]
    found += [_told(row) for row in session.scalars(own.order_by(FieldReport.id.desc()).limit(SHOWN))]
    return tuple(sorted(found, key=lambda past: past.at_ms, reverse=True))


def _past(row: MaintenanceRecord, back: MaintenanceRecord | None) -> Past:
    return Past(
        at_ms=row.done_ms, what=row.what, device=row.device, result=row.result, id=row.id, who=row.done_by,
        note=row.note, next_ms=row.next_ms, told_by=row.told_by, told_ms=row.told_ms,
        taken_back_by=back.told_by if back else "", taken_back_ms=back.told_ms if back else None,
        taken_back_why=back.note if back else "",
    )  # fmt: skip


def _told(row: FieldReport) -> Past:
    what, passed = own_test(row.what, row.details) or (row.what, False)
    failed = row.details.get("failed")
    why = ", ".join(f"{name}: {reason}" for name, reason in failed.items()) if isinstance(failed, dict) else ""
    result = str(Result.GOOD if passed else Result.BAD)
    return Past(at_ms=row.at_ms, what=what, device=row.device, result=result, note=why, who=row.person or "")


def note_own_test(session: Session, row: FieldReport) -> None:
    """A report has come in: the last test of an endpoint outlives it."""
    told = own_test(row.what, row.details)
    if told is None:
        return
    what, passed = told
    known = session.get(OwnTest, (row.site, row.device, what), with_for_update=True)
    if known is None:
        known = OwnTest(site=row.site, device=row.device, what=what, at_ms=0, passed=False, passed_ms=None)
        session.add(known)
    if row.at_ms >= known.at_ms:
        known.at_ms, known.passed = row.at_ms, passed
    if passed:
        known.passed_ms = max(row.at_ms, known.passed_ms or 0)
    session.flush()

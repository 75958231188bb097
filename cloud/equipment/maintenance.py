"""What was done to endpoints by hand: put on record, taken back by another entry, never erased."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.equipment import upkeep_rows
from cloud.equipment.errors import EquipmentError, TooLate, UnknownThing
from cloud.equipment.upkeep_rows import CORRECTION, Past, Spot
from cloud.plan.files import load_toml
from cloud.settings import SAMPLES
from cloud.store.engine import Store
from cloud.store.models_maintenance import MaintenanceRecord
from domain.maintenance import DAY_MS, DAYS_MAX, DueRow, Intervals, Result, What, due_of, intervals_from
from runtime.clock import Clock
from runtime.ids import uuid7

FILE = "maintenance.toml"
VISIT_MAX = 500  # endpoints of one visit: a large building
NOTE_MAX, NAME_MAX = 500, 128
EARLIEST_MS = 946_684_800_000  # 2000-01-01: nothing of ours is older
AHEAD_MS = 3_600_000  # clocks of people may be that far ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What was done to one endpoint."""

    device: str
    result: str = "good"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One way to one or many endpoints. `id`: of the form, so that the same click twice is one visit."""

    id: str
    what: str
    done_ms: int
    done_by: str
    works: tuple[Work, ...]
    next_ms: int | None = None  # None: by the interval of its kind
    note: str = ""  # of each that has none of its own


def load_intervals(folder: Path) -> Intervals:
    """Those of the config folder, or ours. Raises PlanError, MaintenanceError."""
    own = folder / FILE
    return intervals_from(load_toml(own if own.exists() else SAMPLES / FILE))


class Maintenance:
    """The use cases, each in one transaction."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.intervals = load_intervals(SAMPLES)
        self._store = store
        self._clock = clock

    def spots(self, devices: Iterable[str]) -> dict[str, Spot]:
        """Where endpoints are, or were last; those that nobody knows are left out."""
        with self._store.read() as session:
            return upkeep_rows.spots(session, devices)

    def record(self, visit: Visit, person: str) -> tuple[str, ...]:
        """Put a visit on record; the ids of its records. Raises EquipmentError."""
        now_ms = self._clock.now_ms()
        _check(visit, now_ms)
        with self._store.write() as session:
            known = select(MaintenanceRecord).where(MaintenanceRecord.visit == visit.id)
            if before := list(session.scalars(known)):
                if any(row.told_by != person for row in before):
                    raise EquipmentError("这张表单已经用过，请重新打开页面 / this form was used before; open it again")
                made = {row.device: row.id for row in before}
                return tuple(made[work.device] for work in visit.works if work.device in made)
            spots = upkeep_rows.spots(session, [work.device for work in visit.works])
            rows = [_row(visit, work, _spot(spots, work.device), person, now_ms) for work in visit.works]
            session.add_all(rows)
            return tuple(row.id for row in rows)

    def spot_of(self, record_id: str) -> Spot:
        """Where the endpoint of a record was then: who may not write there corrects it not. Raises UnknownThing."""
        with self._store.read() as session:
            row = session.get(MaintenanceRecord, record_id)
            if row is None or row.what == CORRECTION:
                raise UnknownThing("没有这条维保记录 / there is no such record")
            return Spot(site=row.site, grid=row.grid, place=row.place, kind=row.kind)

    def take_back(self, record_id: str, why: str, person: str) -> str:
        """Another entry says that a record does not count; the device it was of. Raises EquipmentError."""
        now_ms = self._clock.now_ms()
        if not why.strip() or len(why) > NOTE_MAX:
            raise EquipmentError("请写明为什么更正 / say why it is corrected")
        with self._store.write() as session:
            row = session.get(MaintenanceRecord, record_id, with_for_update=True)
            if row is None or row.what == CORRECTION:
                raise UnknownThing("没有这条维保记录 / there is no such record")
            if session.scalar(select(MaintenanceRecord.id).where(MaintenanceRecord.corrects == row.id)):
                raise TooLate("这条记录已经更正过 / this record was corrected already")
            session.add(_correction(row, why.strip(), person, now_ms))
            return row.device

    def history(self, session: Session, site: str, device: str, place: str) -> tuple[Past, ...]:
        """Of an endpoint and of those that were at its place before, the newest first."""
        return upkeep_rows.history(session, site, device, place)

    def dues(self, session: Session, site: str, device: str, kind: str) -> tuple[DueRow, ...]:
        """How the intervals of one endpoint stand."""
        done = upkeep_rows.lasts(session, device).get((site, device), {})
        return due_of(self.intervals, kind, done, self._clock.now_ms())


def _check(visit: Visit, now_ms: int) -> None:
    """Raises EquipmentError."""
    if visit.what not in set(What):
        raise EquipmentError(f"没有这种维保：{visit.what} / `what` is one of {', '.join(What)}")
    if not visit.works or len(visit.works) > VISIT_MAX:
        raise EquipmentError(f"请选择 1 到 {VISIT_MAX} 台 / choose 1 to {VISIT_MAX} endpoints")
    if len({work.device for work in visit.works}) < len(visit.works):
        raise EquipmentError("同一台写了两次 / an endpoint stands there twice")
    if wrong := [work.result for work in visit.works if work.result not in set(Result)]:
        raise EquipmentError(f"没有这种结果：{wrong[0]} / `result` is one of {', '.join(Result)}")
    _check_words(visit)
    _check_times(visit, now_ms)


def _check_words(visit: Visit) -> None:
    if not visit.done_by.strip() or len(visit.done_by) > NAME_MAX:
        raise EquipmentError(f"请写明谁做的 / say who did it, in at most {NAME_MAX} characters")
    if any(len(note) > NOTE_MAX for note in (visit.note, *(work.note for work in visit.works))):
        raise EquipmentError(f"备注最多 {NOTE_MAX} 字 / a note has at most {NOTE_MAX} characters")


def _check_times(visit: Visit, now_ms: int) -> None:
    if not EARLIEST_MS <= visit.done_ms <= now_ms + AHEAD_MS:
        raise EquipmentError("完成时间不能在将来 / the time when it was done lies in the future, or too far back")
    if visit.next_ms is not None and not visit.done_ms < visit.next_ms <= visit.done_ms + DAYS_MAX * DAY_MS:
        raise EquipmentError("下次时间应在完成之后十年内 / the next time lies within ten years after it was done")


def _spot(spots: dict[str, Spot], device: str) -> Spot:
    if device not in spots:
        raise UnknownThing(f"没有设备 {device} / no gateway has told of an endpoint {device}")
    return spots[device]


def _row(visit: Visit, work: Work, spot: Spot, person: str, now_ms: int) -> MaintenanceRecord:
    return MaintenanceRecord(
        id=uuid7(now_ms), visit=visit.id, site=spot.site, device=work.device, kind=spot.kind, place=spot.place[:200],
        grid=spot.grid, what=visit.what, result=work.result, done_ms=visit.done_ms, done_by=visit.done_by.strip(),
        note=(work.note or visit.note).strip(), next_ms=visit.next_ms, told_by=person, told_ms=now_ms, corrects=None,
    )  # fmt: skip


def _correction(row: MaintenanceRecord, why: str, person: str, now_ms: int) -> MaintenanceRecord:
    made = uuid7(now_ms)
    return MaintenanceRecord(
        id=made, visit=made, site=row.site, device=row.device, kind=row.kind, place=row.place, grid=row.grid,
        what=CORRECTION, result=Result.GOOD, done_ms=now_ms, done_by=person, note=why, next_ms=None, told_by=person,
        told_ms=now_ms, corrects=row.id,
    )  # fmt: skip

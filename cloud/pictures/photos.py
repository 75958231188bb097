"""Use cases of photos that people add: add, take back, look at. Safe to call from threads; each in one transaction."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from anyio import CapacityLimiter
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, undefer

from cloud.pictures.errors import (
    NoRoom,
    PhotoError,
    PhotosBusy,
    PhotosFull,
    PhotosSpent,
    PhotosToday,
    UnknownFind,
    UnknownPicture,
    WhyMissing,
)
from cloud.pictures.making import Made, made
from cloud.records import Act, incident_of, write_log
from cloud.store.engine import Store
from cloud.store.models import Incident
from cloud.store.models_photos import Photo
from cloud.store.models_sources import SourceReport
from runtime.clock import Clock

PER_INCIDENT = 24  # default of ours
MARKS_MAX = 96  # default of ours: photos of an incident with the marks of those taken back; the log has all of them
DAY_MAX = 300  # default of ours, by one person within 24 h: nobody fills the room of all while it burns elsewhere
DAY_MS = 86_400_000
DISK_LEFT = 1_000_000_000  # bytes: the disk belongs to incidents first; a default of ours
WHY_MAX = 500
DECODING = 2  # default of ours, at once: each may take some 200 MB for a moment (HEIC of 50 megapixels)
WAITING_MAX = 20  # default of ours: files that wait for that; the next is asked to come again


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What there was a moment ago. It is not read within the write: every alarm would wait for that."""

    used: int  # bytes of all photos
    today: int  # photos of one person within 24 h, with those that were taken back
    disk: int | None  # free bytes where the database lies; None: it lies elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of a file."""

    id: int
    incident_id: str
    new: bool  # False: the same file was there already


class Photos:
    """What people may do with photos; `bytes_max` and `tell` are put here by whoever opens the centre."""

    def __init__(self, store: Store, clock: Clock, tell: Callable[[frozenset[str]], None]) -> None:
        self._store = store
        self._clock = clock
        self._tell = tell
        self.bytes_max = 5_000_000_000
        self.turns = CapacityLimiter(DECODING)  # of whoever calls `add`: the others wait without a thread
        self.counted: Counter[str] = Counter()  # of this run: added, the same again, taken back, and refusals by kind

    def home(self, incident_id: str, report_id: str | None = None) -> str:
        """The incident that a photo belongs to: where it shows a find, the one that this made. Rights are judged there.

        Raises UnknownIncident, UnknownFind.
        """
        with self._store.read() as session:
            return _home(session, incident_id, report_id).id

    def queue(self) -> CapacityLimiter:
        """Whose turn it is to be decoded: a file is read within it, never before. Raises PhotosBusy."""
        if self.turns.statistics().tasks_waiting >= WAITING_MAX:
            self.counted["refused_PhotosBusy"] += 1
            raise PhotosBusy(f"{WAITING_MAX} files wait already; send this one again in a minute")
        return self.turns

    def add(self, incident_id: str, data: bytes, *, actor: str, source: str, report_id: str | None = None) -> Added:
        """Keep a photo; the same file twice is one. Slow: decodes. Raises PhotoError, UnknownIncident."""
        origin = hashlib.sha256(data).hexdigest()
        try:
            picture = made(data)
            act = Act(actor=actor, at_ms=self._clock.now_ms(), source=source)
            added, touched = self._once(incident_id, report_id, origin, picture, act)
        except PhotoError as refusal:
            self.counted[f"refused_{type(refusal).__name__}"] += 1
            raise
        self.counted["added" if added.new else "same_again"] += 1
        self._tell(touched)
        return added

    def _once(
        self, incident_id: str, report_id: str | None, origin: str, picture: Made, act: Act
    ) -> tuple[Added, frozenset[str]]:
        room = self._room(act)
        try:
            return self._take(incident_id, report_id, origin, picture, act, room)
        except IntegrityError:  # another process had the same file a moment earlier
            return self._take(incident_id, report_id, origin, picture, act, room)

    def _room(self, act: Act) -> Room:
        his = select(func.count()).where(Photo.added_by == act.actor, Photo.added_ms > act.at_ms - DAY_MS)
        with self._store.read() as session:
            used, today = _bytes(session), session.scalar(his) or 0
        file = None if self._store.shared else self._store.engine.url.database
        return Room(used=used, today=today, disk=shutil.disk_usage(Path(file).parent).free if file else None)

    def _take(
        self, incident_id: str, report_id: str | None, origin: str, picture: Made, act: Act, room: Room
    ) -> tuple[Added, frozenset[str]]:
        with self._store.write() as session:
            incident = _home(session, incident_id, report_id)
            same = select(Photo).where(Photo.incident_id == incident.id, Photo.origin == origin)
            known = session.scalars(same).first()
            if known is not None:
                known.report_id = report_id or known.report_id
                return Added(id=known.id, incident_id=incident.id, new=False), _touched(incident)
            self._check_room(session, incident, len(picture.jpeg) + len(picture.small), room)
            row = _row(incident, report_id, origin, picture, act)
            session.add(row)
            session.flush()
            detail = {"photo": row.id, "sha256": row.sha256, "size": row.size}
            write_log(session, incident, "photo_added", act, detail=detail)
            return Added(id=row.id, incident_id=incident.id, new=True), _touched(incident)

    def _check_room(self, session: Session, incident: Incident, size: int, room: Room) -> None:
        rows = select(func.count(), func.count(Photo.origin)).where(Photo.incident_id == incident.id)
        marks, kept = session.execute(rows).one()
        if kept >= PER_INCIDENT:
            raise PhotosFull(f"an incident has at most {PER_INCIDENT} photos; take one back before you add another")
        if marks >= MARKS_MAX:
            self._forget(session, incident)
        if room.today >= DAY_MAX:
            raise PhotosToday(f"one person adds at most {DAY_MAX} photos within 24 h; ask a colleague")
        if room.disk is not None and room.disk < DISK_LEFT:
            raise NoRoom(
                f"the disk of the database has less than {DISK_LEFT} bytes left, which incidents need; free some"
            )
        if room.used + size > self.bytes_max:
            raise NoRoom("all photos together fill the room they have; ask the administrator for PHOTOS_MAX_MB")

    def _forget(self, session: Session, incident: Incident) -> None:
        """The oldest mark of one that was taken back goes; not of today, whose photos are counted by person."""
        old = Photo.added_ms <= self._clock.now_ms() - DAY_MS
        back = select(Photo).where(Photo.incident_id == incident.id, Photo.origin.is_(None), old)
        oldest = session.scalars(back.order_by(Photo.removed_ms, Photo.id).limit(1)).first()
        if oldest is None:
            raise PhotosSpent(
                f"{MARKS_MAX} photos came here and were taken back within 24 h; go on tomorrow, or at a linked incident"
            )
        session.delete(oldest)

    def adder(self, incident_id: str, photo_id: int) -> str:
        """Who added a photo that is there. Raises UnknownPicture."""
        with self._store.read() as session:
            return _photo(session, incident_id, photo_id).added_by

    def remove(self, incident_id: str, photo_id: int, *, actor: str, source: str, why: str) -> None:
        """Take a photo back: its bytes go, who and why stays. Raises UnknownPicture, WhyMissing."""
        why = why.strip()[:WHY_MAX]
        if not why:
            raise WhyMissing("why: say why the photo is taken back")
        act = Act(actor=actor, at_ms=self._clock.now_ms(), reason=why, source=source)
        with self._store.write() as session:
            row = _photo(session, incident_id, photo_id)
            incident = session.get_one(Incident, row.incident_id)
            write_log(session, incident, "photo_removed", act, detail={"photo": row.id, "sha256": row.sha256})
            row.removed_ms, row.removed_by, row.removed_why = act.at_ms, act.actor, why
            row.origin = row.jpeg = row.small = None
            row.size = row.small_size = 0
        self.counted["removed"] += 1
        self._tell(_touched(incident))

    def jpeg(self, incident_id: str, photo_id: int, *, small: bool = False) -> bytes:
        """One photo. Raises UnknownPicture, also for one of another incident or that was taken back."""
        column = Photo.small if small else Photo.jpeg
        with self._store.read() as session:
            row = _photo(session, incident_id, photo_id, undefer(column))
            found = row.small if small else row.jpeg
        if found is None:
            raise UnknownPicture(photo_id)
        return found

    def health(self) -> dict[str, int]:
        """For /readyz: how many there are, how much room they take and may take, what became of files in this run."""
        with self._store.read() as session:
            kept, used = session.scalar(select(func.count(Photo.origin))) or 0, _bytes(session)
        return {"kept": kept, "bytes": used, "bytes_max": self.bytes_max, **self.counted}


def _home(session: Session, incident_id: str, report_id: str | None) -> Incident:
    """A find of a member belongs to the member: it stays right when they are taken apart."""
    incident = incident_of(session, incident_id)
    if report_id is None:
        return incident
    here = or_(Incident.id == incident_id, Incident.parent_id == incident_id)
    query = select(Incident).join(SourceReport, SourceReport.incident_id == Incident.id)
    found = session.scalars(query.where(SourceReport.id == report_id, here)).first()
    if found is None:
        raise UnknownFind("report: no such report at this incident; open its page again")
    return found


def _photo(session: Session, incident_id: str, photo_id: int, *options: object) -> Photo:
    query = select(Photo).where(Photo.id == photo_id, Photo.incident_id == incident_id, Photo.origin.is_not(None))
    found = session.scalars(query.options(*options)).first()  # type: ignore[arg-type]
    if found is None:
        raise UnknownPicture(photo_id)
    return found


def _row(incident: Incident, report_id: str | None, origin: str, picture: Made, act: Act) -> Photo:
    return Photo(
        incident_id=incident.id, report_id=report_id, added_by=act.actor, added_ms=act.at_ms, origin=origin,
        sha256=hashlib.sha256(picture.jpeg).hexdigest(), width=picture.width, height=picture.height,
        size=len(picture.jpeg), small_size=len(picture.small), removed_ms=None, removed_by=None, removed_why=None,
        small=picture.small, jpeg=picture.jpeg,
    )  # fmt: skip


def _touched(incident: Incident) -> frozenset[str]:
    return frozenset(one for one in (incident.id, incident.parent_id) if one)


def _bytes(session: Session) -> int:
    return int(session.scalar(select(func.coalesce(func.sum(Photo.size + Photo.small_size), 0))) or 0)

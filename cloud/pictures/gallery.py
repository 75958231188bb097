"""Every picture of an incident and of its members, as pages and programs are told of them, without their bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from cloud.plan import Plan
from cloud.records import incident_of
from cloud.store.engine import Store
from cloud.store.models import Incident
from cloud.store.models_photos import Photo
from cloud.store.models_pictures import Picture
from cloud.store.models_sources import SourceReport

Sees = Callable[[str, str], bool]
MOST = 60  # default of ours: of one page, its own before those of members; the others are counted
READ_MAX = 2_000  # rows of each kind


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureView:
    """A snapshot of a camera or a photo that somebody added."""

    kind: str  # snapshot, photo
    id: int
    incident_id: str  # the member's, where it stands on the page of the whole
    place: str  # of that incident
    member: bool
    at_ms: int  # taken, by its endpoint's clock; added
    by: str  # the camera, or who added it
    by_name: str
    why: str  # of a snapshot: motion, covered, moved, tamper, command, or what a newer endpoint says
    report_id: str | None  # the find that the photo belongs to
    number: int | None  # that it has on the handheld
    width: int
    height: int
    size: int  # bytes
    small_size: int  # of what stands on the page
    sha256: str
    removed_ms: int | None = None  # taken back: the bytes are gone
    removed_by: str | None = None
    removed_by_name: str = ""
    removed_why: str | None = None

    @property
    def path(self) -> str:
        """Where the console shows it large."""
        return f"/incidents/{self.incident_id}/{'photos' if self.kind == 'photo' else 'pictures'}/{self.id}"

    @property
    def small_path(self) -> str:
        """What stands on the page: a snapshot is small as it is."""
        return f"{self.path}/small" if self.kind == "photo" else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """What there is to see."""

    shown: tuple[PictureView, ...]  # its own first, each oldest first
    more: int  # of members, beyond what one page shows
    removed: tuple[PictureView, ...]  # photos that were taken back

    def of_report(self, report_id: str) -> tuple[PictureView, ...]:
        """Photos of one find."""
        return tuple(one for one in self.shown if one.report_id == report_id)


class Galleries:
    """Reads them, each in one consistent read. Safe to call from threads."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self._store = store
        self._plan = plan

    def of(self, incident_id: str, sees: Sees = lambda _grid, _site: True, most: int = MOST) -> Gallery:
        """Those of the incident, and of members at places that one sees; so many at most. Raises UnknownIncident."""
        with self._store.read() as session:
            incident_of(session, incident_id)
            found = [*self._snapshots(session, incident_id, sees), *self._photos(session, incident_id, sees)]
        found.sort(key=lambda one: (one.member, one.at_ms, one.kind, one.id))
        there = [one for one in found if one.removed_ms is None]
        gone = tuple(one for one in found if one.removed_ms is not None)
        return Gallery(shown=tuple(there[:most]), more=max(0, len(there) - most), removed=gone[:most])

    def _snapshots(self, session: Session, incident_id: str, sees: Sees) -> list[PictureView]:
        query = select(Picture, Incident).join(Incident, Incident.id == Picture.incident_id)
        rows = session.execute(query.where(_here(incident_id)).order_by(Picture.id).limit(READ_MAX)).all()
        return [
            PictureView(
                kind="snapshot", id=row.id, incident_id=of.id, place=of.place, member=of.id != incident_id,
                at_ms=row.taken_ms, by=row.device, by_name=row.device, why=row.why, report_id=None, number=None,
                width=row.width, height=row.height, size=row.size, small_size=row.size, sha256=row.sha256,
            )
            for row, of in rows
            if of.id == incident_id or sees(of.grid, of.site)
        ]  # fmt: skip

    def _photos(self, session: Session, incident_id: str, sees: Sees) -> list[PictureView]:
        query = select(Photo, Incident, SourceReport.photo).join(Incident, Incident.id == Photo.incident_id)
        query = query.outerjoin(SourceReport, SourceReport.id == Photo.report_id)
        rows = session.execute(query.where(_here(incident_id)).order_by(Photo.id).limit(READ_MAX)).all()
        return [
            self._photo(row, of, number, incident_id)
            for row, of, number in rows
            if of.id == incident_id or sees(of.grid, of.site)
        ]

    def _photo(self, row: Photo, of: Incident, number: int | None, incident_id: str) -> PictureView:
        name_of = self._plan.name_of
        return PictureView(
            kind="photo", id=row.id, incident_id=of.id, place=of.place, member=of.id != incident_id,
            at_ms=row.added_ms, by=row.added_by, by_name=name_of(row.added_by), why="", report_id=row.report_id,
            number=number, width=row.width, height=row.height, size=row.size, small_size=row.small_size,
            sha256=row.sha256, removed_ms=row.removed_ms, removed_by=row.removed_by,
            removed_by_name=name_of(row.removed_by) if row.removed_by else "", removed_why=row.removed_why,
        )  # fmt: skip


def _here(incident_id: str) -> ColumnElement[bool]:
    return or_(Incident.id == incident_id, Incident.parent_id == incident_id)

"""Photos at the centre: kept once, bounded, taken back, of a find, beside members, gone with their incident."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from cloud.pictures import photos
from cloud.pictures.errors import (
    NoRoom,
    NotAPhoto,
    PhotosFull,
    PhotosSpent,
    PhotosToday,
    UnknownFind,
    UnknownPicture,
    WhyMissing,
)
from cloud.records import UnknownIncident
from cloud.store.models import IncidentLog
from cloud.store.models_photos import Photo
from cloud.workers.retention import DAY_MS, Retention
from domain.incidents import Move
from tests.cloud.conftest import START_MS, Centre
from tests.cloud.test_merging import two
from tests.cloud.test_pictures import send
from tests.cloud.test_pictures import told as snapshot
from tests.cloud.test_sources import WORKER, called, found
from tests.photos import photo

WHO = "zhou-mingyuan"


def add(centre: Centre, incident_id: str, data: bytes | None = None, report: str | None = None, who: str = WHO) -> int:
    """Somebody adds one; its number."""
    picture = data or photo(size=(64, 48))
    return centre.desk.photos.add(incident_id, picture, actor=who, source="console", report_id=report).id


def test_a_photo_is_kept_once_and_on_record(centre: Centre) -> None:
    """Who looks at the incident hears of it; the log says who, and by its digest which."""
    incident = centre.take()
    heard: list[frozenset[str]] = []
    centre.desk.listen(lambda changed: heard.append(changed.incidents))
    number = add(centre, incident)
    assert add(centre, incident) == number
    (one,) = centre.desk.galleries.of(incident).shown
    kept = centre.desk.photos.jpeg(incident, number)

    assert (one.kind, one.id, one.by, one.by_name, one.at_ms) == ("photo", number, WHO, "周明远", START_MS)
    assert (one.width, one.height, one.size, one.sha256) == (64, 48, len(kept), hashlib.sha256(kept).hexdigest())
    assert one.small_size == len(centre.desk.photos.jpeg(incident, number, small=True)) > 0
    assert frozenset({incident}) in heard
    (entry,) = [entry for entry in centre.desk.detail(incident).log if entry.what == "photo_added"]
    assert (entry.actor, entry.source, entry.detail["sha256"]) == (WHO, "console", one.sha256)
    assert centre.desk.photos.health() == {
        "kept": 1, "bytes": one.size + one.small_size, "bytes_max": 5_000_000_000, "added": 1, "same_again": 1,
    }  # fmt: skip


def test_several_at_once_are_one(centre: Centre) -> None:
    """The same file from two pages."""
    incident = centre.take()
    with ThreadPoolExecutor(4) as pool:
        numbers = set(pool.map(lambda _: add(centre, incident), range(4)))
    assert len(numbers) == 1
    assert len(centre.desk.galleries.of(incident).shown) == 1


def test_nothing_is_kept_of_what_is_refused(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Garbage, too many, no room, nobody's incident; each is counted."""
    incident = centre.take()
    desk = centre.desk.photos
    with pytest.raises(NotAPhoto):
        add(centre, incident, b"\xff\xd8\xff garbage")
    with pytest.raises(UnknownIncident):
        add(centre, "nowhere")
    monkeypatch.setattr(photos, "PER_INCIDENT", 1)
    add(centre, incident)
    with pytest.raises(PhotosFull, match="take one back"):
        add(centre, incident, photo(seed=2, size=(64, 48)))
    desk.bytes_max = 2_000
    with pytest.raises(NoRoom, match="PHOTOS_MAX_MB"):
        add(centre, centre.take(2), photo(seed=2, size=(64, 48)))
    assert desk.health()["kept"] == 1
    assert {name: count for name, count in desk.counted.items() if "refused" in name} == {
        "refused_NotAPhoto": 1, "refused_PhotosFull": 1, "refused_NoRoom": 1,
    }  # fmt: skip


def test_photos_taken_back_close_no_incident(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the day it says what to do; from the next day on the oldest mark makes room, and the log has all."""
    monkeypatch.setattr(photos, "MARKS_MAX", 2)
    incident, desk = centre.take(), centre.desk.photos
    for seed in (1, 2):
        number = add(centre, incident, photo(seed=seed, size=(64, 48)))
        desk.remove(incident, number, actor=WHO, source="console", why="模糊")
    with pytest.raises(PhotosSpent, match="go on tomorrow"):
        add(centre, incident, photo(seed=3, size=(64, 48)))
    centre.clock.go(DAY_MS / 1000)
    assert add(centre, incident, photo(seed=3, size=(64, 48)))
    with centre.store.read() as session:
        logged = session.scalars(select(IncidentLog.what).where(IncidentLog.incident_id == incident)).all()
    assert len(desk_rows(centre, incident)) == 2
    assert logged.count("photo_added") == 3


def desk_rows(centre: Centre, incident: str) -> list[int]:
    """Photos of an incident with the marks of those taken back."""
    with centre.store.read() as session:
        return list(session.scalars(select(Photo.id).where(Photo.incident_id == incident)))


def test_nobody_fills_the_room_of_all(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many by one person within a day, taken back or not; another one goes on, and so does he on the next day."""
    monkeypatch.setattr(photos, "DAY_MAX", 1)
    incident, desk = centre.take(), centre.desk.photos
    number = add(centre, incident)
    desk.remove(incident, number, actor=WHO, source="console", why="模糊")
    with pytest.raises(PhotosToday, match="24 h"):
        add(centre, incident, photo(seed=2, size=(64, 48)))
    assert add(centre, incident, photo(seed=2, size=(64, 48)), who="qin-yue")
    centre.clock.go(DAY_MS / 1000)
    assert add(centre, incident, photo(seed=3, size=(64, 48)))


def test_the_disk_belongs_to_incidents_first(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the database lies on this machine; what a database server does with its disk it says itself."""
    monkeypatch.setattr(photos, "DISK_LEFT", 1 << 60)
    incident = centre.take()
    if centre.store.shared:
        assert add(centre, incident)
        return
    with pytest.raises(NoRoom, match="incidents need"):
        add(centre, incident)


def test_taken_back_its_bytes_go_and_who_and_why_stays(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can come again; how often is bounded."""
    incident = centre.take()
    number = add(centre, incident)
    remove = centre.desk.photos.remove
    with pytest.raises(WhyMissing):
        remove(incident, number, actor=WORKER, source="console", why="  ")
    with pytest.raises(UnknownPicture):
        remove(centre.take(2), number, actor=WORKER, source="console", why="拍到路人")
    remove(incident, number, actor=WORKER, source="console", why="拍到路人")
    gallery = centre.desk.galleries.of(incident)
    (mark,) = gallery.removed

    assert gallery.shown == ()
    assert (mark.removed_by, mark.removed_by_name, mark.removed_why, mark.size) == (WORKER, "林知夏", "拍到路人", 0)
    with centre.store.read() as session:
        assert session.execute(select(Photo.jpeg, Photo.small, Photo.origin)).all() == [(None, None, None)]
    assert [what for what in centre.whats(incident) if "photo" in what] == ["photo_added", "photo_removed"]
    for again in (False, True):
        with pytest.raises(UnknownPicture):
            centre.desk.photos.jpeg(incident, number, small=again)
    with pytest.raises(UnknownPicture):
        remove(incident, number, actor=WORKER, source="console", why="再次")
    assert add(centre, incident) != number
    monkeypatch.setattr(photos, "MARKS_MAX", 2)
    with pytest.raises(PhotosSpent):
        add(centre, incident, photo(seed=3, size=(64, 48)))


def test_a_find_gets_the_photo_of_its_number(centre: Centre) -> None:
    """It stands beside that report, also where the find was merged; another's report is refused."""
    parent = centre.desk.sources.report(called(centre))
    found(centre)
    (report,) = (one for one in centre.desk.sources.reports(parent) if one.photo is not None)
    assert report.incident_id == centre.desk.photos.home(parent, report.id) != parent
    number = add(centre, parent, report=report.id, who=WORKER)
    gallery = centre.desk.galleries.of(parent)
    (one,) = gallery.of_report(report.id)

    assert (one.id, one.number, one.by_name, one.member) == (number, 7, "林知夏", True)
    assert add(centre, parent, report=report.id) == number
    with pytest.raises(UnknownFind, match="open its page again"):
        add(centre, centre.take(5), report=report.id)


def test_members_pictures_stand_on_the_page_of_the_whole(centre: Centre) -> None:
    """Snapshots and photos, its own first, with the member's place; not those of places one does not see."""
    first, second = two(centre)
    send(centre, snapshot(1, device="hydrant-2", incident_id=second))
    mine, theirs = add(centre, first), add(centre, second, photo(seed=4, size=(64, 48)))
    centre.move(second, Move.MERGE, to=first, reason="同一根水管")
    shown = centre.desk.galleries.of(first).shown

    assert [(one.kind, one.member, one.incident_id) for one in shown] == [
        ("photo", False, first), ("photo", True, second), ("snapshot", True, second),
    ]  # fmt: skip
    assert [one.id for one in shown if one.kind == "photo"] == [mine, theirs]
    assert shown[1].path == f"/incidents/{second}/photos/{theirs}"
    assert [one.id for one in centre.desk.galleries.of(first, lambda _grid, _site: False).shown] == [mine]
    few = centre.desk.galleries.of(first, most=1)
    assert (len(few.shown), few.more) == (1, 2)
    with pytest.raises(UnknownIncident):
        centre.desk.galleries.of("nowhere")


def test_they_go_with_their_incident(centre: Centre) -> None:
    """As snapshots do, marks too, and with the report that they belong to."""
    keep = Retention(centre.store, centre.clock, closed_days=5, evidence_days=0, report_days=0, track_days=0)
    found(centre, 1)
    (row,) = centre.desk.board().open
    (report,) = centre.desk.sources.reports(row.id)
    gone = add(centre, row.id)
    add(centre, row.id, photo(seed=5, size=(64, 48)), report=report.id)
    centre.desk.photos.remove(row.id, gone, actor=WHO, source="console", why="误传")
    centre.move(row.id, Move.VOID, reason="误报")
    centre.clock.go(4 * DAY_MS / 1000)
    keep.prune()
    assert centre.desk.photos.health()["kept"] == 1
    centre.clock.go(2 * DAY_MS / 1000)
    found(centre, 2)  # the newest entry of the log is another one's
    keep.prune()
    with centre.store.read() as session:
        assert session.scalars(select(Photo.id)).all() == []

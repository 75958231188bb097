"""Pictures at the centre: checked, kept once, few, gone with their incident; shown to who may see the incident."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from cloud.intake import accept
from cloud.pictures import desk as pictures
from cloud.pictures.desk import PER_INCIDENT
from cloud.pictures.errors import UnknownPicture
from cloud.pictures.jpeg import MAX_SIDE, size_of
from cloud.store.models import Quarantine
from cloud.store.models_pictures import Picture
from cloud.store.models_trust import AuditEntry
from cloud.workers.retention import DAY_MS, Retention
from domain.incidents import Move
from protocol import events
from protocol.errors import PayloadError
from tests.cloud import facts
from tests.cloud.conftest import START_MS, Centre
from tests.cloud.test_bounds import Letter
from tests.cloud.web import NOBODY, web_client
from tests.gateway.test_pictures import CAMERA, CameraBench
from tests.pictures import jpeg

INCIDENT = facts.incident(1)["incident_id"]


def told(number: int, picture: bytes | None = None, fact: str = "", **changes: Any) -> Letter:
    """A picture as a gateway sends it."""
    data = picture or jpeg(seed=number)
    fields = {
        "site": facts.SITE,
        "incident_id": INCIDENT,
        "device": "fire-a",
        "picture": fact or f"fire-a-1-{number}",
        "taken_ms": START_MS + number * 1000,
        "why": "motion",
        "sha256": hashlib.sha256(data).hexdigest(),
        "jpeg": base64.b64encode(data).decode(),
    }
    return Letter(facts.event(number, {**fields, **changes}, events.PICTURE), "history")


def send(centre: Centre, *letters: Letter) -> list[str]:
    """What the centre says to each: nothing, or why not."""
    return [verdict.reason for verdict in accept.accept_history(centre.desk, centre.series, letters)]


def count(centre: Centre, table: Any = Picture) -> int:
    """Rows."""
    with centre.store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_picture_is_kept_once_beside_readings(centre: Centre) -> None:
    """With what is said beside it; who looks at the incident hears of it."""
    incident = centre.take()
    heard: list[frozenset[str]] = []
    centre.desk.listen(lambda changed: heard.append(changed.incidents))
    rows = Letter(facts.history(9, facts.rows("fire-b", 1, 2, START_MS)), "history")
    assert send(centre, told(1), rows, told(1)) == ["", "", ""]
    (one,) = centre.desk.galleries.of(incident).shown

    assert (one.by, one.at_ms, one.why) == ("fire-a", START_MS + 1000, "motion")
    assert (one.width, one.height, one.size) == (640, 480, 2_500)
    assert centre.desk.pictures.jpeg(incident, one.id) == jpeg(seed=1)
    assert frozenset({incident}) in heard
    assert len(centre.series.window("fire-b", "smoke", 0, 1 << 52)) == 2
    with pytest.raises(UnknownPicture):
        centre.desk.pictures.jpeg("another", one.id)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("bad_base64", {"jpeg": "#"}),
        ("bad_digest", {"sha256": "0" * 64}),
        ("wrong_site", {"site": "elsewhere"}),
        ("wrong_device", {"device": "fire-b"}),
        ("too_long", {"fact": "x" * 129}),
        ("bad_taken_ms", {"taken_ms": 1 << 60}),
    ],
)
def test_what_is_not_right_is_refused_for_good(sqlite_centre: Centre, reason: str, changes: dict[str, Any]) -> None:
    sqlite_centre.take()
    assert send(sqlite_centre, told(1, **changes), told(2)) == [reason, ""]
    assert (count(sqlite_centre), count(sqlite_centre, Quarantine)) == (1, 1)


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (b"GIF89a" + bytes(50), "not_jpeg"),
        (jpeg()[:-2], "not_jpeg"),
        (jpeg().replace(b"\xff\xc0", b"\xff\xc4"), "not_jpeg"),
        (jpeg(width=MAX_SIDE + 1), "bad_size"),
        (jpeg(height=0), "bad_size"),
        (jpeg(events.MAX_PICTURE + 3), "too_long"),
    ],
)
def test_what_is_no_picture_is_refused(sqlite_centre: Centre, picture: bytes, reason: str) -> None:
    sqlite_centre.take()
    assert send(sqlite_centre, told(1, picture)) == [reason]


def test_a_header_ends_nowhere() -> None:
    """Cut or padded anywhere, it is a size or a refusal."""
    whole = jpeg(300)
    assert size_of(whole + bytes(10)) == (640, 480)
    for end in range(len(whole)):
        with pytest.raises(PayloadError):
            size_of(whole[:end] + b"\xff\xd9" if end < 27 else whole[:end])


def test_a_picture_waits_for_its_incident(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded; what is of another endpoint than the incident never shows it."""
    monkeypatch.setattr(pictures, "WAITING_KEPT", 3)
    assert send(centre, *(told(number) for number in range(1, 5)), told(9, device="fire-b")) == [""] * 5
    assert count(centre) == 3
    letters = [Letter(facts.event(n, facts.incident(n, device=d, place=d))) for n, d in ((1, "fire-a"), (2, "fire-c"))]
    accept.accept_urgent(centre.desk, letters)

    assert [one.at_ms - START_MS for one in centre.desk.galleries.of(INCIDENT).shown] == [3000, 4000]
    assert count(centre) == 3


def test_few_of_each_incident(centre: Centre) -> None:
    incident = centre.take()
    send(centre, *(told(number) for number in range(1, PER_INCIDENT + 4)))
    kept = [(one.at_ms - START_MS) // 1000 for one in centre.desk.galleries.of(incident).shown]
    assert kept == [1, *range(5, PER_INCIDENT + 4)]


def test_it_goes_with_its_incident(centre: Centre) -> None:
    """And one whose incident never came after a day."""
    keep = Retention(centre.store, centre.clock, closed_days=5, evidence_days=0, report_days=0, track_days=0)
    incident = centre.take()
    send(centre, told(1), told(2, incident_id="never"))
    centre.take(revision=2, condition="cleared", cleared_at_ms=START_MS)
    centre.move(incident, Move.VOID, reason="误报")
    centre.clock.go(2 * DAY_MS / 1000)
    keep.prune()
    assert [one.at_ms for one in centre.desk.galleries.of(incident).shown] == [START_MS + 1000]
    assert count(centre) == 1
    centre.clock.go(4 * DAY_MS / 1000)
    centre.take(2, device="fire-b")  # the newest entry of the log is another one's
    keep.prune()
    assert count(centre) == 0


async def test_the_page_shows_it_and_every_look_is_on_record(sqlite_centre: Centre) -> None:
    """As a file that nobody keeps; not to strangers, not under another incident."""
    incident, other = sqlite_centre.take(), sqlite_centre.take(2, device="fire-c", place="Room C")
    send(sqlite_centre, told(1))
    (one,) = sqlite_centre.desk.galleries.of(incident).shown
    path = f"/incidents/{incident}/pictures/{one.id}"
    async with web_client(sqlite_centre, "zhou-mingyuan") as client:
        page = (await client.get(f"/incidents/{incident}", headers={"Accept-Language": "zh"})).text
        assert f'src="{path}"' in page
        assert "摄像机抓拍：Room A，" in page
        assert "640 × 480 · 3 kB" in page
        answer = await client.get(path)
        assert answer.content == jpeg(seed=1)
        for wrong in (f"/incidents/{other}/pictures/{one.id}", f"/incidents/{incident}/pictures/{1 << 70}"):
            assert (await client.get(wrong)).status_code == 404
    async with web_client(sqlite_centre, NOBODY) as client:
        assert (await client.get(path)).status_code in (303, 401)
    headers = {name: answer.headers[name] for name in ("content-type", "cache-control", "x-content-type-options")}
    assert list(headers.values()) == ["image/jpeg", "private, no-store", "nosniff"]
    with sqlite_centre.store.read() as session:
        deeds = [(deed.actor, deed.outcome) for deed in session.scalars(select(AuditEntry)) if path in deed.target]
    assert ("zhou-mingyuan", "allowed") in deeds


def test_from_a_camera_to_the_page(centre: Centre, tmp_path: Path) -> None:
    """What a gateway owes, in its order, told to the centre: the pictures are those of the incident."""
    bench = CameraBench(tmp_path)
    bench.move(1, 0)
    bench.shoot(1, 2)
    for kind, payload in bench.db.execute("SELECT kind, payload FROM outbox ORDER BY priority = 5 DESC, n").fetchall():
        letter = Letter(payload, kind)
        take = accept.accept_urgent(centre.desk, [letter])[0] if kind == "incident" else None
        verdicts = take or accept.accept_history(centre.desk, centre.series, [letter])
        assert [verdict.reason for verdict in verdicts] == [""], "the picture first: it waits"
    bench.db.close()
    (row,) = centre.desk.board().open
    (one,) = centre.desk.galleries.of(row.id).shown

    assert (row.device, row.kind, one.by) == (CAMERA, "intrusion", CAMERA)
    assert centre.desk.pictures.jpeg(row.id, one.id) == jpeg(seed=1)

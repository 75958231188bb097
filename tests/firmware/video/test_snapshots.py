"""Snapshots between flash and gateway: bounded, counted, in pieces, and never forgotten too early."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device.video_sender import SnapshotSender
from firmware.device.video_store import Snapshots
from protocol import pieces, reports
from protocol.errors import PayloadError
from tests.firmware.video.video_cases import Time, keep, send_all, take


def make(folder: Path, boot: int = 2, bytes_max: int = 500_000) -> tuple[Snapshots, SnapshotSender, Time]:
    """An endpoint's store and sender."""
    time = Time()
    folder.mkdir(exist_ok=True)
    snapshots = Snapshots(str(folder / "snaps"), boot, bytes_max)
    return snapshots, SnapshotSender("video-a", snapshots, time), time


def test_a_piece_says_what_it_belongs_to(tmp_path: Path) -> None:
    """Id, size, digest, time and reason; without UTC its age."""
    for boot in (1, 2):
        snapshots, sender, time = make(tmp_path / str(boot), boot)
        picture = keep(snapshots, 1500, "covered")
        time.ms = 5000
        kind, payload = sender.next_message()
        head, data = pieces.decode(payload, pieces.MAX_SNAPSHOT)

        assert ("piece", picture[:512]) == (kind, data)
        assert (f"video-a-{boot}-1", 0, 1500, "covered") == (head["id"], head["offset"], head["size"], head["why"])
        assert hashlib.sha256(picture).hexdigest() == head["sha256"]
        assert (None, 4300) == (head["at_ms"], head["age_ms"]) if boot == 1 else head["at_ms"] == 1795324298517


def test_it_asks_first_and_then_keeps_a_few_on_their_way(tmp_path: Path) -> None:
    """One piece until the gateway has said where it stands, then two kilobytes, and no more without a receipt."""
    snapshots, sender, time = make(tmp_path)
    keep(snapshots, 20_000)
    assert sender.next_message() is not None
    assert sender.next_message() is None
    sender.receipt(reports.encode_piece_receipt("video-a-2-1", 8192))
    offsets = [pieces.decode(sender.next_message()[1], pieces.MAX_SNAPSHOT)[0]["offset"] for _ in range(4)]
    assert [8192, 8704, 9216, 9728] == offsets
    assert sender.next_message() is None
    time.ms = 10_000
    head, _ = pieces.decode(sender.next_message()[1], pieces.MAX_SNAPSHOT)
    assert 8192 == head["offset"]  # nothing was heard: it asks again


def test_a_broken_link_goes_on_where_the_gateway_is(tmp_path: Path) -> None:
    """Pieces that were lost on the way are sent again, those that arrived are not."""
    snapshots, sender, _ = make(tmp_path)
    picture, received = keep(snapshots, 9000), {}
    for _ in range(3):
        take(sender, sender.next_message()[1], received)
    lost = sender.next_message()[1]
    sender.went_offline()
    take(sender, sender.next_message()[1], received)
    sender.receipt(reports.encode_piece_receipt("video-a-2-1", 512))  # late, of another connection
    send_all(sender, None, received)

    assert pieces.decode(lost, pieces.MAX_SNAPSHOT)[0]["offset"] == 1536
    assert picture == bytes(received["video-a-2-1"])
    assert 0 == len(snapshots)


@pytest.mark.parametrize(
    "receipt",
    [
        reports.encode_piece_receipt("video-a-2-9", 512),
        reports.encode_piece_receipt("video-a-2-1", 99_999),
        reports.encode_receipt(["video-a-2-1"]),
    ],
)
def test_receipts_of_others_change_nothing(tmp_path: Path, receipt: bytes) -> None:
    """Another snapshot, more than there is, or reports."""
    snapshots, sender, _ = make(tmp_path)
    keep(snapshots, 5000)
    sender.next_message()
    sender.receipt(receipt)

    assert sender.next_message() is None
    assert 1 == len(snapshots)


def test_a_receipt_without_a_snapshot(tmp_path: Path) -> None:
    """Nothing is on its way: nothing happens; what is no receipt is refused."""
    _, sender, _ = make(tmp_path)
    sender.receipt(reports.encode_piece_receipt("video-a-2-1", 5))
    with pytest.raises(PayloadError):
        sender.receipt(b"{")
    assert sender.next_message() is None


def test_a_gateway_that_finds_the_digest_wrong_again_and_again(tmp_path: Path) -> None:
    """It begins anew three times; then the flash is to blame, the snapshot is given up and counted."""
    snapshots, sender, time = make(tmp_path)
    keep(snapshots, 1500)
    keep(snapshots, 10)
    sent = 0
    while snapshots.dropped == 0:
        message = sender.next_message()
        time.ms += 11_000
        if message is None:
            continue
        head, data = pieces.decode(message[1], pieces.MAX_SNAPSHOT)
        sent += 1
        whole = head["offset"] + len(data) == head["size"]
        sender.receipt(reports.encode_piece_receipt(head["id"], 0 if whole else head["offset"] + len(data)))
        assert sent < 20

    assert 1 == len(snapshots)
    head, _ = pieces.decode(sender.next_message()[1], pieces.MAX_SNAPSHOT)
    assert "video-a-2-2" == head["id"]


def test_too_many_push_out_the_oldest_and_are_counted(tmp_path: Path) -> None:
    """Never the one that is on its way."""
    snapshots, sender, _ = make(tmp_path)
    for size in range(100, 116):
        keep(snapshots, size)
    sender.next_message()
    keep(snapshots, 500)

    assert (16, 1) == (len(snapshots), snapshots.dropped)
    received: dict[str, bytearray] = {}
    sender.went_offline()
    send_all(sender, None, received)
    assert [f"video-a-2-{number}" for number in (1, *range(3, 18))] == list(received)


def test_the_flash_they_may_take_is_bounded(tmp_path: Path) -> None:
    """In bytes as well; a picture that is larger than allowed is not kept."""
    snapshots, _, _ = make(tmp_path, bytes_max=100_000)
    for _ in range(4):
        keep(snapshots, 20_000)
    used = sum(path.stat().st_size for path in (tmp_path / "snaps").iterdir())
    assert used <= 100_000
    assert 4 == len(snapshots) + snapshots.dropped
    snapshots.begin(100)
    with pytest.raises(ValueError, match="too_large"):
        snapshots.write(b"x" * 101)
    snapshots.drop()
    assert len(snapshots) == len(list((tmp_path / "snaps").iterdir()))


def test_flash_that_cannot_be_written(tmp_path: Path) -> None:
    """An endpoint that cannot keep a snapshot starts all the same."""
    snapshots = Snapshots(str(tmp_path / "no" / "where"), 1, 1000)

    assert 0 == len(snapshots)
    with pytest.raises(OSError, match="No such file"):
        snapshots.begin(10)


def test_a_file_that_goes_away_is_counted(tmp_path: Path) -> None:
    """Lost is lost, but it is said, and the next one follows."""
    snapshots, sender, _ = make(tmp_path)
    keep(snapshots, 3000)
    keep(snapshots, 10)
    sender.next_message()
    sorted((tmp_path / "snaps").iterdir())[0].unlink()
    sender.went_offline()
    while (message := sender.next_message()) is None:
        pass

    assert "video-a-2-2" == pieces.decode(message[1], pieces.MAX_SNAPSHOT)[0]["id"]
    assert 1 == snapshots.dropped


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32))
def test_whatever_the_link_does_everything_arrives(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Lost pieces, lost receipts, broken links, reboots, a gateway that forgets: every byte arrives, in place."""
    draw_from, folder = random.Random(seed), tmp_path_factory.mktemp("video")
    snapshots, sender, time = make(folder)
    sent = {f"video-a-2-{n + 1}": keep(snapshots, draw_from.randrange(1, 6000)) for n in range(3)}
    received: dict[str, bytearray] = {}
    for _ in range(4000):
        if not len(snapshots):
            break
        time.ms += draw_from.choice((0, 100, 11_000))
        chance = draw_from.random()
        if chance < 0.03:
            snapshots, sender = Snapshots(str(folder / "snaps"), 3, 500_000), None
            sender = SnapshotSender("video-a", snapshots, time)
        elif chance < 0.06:
            sender.went_offline()
        message = sender.next_message()
        if message is None or draw_from.random() < 0.2:
            continue
        head, data = pieces.decode(message[1], pieces.MAX_SNAPSHOT)
        have = received.setdefault(head["id"], bytearray())
        if head["offset"] == len(have):
            have.extend(data)
        if draw_from.random() < 0.8:
            sender.receipt(reports.encode_piece_receipt(head["id"], len(have)))

    assert not len(snapshots)
    assert sent == {name: bytes(data) for name, data in received.items()}
    assert 0 == snapshots.dropped

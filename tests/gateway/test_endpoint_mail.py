"""What endpoints send beside their readings: reports, snapshots, answers; and the settings and bundles they get."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.desks import endpoint_command
from gateway.outward import snapshots
from gateway.outward.snapshots import Snapshots
from gateway.pipeline.arrivals import Reply
from gateway.site_file.reader import SiteError
from gateway.site_file.site import load
from gateway.store.bundles import FOLDER, Bundles, shelve
from gateway.store.counters import Counters, all_counters
from gateway.store.quarantine import by_reason
from gateway.store.schema import DATABASE
from gateway.work.reports import Reports
from protocol import commands, configuration, pieces, reports, status
from protocol.errors import PayloadError
from tests.broker import Mosquitto
from tests.gateway.bench import Bench
from tests.gateway.peers import cloud, endpoint, until
from tests.gateway.site import START_MS, Process, write_site

PICTURE = random.Random(7).randbytes(2_500)
DIGEST = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench with two endpoints."""
    bench = Bench(tmp_path)
    yield bench
    bench.db.close()


def report(number: int, **fields: Any) -> bytes:
    """A report of fire-a."""
    return reports.encode({"id": f"fire-a-1-{number}", "boot": 1, "at_ms": START_MS, "what": "self_test"} | fields)


def piece(offset: int, snapshot: str = "fire-a-1-1", picture: bytes = PICTURE, digest: str = DIGEST) -> bytes:
    """A piece of a picture."""
    head = {
        "id": snapshot,
        "offset": offset,
        "size": len(picture),
        "sha256": digest,
        "at_ms": START_MS,
        "why": "covered",
    }
    return pieces.encode(head, picture[offset : offset + pieces.PIECE_BYTES])


def next_offset(reply: Any) -> int:
    """Where a receipt says to go on."""
    assert isinstance(reply, Reply)
    assert ("receipt", "fire-a") == (reply.kind, reply.device)
    return reports.decode_receipt(reply.payload)[2]


def online(version: int = 0) -> bytes:
    """A status of an endpoint with these settings."""
    fields = {"state": status.ONLINE, "why": status.HEARTBEAT, "boot": 1, "at_ms": START_MS, "config": version}
    return status.encode(fields)


def test_a_report_is_kept_once_and_receipted_each_time(bench: Bench) -> None:
    for _ in range(2):
        reply = bench.take(report(1), kind="report")
        assert (["fire-a-1-1"], "", 0) == reports.decode_receipt(reply.payload)
    bench.restart()
    bench.take(report(2, what="sos"), kind="report")

    assert [("fire-a-1-1", "self_test"), ("fire-a-1-2", "sos")] == bench.db.execute(
        "SELECT id, what FROM reports ORDER BY n"
    ).fetchall()
    assert 1 == all_counters(bench.db)["reports.repeated"]


@pytest.mark.parametrize(
    ("payload", "reason", "receipted"),
    [
        (report(1).replace(b"self_test", b"gossip"), "bad_what", True),
        (report(1).replace(b"fire-a-1", b"fire-b-1"), "bad_id", True),
        (report(1, note="x" * 2_000), "too_long", False),
        (b"{", "not_json", False),
    ],
)
def test_a_report_that_cannot_be_taken_does_not_hold_up_the_others(
    bench: Bench, payload: bytes, reason: str, receipted: bool
) -> None:
    """It is in quarantine; where its id can be read its endpoint goes on."""
    reply = bench.take(payload, kind="report")

    assert receipted == isinstance(reply, Reply)
    assert {reason: 1} == by_reason(bench.db)


def test_a_full_store_of_reports_drops_the_oldest_and_counts_them(bench: Bench) -> None:
    counters = Counters()
    store = Reports(counters, limit=3)
    for number in range(5):
        store.take(bench.db, "fire-a", report(number), START_MS)
    counters.flush(bench.db)

    kept = [row[0] for row in bench.db.execute("SELECT id FROM reports ORDER BY n")]
    assert ["fire-a-1-2", "fire-a-1-3", "fire-a-1-4"] == kept
    assert 2 == all_counters(bench.db)["reports.dropped"]


def test_a_snapshot_survives_a_broken_link_and_a_restart(bench: Bench) -> None:
    assert 1024 == next_offset(bench.take(piece(0), kind="piece"))
    assert 1024 == next_offset(bench.take(piece(0), kind="piece"))  # its receipt was lost
    assert 1024 == next_offset(bench.take(piece(2048), kind="piece"))  # a gap: go on where we are
    bench.restart()
    assert 2048 == next_offset(bench.take(piece(1024), kind="piece"))
    assert len(PICTURE) == next_offset(bench.take(piece(2048), kind="piece"))
    assert len(PICTURE) == next_offset(bench.take(piece(0), kind="piece"))

    assert PICTURE == snapshots.picture(bench.db, "fire-a", "fire-a-1-1")
    assert [(1, "covered", START_MS)] == bench.db.execute("SELECT whole, why, at_ms FROM snapshots").fetchall()


def test_a_snapshot_with_a_wrong_digest_begins_again(bench: Bench) -> None:
    for offset, expected in ((0, 1024), (1024, 2048), (2048, 0)):
        assert expected == next_offset(bench.take(piece(offset, digest="0" * 64), kind="piece"))

    assert [] == bench.db.execute("SELECT * FROM pieces").fetchall()
    assert 1 == all_counters(bench.db)["snapshots.broken"]
    assert 1024 == next_offset(bench.take(piece(0), kind="piece"))


@given(order=st.lists(st.integers(0, 2), max_size=12))
def test_pieces_in_any_order_make_the_picture_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    """What is durable is always a beginning of the picture, as long as the last receipt said."""
    bench = Bench(tmp_path_factory.mktemp("pieces"))
    last = 0
    for number in order:
        last = next_offset(bench.take(piece(number * 1024), kind="piece"))
    have = snapshots.picture(bench.db, "fire-a", "fire-a-1-1")
    bench.db.close()

    assert PICTURE[: len(have)] == have
    assert last == len(have)


def test_old_snapshots_make_room_and_are_counted(bench: Bench) -> None:
    counters = Counters()
    store = Snapshots(counters, max_bytes=6_000)
    for number in range(4):
        for offset in (0, 1024, 2048):
            store.take(bench.db, "fire-a", piece(offset, f"fire-a-1-{number}"), START_MS)
    counters.flush(bench.db)

    assert [("fire-a-1-2",), ("fire-a-1-3",)] == bench.db.execute("SELECT id FROM snapshots ORDER BY n").fetchall()
    assert 2 == all_counters(bench.db)["snapshots.dropped"]


def test_settings_are_pushed_until_the_endpoint_has_them(tmp_path: Path) -> None:
    """Not to one that has them, not again to one that refused just these, and anew when the site file changes."""
    bench = Bench(tmp_path, "{limits = {smoke = [0.03, 0.02, 2000]}}")
    pushed = bench.take(online(), kind="status")
    assert "config" == pushed.kind
    assert {"version": 1, "limits": {"smoke": [0.03, 0.02, 2000]}} == configuration.decode(pushed.payload)
    assert isinstance(bench.take(online(), kind="status"), Reply)  # no answer yet
    assert bench.take(commands.encode_answer("config-1", True, {}), kind="answer") is None
    assert bench.take(online(1), kind="status") is None

    bench.configure("{limits = {smoke = [9, 9, 9]}}")
    bench.restart()
    assert 2 == configuration.decode(bench.take(online(1), kind="status").payload)["version"]
    bench.take(commands.encode_answer("config-2", False, {"error": "limits: smoke"}), kind="answer")
    assert bench.take(online(1), kind="status") is None
    assert [(2, "refused", "limits: smoke")] == bench.db.execute(
        "SELECT version, state, error FROM settings"
    ).fetchall()

    bench.configure("")  # taken out of the site file: back to what it was provisioned with
    bench.restart()
    assert {"version": 3} == configuration.decode(bench.take(online(1), kind="status").payload)
    bench.db.close()


def test_an_endpoint_that_is_ahead_gets_ours_with_a_higher_version(tmp_path: Path) -> None:
    """The gateway's database was lost, the endpoint's flash was not."""
    bench = Bench(tmp_path, "{sos_minutes = 1}")
    pushed = bench.take(online(41), kind="status")
    assert 42 == configuration.decode(pushed.payload)["version"]
    bench.db.close()


@pytest.mark.parametrize(
    ("settings", "text"),
    [("{version = 3}", "version is counted"), ("{at = 2026-01-01}", "date"), (f'{{note = "{"x" * 4000}"}}', "bytes")],
)
def test_settings_that_no_endpoint_could_take(tmp_path: Path, settings: str, text: str) -> None:
    with pytest.raises(SiteError, match=text):
        Bench(tmp_path, settings)


def test_bundles_are_served_piece_by_piece(tmp_path: Path) -> None:
    bundle = random.Random(3).randbytes(3_000)
    digest = hashlib.sha256(bundle).hexdigest()
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / digest).write_bytes(bundle)
    shop = Bundles(tmp_path)
    got = b""
    while (message := shop.piece(pieces.encode_fetch(digest, len(got)))) is not None:
        head, data = pieces.decode(message, pieces.MAX_BUNDLE)
        assert (digest, len(got), 3_000) == (head["id"], head["offset"], head["size"])
        got += data

    assert bundle == got
    assert shop.piece(pieces.encode_fetch("0" * 64, 0)) is None
    with pytest.raises(PayloadError, match="SHA-256"):
        shop.piece(pieces.encode_fetch("../site.toml", 0))


@pytest.mark.mosquitto
async def test_a_killed_gateway_has_what_it_receipted(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """Through a real broker: a report, a picture, an answer and a fetch; kill -9; all of it is still there."""
    process = Process(write_site(tmp_path, mosquitto.port, settings="{minutes = 5}"), tmp_path / "data")
    process.start()
    async with cloud(mosquitto.port) as centre, endpoint(mosquitto.port) as board:
        got = board.mail
        await until(centre.hears_a_listening_gateway)
        board.send("report", report(1))
        board.send("status", online())
        for offset in (0, 1024, 2048):
            board.send("piece", piece(offset))
        await until(lambda: len(got["receipt"]) == 4 and got["config"])
    process.kill()
    process.start()
    process.stop()

    assert {"version": 1, "minutes": 5} == json.loads(got["config"][0])
    db = sqlite3.connect(tmp_path / "data" / DATABASE)
    assert PICTURE == snapshots.picture(db, "fire-a", "fire-a-1-1")
    assert [("fire-a-1-1",)] == db.execute("SELECT id FROM reports").fetchall()
    db.close()


@pytest.mark.mosquitto
async def test_a_command_is_given_and_answered(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """Answers to other commands are not taken for ours; an update goes on until its last state; silence has a limit."""
    site = load(write_site(tmp_path, mosquitto.port))
    bundle = tmp_path / "bundle.gwb"
    bundle.write_bytes(PICTURE)
    async with endpoint(mosquitto.port) as board:

        async def answer(*said: tuple[bool, dict[str, Any]]) -> None:
            await until(lambda: board.mail["command"])
            asked = commands.decode_command(board.mail["command"].pop())
            board.send("answer", commands.encode_answer("another", True, {"state": "good"}))
            for ok, data in said:
                board.send("answer", commands.encode_answer(asked["id"], ok, data))

        async def give(cmd: str, details: dict[str, object], timeout_s: float) -> list[tuple[bool, dict[str, Any]]]:
            return [told async for told in endpoint_command.answers(site, "fire-a", cmd, details, "c-1", timeout_s)]

        no = (False, {"error": "没有报警 / no alarm"})
        told, _ = await asyncio.gather(give("silence", {"minutes": 5}, 20), answer(no, no))
        assert [no] == told
        states = [(True, {"state": state}) for state in ("fetching", "restarting", "good")]
        details = shelve(bundle, tmp_path)
        told, _ = await asyncio.gather(give("update", details, 20), answer(*states))
        assert states == told
        with pytest.raises(endpoint_command.NoAnswer):
            await give("log", {}, 0.5)

    assert PICTURE == (tmp_path / FOLDER / DIGEST).read_bytes()
    assert {"sha256": DIGEST, "size": len(PICTURE)} == details


def test_a_command_that_cannot_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site_file = write_site(tmp_path, 1883)

    assert endpoint_command.USAGE == endpoint_command.main(site_file, "fire-z", "reboot", {})
    assert "fire-z" in capsys.readouterr().err
    assert endpoint_command.USAGE == endpoint_command.main(site_file, "fire-a", "dance", {})
    assert "known: identify" in capsys.readouterr().err

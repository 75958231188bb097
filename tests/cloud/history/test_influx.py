"""InfluxDB: what is acknowledged is never lost, whatever dies and for how long; and nothing speaks out of a name."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from influxdb_client.rest import ApiException

from cloud.history.arriving import table_of_rows
from cloud.history.influx import flux, texts
from cloud.history.influx.lines import body, reading_lines
from cloud.history.influx.queue import Queue
from cloud.history.influx.series import InfluxSeries
from cloud.history.influx.server import Away, Server
from cloud.history.port import DAY_MS, ROLLED, Keep, Level, NotReadable, NotStored
from cloud.settings import Settings
from cloud.workers.opening import open_series
from cloud.workers.roles import worker_of
from runtime.backoff import delay_s
from runtime.settings import SettingsError
from tests.cloud.history.conftest import influx_series
from tests.cloud.history.readings import END_MS, NOON_MS, Reading, append, assert_same, buckets, every_second, rolled
from tests.influx import Influx

pytestmark = pytest.mark.influx
CLIENT_GIVES_UP_S = 180.0  # influxdb-client's own max_retry_time, after which it drops what it holds
WRITER = """
import sys, threading, time
from pathlib import Path
from cloud.history.influx.queue import Queue
from cloud.history.influx.series import InfluxSeries
from cloud.history.influx.server import Server
from tests.cloud.history.readings import NOON_MS, append, every_second

url, token, org, bucket, path = sys.argv[1:]
series = InfluxSeries(Server(url, token, org, bucket), Queue(Path(path)))

def forward():
    while True:
        series.step() or time.sleep(0.001)

threading.Thread(target=forward, daemon=True).start()
readings = every_second(100_000)
for start in range(0, len(readings), 20):
    append(series, readings[start : start + 20])
    print(start + 20, flush=True)  # the acknowledgement
"""


@pytest.fixture
def bucket(influx: Influx) -> Iterator[str]:
    """Empty."""
    bucket = influx.create()
    yield bucket
    influx.drop(bucket)


@pytest.fixture
def series(influx: Influx, bucket: str, tmp_path: Path) -> Iterator[InfluxSeries]:
    """On an empty bucket."""
    series = influx_series(influx, bucket, tmp_path)
    yield series
    series.close()


def told(series: InfluxSeries, device: str = "fire-a", channel: str = "smoke") -> list[int]:
    """Times of all readings, from the server alone."""
    assert series.health()["owed"] == 0
    return [at_ms for at_ms, _ in series.window(device, channel, 0, END_MS)]


def times(count: int) -> list[int]:
    """Of `every_second`."""
    return [NOON_MS + n * 1000 for n in range(count)]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


async def test_an_outage_that_the_client_would_not_survive(influx: Influx, series: InfluxSeries) -> None:
    """kill -9 of the server under load, and away for half an hour of waits, which the job takes as moments.

    Appends go on all the while; in the end nothing is lost, nothing doubled, and the roll-ups know it all.
    """
    waited_s = 0.0

    def soon(attempt: int) -> float:
        nonlocal waited_s
        waited_s += delay_s(attempt, lambda: 1.0)
        return 0.001

    readings = every_second(900)
    job = asyncio.create_task(series.forward(soon))
    for start in range(0, 900, 20):
        await asyncio.to_thread(append, series, readings[start : start + 20])
        if start == 300:
            influx.kill()
    await until(lambda: waited_s > 10 * CLIENT_GIVES_UP_S)
    assert series.health()["owed"] >= 580
    assert series.health()["server_failures"] > 0
    await asyncio.to_thread(influx.start)
    await until(lambda: series.health()["owed"] == 0 and series.health()["server_failures"] == 0)
    job.cancel()

    assert told(series) == times(900)
    assert series.count(["fire-a"], [], 0, END_MS, Level.RAW) == 900
    series.fold()
    for level in ROLLED:
        assert_same(rolled(series, level), buckets(readings, level))


def test_while_the_server_is_away(tmp_path: Path, free_port: int) -> None:
    """The last seconds are told out of the queue; who asks for more is told why, in both languages."""
    server = Server(f"http://127.0.0.1:{free_port}", "", "-", "b")
    series = InfluxSeries(server, Queue(tmp_path / "queue.db"))
    append(series, every_second(60))

    assert [at_ms for at_ms, _ in series.window("fire-a", "smoke", 0, END_MS)] == times(60)
    assert [one.last_ms for one in series.known()] == [times(60)[-1]]
    for ask in (
        lambda: series.read("fire-a", ["smoke"], 0, END_MS, Level.RAW, 10),
        lambda: series.count(["fire-a"], [], 0, END_MS, Level.RAW),
        lambda: list(series.batches(["fire-a"], [], 0, END_MS, Level.RAW)),
        lambda: series.retain(Keep(), NOON_MS),
        series.fold,
    ):
        with pytest.raises(NotReadable, match=r"现在不能服务.*does not serve now"):
            ask()
    with pytest.raises(NotStored):
        series.append_table(table_of_rows(one.row() for one in every_second(3)))
    series.close()


def test_no_answer_is_not_an_empty_one(tmp_path: Path, free_port: int) -> None:
    """A worker without the queue, and one with a new queue, do not take an outage for a centre without readings."""
    for queue in (None, Queue(tmp_path / "queue.db")):
        series = InfluxSeries(Server(f"http://127.0.0.1:{free_port}", "", "-", "b"), queue)
        for ask in (
            series.known,
            lambda series=series: series.known("fire-a"),
            lambda series=series: list(series.batches(["fire-a"], [], 0, END_MS, Level.RAW)),
        ):
            with pytest.raises(NotReadable, match="does not serve now"):
                ask()
        series.close()


def test_what_comes_late_while_retention_runs(influx: Influx, bucket: str, tmp_path: Path) -> None:
    """It is refused from the moment at which retention begins: alone it would take the place of its minute."""
    old_ms = NOON_MS - 31 * DAY_MS
    late = [Reading(seq=5000, at_ms=old_ms + 30_500, value=999.0, backfill=True)]

    def between() -> float:  # it is asked for the time after the minutes, before anything goes
        append(series, late)
        return 0.0

    series = InfluxSeries(Server(influx.url, influx.token, influx.org, bucket), Queue(tmp_path / "queue.db"), between)
    append(series, every_second(60, old_ms) + every_second(60))
    series.retain(Keep(), NOON_MS)
    series.retain(Keep(), NOON_MS)

    assert series.health()["too_late"] == 2
    for level in ROLLED:
        assert_same(rolled(series, level), buckets(every_second(60, old_ms) + every_second(60), level))
    series.close()


def test_a_writer_that_is_killed(influx: Influx, bucket: str, tmp_path: Path) -> None:
    """kill -9 of the centre while it appends and forwards: what it acknowledged is there."""
    path = tmp_path / "influx-queue.db"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", WRITER, influx.url, influx.token, influx.org, bucket, str(path)]
    acknowledged = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            acknowledged = int(line)
            if acknowledged >= 1000:
                break
        writer.send_signal(signal.SIGKILL)

    series = influx_series(influx, bucket, tmp_path)
    series.fold()
    found = told(series)
    assert len(found) >= acknowledged
    assert found == times(len(found))
    assert_same(rolled(series, Level.MINUTE), buckets(every_second(len(found)), Level.MINUTE))
    series.close()


def test_a_line_that_is_bad_does_not_hold_up_the_others(series: InfluxSeries) -> None:
    """A name longer than InfluxDB takes: found by halving, kept aside, counted; the rest is written."""
    bad = Reading(device="x" * 70_000, seq=1, at_ms=NOON_MS, value=1.0)
    append(series, [*every_second(50), bad, *every_second(50, NOON_MS + 50_000)])
    append(series, every_second(20, NOON_MS + 100_000))
    while series.step():
        pass

    assert told(series) == times(120)
    assert (series.health()["refused_lines"], series.health()["refused_ever"]) == (1, 1)
    (refusal,) = series._queue.refusals()
    assert refusal.line.startswith("readings,channel=smoke,device=xxx")
    assert "max key length" in refusal.why


def test_a_bucket_that_takes_nothing_is_not_the_fault_of_the_lines(
    influx: Influx, bucket: str, series: InfluxSeries
) -> None:
    """Somebody else writes text under our field: readings wait until that is mended, none goes aside."""
    influx.write(bucket, f'readings,channel=smoke,device=other value="text" {NOON_MS}000000')
    append(series, every_second(200))
    with pytest.raises(Away, match=r"拒收所有读数.*refuses every reading.*conflict"):
        series.step()
    assert (series.health()["owed"], series.health()["refused_lines"]) == (200, 0)
    influx.drop(bucket)
    with pytest.raises(Away, match=r"没有存储桶.*no bucket"):
        series.step()
    influx.create(bucket)
    while series.step():
        pass

    assert told(series) == times(200)


def test_a_bucket_that_keeps_less_than_we_do(influx: Influx, bucket: str, tmp_path: Path) -> None:
    """Its own retention refuses old readings: counted, and in nobody's way."""
    series = influx_series(influx, influx.create(f"{bucket}-short", keep_s=3600), tmp_path)
    append(series, every_second(40, NOON_MS - 1000 * 86_400_000))
    while series.step():
        pass

    assert (series.health()["owed"], series.health()["beyond_bucket"]) == (0, 40)
    series.close()


def test_a_full_queue_refuses_and_the_gateway_keeps(influx: Influx, bucket: str, tmp_path: Path) -> None:
    """Nothing is dropped for what comes later; there is room again as soon as the server takes something."""
    series = influx_series(influx, bucket, tmp_path, queue_bytes=20_000)
    with pytest.raises(NotStored, match=r"队列已满.*queue for InfluxDB is full"):  # noqa: PT012
        for appended in range(0, 100_000, 20):
            append(series, every_second(20, NOON_MS + appended * 1000))
    assert (series.health()["owed"], series.health()["queue_full"]) == (appended, 1)
    while series.step():
        pass
    append(series, every_second(20, NOON_MS + appended * 1000))

    assert len(series.window("fire-a", "smoke", 0, END_MS)) == appended + 20
    series.close()


def test_a_full_disk_refuses_and_goes_on_later(series: InfluxSeries) -> None:
    """SQLite's own word for it; the connection is good afterwards."""
    append(series, every_second(20))
    db = series._queue._db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(NotStored, match=r"磁盘空间.*free disk space"):  # noqa: PT012
        for start in range(0, 100_000, 1000):
            append(series, every_second(1000, NOON_MS + start * 1000))
    db.execute("PRAGMA max_page_count = 1000000")
    append(series, every_second(40))
    series.fold()

    assert told(series)[:40] == times(40)


def test_a_broken_queue_is_put_aside(influx: Influx, bucket: str, tmp_path: Path) -> None:
    """The centre starts and takes readings; the file stays for whoever can read it."""
    (tmp_path / "influx-queue.db").write_bytes(b"no database at all " * 500)
    series = influx_series(influx, bucket, tmp_path)
    append(series, every_second(5))
    series.fold()

    assert told(series) == times(5)
    assert [path.name for path in tmp_path.glob("*.broken*")] == ["influx-queue.broken0"]
    series.close()


HOSTILE = [
    'x" or r.device == "fire-a',
    'x") |> yield() //',
    "${r.device}",
    "a,channel=temp",
    "two words = one",
    "back\\slash",
    "灯-01",
    "a\\,b",
    "#comment",
    '"',
]


def test_a_name_is_a_name(series: InfluxSeries) -> None:
    """Neither line protocol nor Flux is led astray by what calls itself a device or a channel."""
    append(series, every_second(3))
    plain = [f"lift-{number}" for number in range(2 * flux.FEW)]  # so many are asked for by a pattern
    for name in HOSTILE + plain:
        append(series, every_second(2, device=name, channel=name))
    series.fold()

    assert told(series) == times(3)
    assert {one.device for one in series.known()} == {"fire-a", *HOSTILE, *plain}
    assert rolled(series, Level.DAY, plain[7], plain[7]).count.tolist() == [2]
    assert series.count([*HOSTILE, *plain], [], 0, END_MS, Level.DAY) == len(HOSTILE + plain)
    for name in HOSTILE:
        assert told(series, name, name) == times(2), name
        assert [one.device for one in series.known(name)] == [name]
        assert rolled(series, Level.DAY, name, name).count.tolist() == [2]
    (raw,) = series.batches([HOSTILE[0]], [], 0, END_MS, Level.RAW)
    assert raw["channel"].to_pylist() == [HOSTILE[0]] * 2


@pytest.mark.parametrize("name", ["line\nend", "", "ends with\\", "nul\0"])
def test_a_name_that_cannot_be_told_is_refused(series: InfluxSeries, name: str) -> None:
    """At the door, so that the gateway is told which message it was."""
    with pytest.raises(ValueError, match="device"):
        append(series, every_second(1, device=name))


def test_a_quality_may_say_anything(series: InfluxSeries) -> None:
    """Reasons of faults are words of gateways."""
    reason = 'a "quoted" \\ reason,\r\n\r\nerror,reference\r\nwith lines'
    row = Reading(seq=1, at_ms=NOON_MS, value=None).row() | {"faults": {"smoke": reason}}
    series.append([row, Reading(seq=2, at_ms=NOON_MS + 1000, value=2.0).row()])
    series.fold()

    assert series.window("fire-a", "smoke", 0, END_MS) == [(NOON_MS, None), (NOON_MS + 1000, 2.0)]
    (raw,) = series.batches(["fire-a"], [], 0, END_MS, Level.RAW)
    assert raw["quality"].to_pylist()[1] == "good"
    assert raw["quality"].to_pylist()[0].replace("\r", "") == f"fault:{reason}".replace("\r", "")


def test_two_boards_in_the_same_millisecond(series: InfluxSeries) -> None:
    """A board and the one that replaced it: both are there, in the order of boot and sequence."""
    same = [Reading(boot=boot, seq=seq, at_ms=NOON_MS, value=boot * 10.0 + seq) for boot in (1, 2) for seq in (1, 2)]
    append(series, reversed(same))
    series.fold()

    assert series.window("fire-a", "smoke", 0, END_MS) == [(NOON_MS, one.value) for one in same]
    for level in ROLLED:
        assert_same(rolled(series, level), buckets(same, level))


def test_lines_are_as_documented() -> None:
    """Tags of few values only; no incident, no sequence number, no time among them."""
    rows = [
        Reading(device="灯 1", seq=7, at_ms=5, value=1.25).row(),
        Reading(seq=8, at_ms=6, value=None, backfill=True).row(),
    ]
    assert body(reading_lines(table_of_rows(rows))).decode().splitlines() == [
        "readings,channel=smoke,device=灯\\ 1 value=1.25,boot=1i,seq=7i,received_ms=45i 5062506",
        "readings,channel=smoke,device=fire-a boot=1i,seq=8i,received_ms=46i,backfill=true,"
        'quality="fault:lost" 6062507',
    ]
    assert flux.literal('a"${b}\\') == '"a\\x22\\x24\\x7bb\\x7d\\x5c"'


@pytest.mark.parametrize(("status", "words"), [(401, "INFLUX_TOKEN"), (403, "may not read or write"), (503, "queue")])
def test_troubles_are_told_to_people(status: int, words: str) -> None:
    """What it means and what to do, in both languages."""
    text = texts.sentence(ApiException(status=status, reason="no"), "http://influx", "b")
    assert words in text
    assert text[0].isascii() is False or "InfluxDB" in text


class TakesAll(BaseHTTPRequestHandler):
    """What version 2 answers to a delete; keeps what it was asked."""

    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def do_POST(self) -> None:
        """204."""
        length = int(self.headers["Content-Length"])
        self.asked.append((self.path, json.loads(self.rfile.read(length))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""


def test_forgetting_on_version_2() -> None:
    """It has a delete of its own, which 1.8 has not; the request is as its documentation says."""
    TakesAll.asked.clear()
    with HTTPServer(("127.0.0.1", 0), TakesAll) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        server = Server(f"http://127.0.0.1:{http.server_port}", "token", "us", "ours")
        server.delete("readings", NOON_MS)
        server.close()
        http.shutdown()
        thread.join()

    ((path, asked),) = TakesAll.asked
    assert parse_qs(urlsplit(path).query) == {"bucket": ["ours"], "org": ["us"]}
    assert urlsplit(path).path == "/api/v2/delete"
    assert asked["predicate"] == '_measurement="readings"'
    assert datetime.fromisoformat(asked["start"]).timestamp() == 0
    stop = datetime.fromisoformat(asked["stop"])  # "the latest time to delete from" goes too: noon itself stays
    assert stop + timedelta(microseconds=1) == datetime.fromtimestamp(NOON_MS / 1000, UTC)


def test_a_bucket_that_is_not_there_is_named(influx: Influx, tmp_path: Path) -> None:
    """Reading and writing say the same."""
    series = influx_series(influx, "nowhere/autogen", tmp_path)
    append(series, every_second(1))
    with pytest.raises(Away, match="no bucket nowhere/autogen"):
        series.step()
    with pytest.raises(NotReadable, match="no bucket nowhere/autogen"):
        series.read("fire-a", ["smoke"], 0, END_MS, Level.RAW, 10)
    series.close()


def test_a_worker_of_the_console_reads_only(influx: Influx, bucket: str, series: InfluxSeries) -> None:
    """It asks the server itself; readings belong to the worker with the queue."""
    append(series, every_second(10))
    series.fold()
    reader = InfluxSeries(Server(influx.url, influx.token, influx.org, bucket), None)

    assert len(reader.window("fire-a", "smoke", 0, END_MS)) == 10
    assert reader.known() == series.known()
    assert (reader.fold(), reader.health()) == (0, {})
    with pytest.raises(NotStored, match="ROLES"):
        append(reader, every_second(1))
    with pytest.raises(NotImplementedError, match="influx backup"):
        reader.backup(Path())
    reader.close()


def test_the_settings_open_it(influx: Influx, bucket: str, tmp_path: Path) -> None:
    """With a token from a file; a mistake names its setting and is no trace."""
    alone = worker_of("", "", "sqlite://", 0)
    token = tmp_path / "token"
    token.write_text((influx.token or "any") + "\n")
    given = {"data_dir": tmp_path, "influx_url": influx.url, "influx_bucket": bucket, "influx_org": influx.org}
    series = open_series(Settings(series="influxdb", influx_token_file=token, **given), alone)
    append(series, every_second(3))
    assert series.fold() == 3
    series.close()
    for wrong, named in (
        ({"series": "oracle"}, "SERIES"),
        ({"series": "influxdb", "influx_token_file": tmp_path / "none"}, "INFLUX_TOKEN_FILE"),
    ):
        with pytest.raises(SettingsError, match=named):
            open_series(Settings(**{**given, **wrong}), alone)
    with pytest.raises(ValueError, match="INFLUX_URL"):
        open_series(Settings(series="influxdb", **{**given, "influx_url": "influx:8086"}), alone)


def test_a_queue_counts_what_it_holds(tmp_path: Path) -> None:
    """Also after a restart."""
    path = tmp_path / "queue.db"
    readings = table_of_rows(one.row() for one in every_second(7))
    queue = Queue(path)
    queue.put(readings, NOON_MS, NOON_MS + 6000, [])
    before = queue.counts()
    queue.close()
    queue = Queue(path)

    assert (queue.counts(), before["owed"]) == (before, 7)
    assert queue.oldest(1)[0].readings == readings
    queue.close()

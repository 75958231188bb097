"""Messages through the pipeline into a real database: what is taken, refused, judged and owed."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outward.history import BATCH_BYTES
from gateway.pipeline.arrivals import Arrival, Sample
from gateway.store.counters import all_counters
from gateway.store.quarantine import by_reason
from protocol import senml, status
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS, sample, samples_in

CALM = {"smoke": 0.0, "temp": 20.0}
SMOKE = {"smoke": 0.05, "temp": 20.0}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench with two endpoints."""
    bench = Bench(tmp_path)
    yield bench
    bench.db.close()


@pytest.mark.parametrize(
    ("payload", "device", "reason", "acknowledged"),
    [
        (b"{", "fire-a", "not_json", False),
        (b"[{}]", "fire-a", "bad_bn", False),
        (b"[" * 1024, "fire-a", "not_json", False),
        (sample("fire-b", 1, START_MS), "fire-a", "device_mismatch", True),
        (sample("fire-z", 1, START_MS), "fire-z", "unknown_device", False),
        (sample("fire-a", 1, START_MS).replace(b"Cel", b"Far"), "fire-a", "bad_unit", True),
        (sample("fire-a", 1, 7_000), "fire-a", "future", True),
        (sample("fire-b", 1, START_MS).replace(b"Cel", b"Far"), "fire-a", "bad_unit", False),
    ],
)
def test_what_cannot_be_accepted_is_kept_with_the_reason(
    bench: Bench, payload: bytes, device: str, reason: str, acknowledged: bool
) -> None:
    """Payload and reason in quarantine, nothing in history, no incident."""
    assert (bench.take(payload, device) is not None) is acknowledged
    bench.history()

    assert by_reason(bench.db) == {reason: 1}
    assert bench.db.execute("SELECT payload FROM quarantine").fetchone() == (payload,)
    assert bench.events() == []


def test_the_same_sample_twice_is_acknowledged_twice_and_counted_once(bench: Bench) -> None:
    """Redelivery changes nothing, also after a restart."""
    one = sample("fire-a", 4, START_MS)
    results = [bench.take(one), bench.take(one)]
    bench.restart()
    results.append(bench.take(one))
    bench.history()

    assert results == [Sample(device="fire-a", boot=1, seq=4)] * 3
    assert samples_in(bench.events()) == [("fire-a", 1, 4)]
    assert all_counters(bench.db)["duplicates"] == 2


def test_a_fire_with_its_readings_before_and_after(bench: Bench) -> None:
    """The raise carries the last minute, the follow-up and the clearing what came since."""
    bench.run(0, 100, CALM)
    bench.run(100, 40, SMOKE)
    bench.run(140, 70, CALM)

    raised, followed, cleared = bench.events()
    assert [event.type.rsplit(".", 1)[1] for event in (raised, followed, cleared)] == ["raised", "changed", "cleared"]
    assert {event.subject for event in (raised, followed, cleared)} == {raised.data["incident_id"]}
    assert (raised.data["place"], raised.data["grid"], raised.data["severity"]) == ("Room fire-a", "1", "major")
    assert raised.data["breach_at_ms"] == START_MS + 100_000
    assert raised.data["raised_at_ms"] == START_MS + 102_000
    smoke = raised.data["evidence"]["smoke"]
    assert (len(smoke), smoke[0], smoke[-1]) == (60, [START_MS + 43_000, 0.0], [START_MS + 102_000, 0.05])
    assert len(followed.data["evidence"]["smoke"]) == 30
    assert raised.data["signals"][0] == {
        "rule": "smoke_level",
        "channel": "smoke",
        "value": 0.05,
        "limit": 0.02,
        "clear": 0.012,
        "unit": "1/m",
        "at_ms": START_MS + 102_000,
        "reason": "",
        "label": "",
    }
    assert cleared.data["cleared_at_ms"] == START_MS + 200_000


def test_a_restart_in_the_fire_keeps_the_incident(bench: Bench) -> None:
    """Same id, the revision grows, the evidence from before is still there."""
    bench.run(0, 60, CALM)
    bench.run(60, 2, SMOKE)
    bench.restart()
    bench.run(62, 1, SMOKE)
    bench.restart()
    bench.run(63, 1, SMOKE | {"temp": 80.0})
    bench.run(64, 3, SMOKE | {"temp": 80.0})

    first, second = bench.events()
    assert (first.data["incident_id"], first.data["revision"]) == (second.data["incident_id"], 1)
    assert (second.data["revision"], second.data["severity"]) == (2, "critical")
    assert len(first.data["evidence"]["temp"]) == 60


def test_an_implausible_value_is_a_fault_not_a_fire(bench: Bench) -> None:
    """130 deg C and more cannot come from this sensor: history keeps the fault, the sensor gets an incident."""
    bench.run(0, 5, {"temp": 900.0, "smoke": 0.0})
    bench.history()

    assert bench.told() == [("fire-a", 1, "active", "sensor_fault")]
    rows = bench.events()[-1].data["rows"]
    assert [(row["values"], row["faults"]) for row in rows] == [({"smoke": 0.0}, {"temp": "implausible"})] * 5


def test_an_endpoint_goes_and_comes(bench: Bench) -> None:
    """Last will: away; a reading: back. The other one never spoke: away after the silence, on a standing link only."""
    bench.take(status.encode({"state": "online", "why": "birth", "boot": 1, "at_ms": None}), kind="status")
    bench.take(status.last_will(1), kind="status")
    bench.take(status.last_will(1), kind="status")
    bench.run(1, 1, CALM)
    bench.silence(14)
    bench.silence(40, up_second=30)
    assert bench.told() == [("fire-a", n, c, "endpoint_offline") for n, c in ((1, "active"), (2, "cleared"))]
    bench.silence(46, up_second=30)

    assert bench.told()[2:] == [(device, 1, "active", "endpoint_offline") for device in ("fire-a", "fire-b")]
    states = [row["state"] for row in bench.rows()]
    assert states == ["offline", "offline"]


def said(state: str, why: str, boot: int = 1, at_ms: int | None = None) -> bytes:
    """A status of an endpoint."""
    return status.encode({"state": state, "why": why, "boot": boot, "at_ms": at_ms})


def test_who_talks_and_measures_nothing_is_away(bench: Bench) -> None:
    """Heartbeats and repetitions are no samples: away with the reason, its channels missing, back with a new sample."""
    bench.run(0, 3, CALM)
    for second in range(3, 20):
        bench.take(said("online", "heartbeat"), kind="status", at_ms=START_MS + second * 1000)
        bench.take(sample("fire-a", 2, START_MS + 2000, **CALM), at_ms=START_MS + second * 1000)
    bench.silence(20, up_second=10)
    assert bench.told() == []
    bench.silence(26, up_second=10)
    bench.take(said("online", "heartbeat"), kind="status", at_ms=START_MS + 27_000)

    row = bench.rows()[0]
    assert (row["state"], row["channels"]) == ("offline", dict.fromkeys(CALM, "missing"))
    raised = [event.data for event in bench.events() if event.data["device"] == "fire-a"]
    assert [data["signals"][0]["reason"] for data in raised] == ["no_readings"]
    bench.run(30, 1, CALM)
    assert bench.told()[-1] == ("fire-a", 2, "cleared", "endpoint_offline")


def test_while_the_site_link_is_down_nothing_looks_healthy(bench: Bench) -> None:
    """One incident for the site, endpoints unknown, also over a restart; cleared when the link is back."""
    bench.run(0, 1, CALM)
    for second, up_second in ((1, 1), (20, 4), (21, 4)):
        bench.note_site_link(second, up_second)
    row = bench.rows()[0]
    assert (row["state"], row["channels"]) == ("unknown", dict.fromkeys(CALM, "missing"))
    bench.restart()
    bench.note_site_link(30, 30)

    raised, cleared = (event.data for event in bench.events())
    assert (raised["kind"], raised["severity"], raised["device"]) == ("site_link_down", "major", bench.site.gateway)
    assert (raised["breach_at_ms"], raised["raised_at_ms"]) == (START_MS + 4_000, START_MS + 20_000)
    assert (cleared["incident_id"], cleared["condition"]) == (raised["incident_id"], "cleared")
    assert bench.rows()[0]["state"] == "online"


def test_silence_does_not_follow_a_clock_that_steps(bench: Bench) -> None:
    """The gateway's clock is set back an hour in the middle: silence is counted all the same."""
    bench.run(0, 3, CALM)
    bench._commit(lambda: bench.pipeline.find_silent(bench.db, START_MS - 3_600_000, 17.0, 0.0, 15.0))
    assert [device for device, *_ in bench.told()] == ["fire-b"]
    bench._commit(lambda: bench.pipeline.find_silent(bench.db, START_MS - 3_600_000, 18.0, 0.0, 15.0))
    assert [device for device, *_ in bench.told()] == ["fire-b", "fire-a"]


def test_the_last_will_of_a_boot_that_is_over_is_ignored(bench: Bench) -> None:
    """It came late, or again after a reconnection; only that of the boot that talks counts."""
    bench.take(sample("fire-a", 1, START_MS, boot=4, **CALM))
    bench.take(status.last_will(3), kind="status")
    bench.restart()
    bench.take(said("offline", "clean_exit", 3), kind="status")
    assert bench.told() == []
    assert all_counters(bench.db)["late_statuses"] == 2
    bench.take(status.last_will(4), kind="status")
    assert bench.told() == [("fire-a", 1, "active", "endpoint_offline")]


def test_a_stale_retained_status_is_no_sign_of_life(bench: Bench) -> None:
    """Said an hour ago and kept by the broker: it neither brings an endpoint back nor was it seen just now."""
    bench.take(said("online", "heartbeat", at_ms=START_MS - 3_600_000), kind="status")

    row = bench.rows()[0]
    assert (row["state"], row["last_seen_ms"]) == ("unknown", START_MS - 3_600_000)


def test_the_birth_of_another_board_begins_its_numbers_again(bench: Bench) -> None:
    """It has no clock yet and a lower boot: its first samples are new ones all the same."""
    for seq in range(3):
        bench.take(sample("fire-a", seq, START_MS + seq * 1000, boot=9, **CALM))
    bench.take(said("online", "birth", 1), kind="status")
    for seq in range(3):
        bench.take(senml.encode(senml.Pack("fire-a", 1, seq, None, values=CALM)), at_ms=START_MS + 60_000)
    bench.take(sample("fire-a", 9, START_MS + 61_000, boot=1, **CALM), at_ms=START_MS + 61_000)
    bench.take(status.last_will(1), kind="status", at_ms=START_MS + 62_000)
    bench.history()

    assert bench.told() == [("fire-a", 1, "active", "endpoint_offline")]
    assert samples_in(bench.events())[-4:] == [("fire-a", 1, seq) for seq in (0, 1, 2, 9)]


def test_unknown_channels_and_absurd_clocks_are_counted(bench: Bench) -> None:
    """Tolerant in, never silent."""
    told = START_MS + 3 * 86_400_000
    newer = sample("fire-a", 1, told, temp=20.0)[:-1] + b',{"n":"radon","u":"Bq/m3","v":4}]'
    bench.take(newer)
    bench.history()

    (row,) = bench.events()[0].data["rows"]
    assert (row["quality"], row["at_ms"], row["told_ms"]) == ("uncertain", START_MS, told)
    counters = all_counters(bench.db)
    assert (counters["unknown_channels"], counters["uncertain_time"]) == (1, 1)


def test_history_comes_in_batches_with_backfill_apart(bench: Bench) -> None:
    """At most 200 rows and 24 kB in one message, every sample once."""
    bench.run(0, 450, CALM)
    bench.take(sample("fire-b", 1, START_MS, late=True), "fire-b")
    bench.history()
    bench.history()

    sent = bench.events()
    counts = [len(event.data["rows"]) for event in sent]
    assert (counts[-1], sum(counts), len(set(samples_in(sent)))) == (1, 451, 451)
    assert 4 <= len(counts) <= 6
    stored = bench.db.execute("SELECT priority, length(payload) FROM outbox ORDER BY n").fetchall()
    assert [priority for priority, _ in stored] == [3] * (len(counts) - 1) + [4]
    assert max(size for _, size in stored) <= 1.2 * BATCH_BYTES


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
labels = st.sampled_from(["bn", "bt", "boot", "seq", "hist", "n", "u", "v", "vb", "vs", "t", "state", "why", "at_ms"])
names = st.sampled_from(["fire-a/", "smoke", "temp", "call_point", "temp/health", "/health", "1/m", "Cel", "offline"])
numbers = st.integers() | st.floats() | st.sampled_from([START_MS / 1000, 0, -3, 1e11, 2**53 - 1, 2**63, 2**70])
records = st.dictionaries(labels, names | numbers | st.booleans() | junk, max_size=9)


@given(st.lists(records, max_size=4) | records | junk, st.sampled_from(["readings", "status"]))
def test_no_message_whatever_breaks_the_pipeline(content: Any, kind: str) -> None:
    """Taken or kept aside with a reason; nothing else can happen."""
    head = {"bn": "fire-a/", "bt": START_MS / 1000, "boot": 1, "seq": 1}
    messages = [json.dumps(content).encode()]
    if isinstance(content, list) and content and isinstance(content[0], dict):
        messages.append(json.dumps([head | content[0], *content[1:]]).encode())
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for payload in messages:
            bench.take(payload, kind=kind)
        bench.history()
        bench.events()
        bench.db.close()


def test_nothing_half_done(bench: Bench) -> None:
    """A transaction that fails leaves neither history nor incident nor mark; the same message then counts fully."""
    bench.run(0, 62, SMOKE | {"temp": 20.0})
    told = bench.told()
    bench.db.execute("BEGIN")
    arrival = Arrival(
        device="fire-b",
        kind="readings",
        topic="t",
        payload=sample("fire-b", 1, START_MS),
        received_ms=START_MS,
        received_s=0.0,
    )
    bench.pipeline.take(bench.db, arrival)
    bench.memory.flush(bench.db)
    with pytest.raises(sqlite3.IntegrityError):
        bench.db.execute("INSERT INTO totals VALUES ('boot', 1)")
    bench.db.execute("ROLLBACK")
    bench.forget()

    assert bench.told() == told
    bench.take(sample("fire-b", 1, START_MS), "fire-b")
    bench.history()
    assert samples_in(bench.events()).count(("fire-b", 1, 1)) == 1

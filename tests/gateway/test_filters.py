"""Filters of a site at work: from the site file to what rules, reports and the centre see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.readings import accept
from gateway.filters.filters import SAVED_AT_ONCE, Filters
from gateway.site_file.filters_section import filters_of, rate_limit_of
from gateway.site_file.reader import SiteError
from gateway.site_file.site import load
from gateway.store.counters import Counters, all_counters
from gateway.store.schema import open_database
from protocol import senml
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS, sample, write_site


class Filtering(Bench):
    """A pipeline under a site file with filters."""

    def __init__(self, folder: Path, filters: str) -> None:
        self._filters = filters
        super().__init__(folder)

    def configure(self, settings: str) -> None:
        """The usual site, and the filters."""
        path = write_site(self.folder, 1883, ("fire-a", "fire-b"), settings)
        path.write_text(f"{path.read_text()}\n{self._filters}\n", encoding="utf-8")
        self.site = load(path)

    def told_values(self, channel: str) -> list[tuple[int, Any]]:
        """(seq, value or fault) that the centre is told of fire-a."""
        self.history()
        rows = [row for event in self.events() for row in event.data.get("rows", [])]
        both = [(row["seq"], {**row["values"], **row["faults"]}) for row in rows if row["device"] == "fire-a"]
        return [(seq, values[channel]) for seq, values in both if channel in values]

    def counted(self) -> dict[str, int]:
        """What filters did."""
        return {name[8:]: n for name, n in all_counters(self.db).items() if name.startswith("filters.")}


def test_a_site_without_filters_reports_what_came(tmp_path: Path) -> None:
    """Nothing is changed that nobody asked for."""
    bench = Filtering(tmp_path, "")
    bench.run(1, 3, {"temp": 20.125, "co": 3, "call_point": False})
    assert bench.told_values("temp") == [(1, 20.125), (2, 20.125), (3, 20.125)]
    assert bench.told_values("call_point") == [(1, False), (2, False), (3, False)]
    assert bench.counted() == {}


def test_spikes_are_replaced_counted_and_kept_as_evidence(tmp_path: Path) -> None:
    """Rules and reports see the median; what the sensor really said stays beside the incident."""
    bench = Filtering(tmp_path, '[[filters]]\nchannels = ["hydrant_pressure"]\nspike = "hampel"\nspike_floor = 5')
    bench.run(1, 5, {"hydrant_pressure": 400.0})
    bench.run(6, 1, {"hydrant_pressure": 1300.0})
    bench.run(7, 1, {"hydrant_pressure": 400.0})
    assert {value for _, value in bench.told_values("hydrant_pressure")} == {400.0}
    assert bench.counted() == {"spike": 1}
    (row,) = bench.pipeline.filters.rows("fire-a")
    assert (row["channel"], row["taken"], row["window"][-1]) == ("hydrant_pressure", {"spike": 1}, 400.0)
    assert [row["device"] for row in bench.pipeline.filters.rows()] == ["fire-a", "fire-b"]
    at_ms = START_MS + 6000
    kept = bench.memory.recent.evidence(bench.db, "fire-a", at_ms - 1, at_ms)
    assert kept == {"hydrant_pressure": [[at_ms, 1300.0]]}


def test_a_deadband_thins_reports_but_not_faults(tmp_path: Path) -> None:
    """What did not change is not told; a channel beside it is told as ever."""
    filters = '[[filters]]\nchannels = ["temp", "mains"]\ndeadband = 0.5\nmax_silence_ms = 4000'
    bench = Filtering(tmp_path, filters)
    for second, temp in enumerate((20.0, 20.1, 20.9, 20.8, 20.7, 20.6, 20.5, 20.4)):
        bench.run(second, 1, {"temp": temp, "mains": second != 5, "smoke": 0.0})
    assert bench.told_values("temp") == [(0, 20.0), (2, 20.9), (6, 20.5)]
    assert bench.told_values("mains") == [(0, True), (4, True), (5, False), (6, True)]
    assert len(bench.told_values("smoke")) == 8
    assert bench.counted() == {"unchanged": 9}


def test_a_sample_in_which_nothing_is_new_is_not_told_at_all(tmp_path: Path) -> None:
    """It is acknowledged and judged all the same."""
    bench = Filtering(tmp_path, '[[filters]]\nchannels = ["temp"]\ndeadband = 1\nmax_silence_ms = 60000')
    bench.run(1, 5, {"temp": 20.0})
    assert bench.told_values("temp") == [(1, 20.0)]


def test_a_stuck_sensor_is_an_incident_and_no_fire_is_missed(tmp_path: Path) -> None:
    """Its channel has a fault; rules of life safety still look at what it says."""
    filters = '[[filters]]\nchannels = ["temp", "smoke"]\nstuck_ms = 5000\nhigh = 0.3'
    bench = Filtering(tmp_path, filters + '\n[[filters]]\nchannels = ["temp"]\nstuck_ms = 5000')
    bench.run(1, 10, {"temp": 20.0, "smoke": 0.0})
    assert bench.pipeline.rows.everything(bench.db, watching=True)[0]["channels"]["temp"] == "fault:stuck"
    assert bench.told() == [("fire-a", 1, "active", "sensor_fault")]
    bench.run(11, 5, {"temp": 90.0, "smoke": 0.9})
    assert ("fire-a", 1, "active", "fire") in bench.told()
    assert bench.counted()["implausible_here"] == 5


def test_filters_go_on_after_a_restart(tmp_path: Path) -> None:
    """After an orderly end with all, after a power cut with what was a minute old."""
    bench = Filtering(
        tmp_path, '[[filters]]\nchannels = ["temp"]\nstuck_ms = 100000\ndeadband = 1\nmax_silence_ms = 900000'
    )
    bench.run(1, 50, {"temp": 20.0})
    bench.pipeline.filters.save(bench.db)
    bench.restart()
    bench.run(51, 49, {"temp": 20.0})
    assert bench.counted().get("stuck") is None
    bench.run(100, 2, {"temp": 20.0})
    assert bench.counted()["stuck"] == 1
    (state,) = bench.db.execute("SELECT state FROM filter_states WHERE device = 'fire-a'").fetchone()
    assert msgspec.json.decode(state)["temp"]["at_ms"] == START_MS + 50_000
    bench.run(102, 20, {"temp": 20.0})
    (state,) = bench.db.execute("SELECT state FROM filter_states WHERE device = 'fire-a'").fetchone()
    assert msgspec.json.decode(state)["temp"]["at_ms"] == START_MS + 111_000  # a minute after the restart


def test_what_filters_know_is_written_a_part_at_a_time(tmp_path: Path) -> None:
    """A large site must not hold up a transaction: the oldest first, all within the next transactions."""
    devices = tuple(f"fire-{number}" for number in range(2 * SAVED_AT_ONCE + 50))
    path = write_site(tmp_path, 1883, devices)
    path.write_text(path.read_text() + '\n[[filters]]\nchannels = ["temp"]\nhigh = 60\n')
    db, _ = open_database(tmp_path / "gateway.sqlite")
    filters, written = Filters(load(path), Counters()), []
    for second in (0, 61, 62, 63, 64):
        at_ms = START_MS + second * 1000
        packs = [senml.Pack(device, 1, second, at_ms, values={"temp": 20.0}) for device in devices]
        filters.run(db, [(accept(pack, at_ms), False) for pack in packs])
        filters.save(db, at_ms)
        written.append(db.execute("SELECT count(*) FROM filter_states").fetchone()[0])
    assert written == [0, SAVED_AT_ONCE, 2 * SAVED_AT_ONCE, len(devices), len(devices)]
    db.close()


def test_an_undone_transaction_leaves_no_trace(tmp_path: Path) -> None:
    """The same samples come again, and the filters have not seen them yet."""
    filters = '[[filters]]\nchannels = ["temp"]\nspike = "median"\nspike_window = 3'
    bench, twice = (Filtering(_folder(tmp_path, name), filters) for name in ("once", "twice"))
    for second, temp in enumerate((20.0, 21.0, 30.0, 21.0)):
        bench.run(second, 1, {"temp": temp})
        payload = sample("fire-a", second, START_MS + second * 1000, temp=temp)
        twice.db.execute("BEGIN")
        twice.take_in_transaction(payload, at_ms=START_MS + second * 1000)
        twice.pipeline.batch.flush(twice.db)
        twice.db.execute("ROLLBACK")
        twice.forget()
        twice.run(second, 1, {"temp": temp})
    assert twice.pipeline.filters.rows() == bench.pipeline.filters.rows()
    assert twice.told_values("temp") == bench.told_values("temp") == [(0, 20.0), (1, 20.5), (2, 21.0), (3, 21.0)]


def _folder(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name


def test_a_batch_is_judged_as_its_samples_one_by_one(tmp_path: Path) -> None:
    """Many samples of one transaction, in order and not, with a status between them."""
    filters = (
        '[[filters]]\nchannels = ["temp"]\nspike = "median"\nsmooth_ms = 3000\ndeadband = 0.2\nmax_silence_ms = 9000'
    )
    single, together = (Filtering(_folder(tmp_path, name), filters) for name in ("single", "together"))
    order = [1, 2, 3, 5, 4, 4, 7, 8, 6, 9]
    messages = [(sample("fire-a", seq, START_MS + seq * 1000, temp=20.0 + seq**2), "readings") for seq in order]
    messages.insert(6, (b'{"state": "offline", "why": "last_will", "boot": 1, "at_ms": null}', "status"))
    for number, (payload, kind) in enumerate(messages):
        single.take(payload, kind=kind, at_ms=START_MS + number * 1000)
    together.db.execute("BEGIN")
    for number, (payload, kind) in enumerate(messages):
        together.take_in_transaction(payload, kind=kind, at_ms=START_MS + number * 1000)
    together.end_transaction()
    assert together.told_values("temp") == single.told_values("temp")
    assert together.told() == single.told()
    assert together.counted() == single.counted()
    states = [bench.db.execute("SELECT state FROM endpoints").fetchone() for bench in (single, together)]
    assert [msgspec.json.decode(state)["channels"] for (state,) in states] == [{"temp": "good"}] * 2


MESSAGE = st.tuples(
    st.sampled_from(["fire-a", "fire-b"]),
    st.sampled_from(["sample", "sample", "sample", "sample", "late", "offline"]),
    st.integers(1, 12),
    st.sampled_from([20.0, 20.1, 21.0, 95.0, 150.0]),
    st.booleans(),
)
ALL_STAGES = """[[filters]]
channels = ["temp", "smoke"]
high = 90
spike = "hampel"
spike_window = 3
spike_floor = 0.5
smooth_ms = 2000
deadband = 0.2
max_silence_ms = 4000
stuck_ms = 3000
"""


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(MESSAGE, max_size=40))
def test_wherever_transactions_end_the_result_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, messages: list[tuple[str, str, int, float, bool]]
) -> None:
    """Any order, repeats, backlogs and goodbyes; True: the transaction ends here. Against one message each."""
    single, together = (Filtering(tmp_path_factory.mktemp("batch"), ALL_STAGES) for _ in range(2))
    together.db.execute("BEGIN")
    for number, (device, what, seq, temp, ends) in enumerate(messages):
        at_ms = START_MS + number * 1000
        payload = sample(device, seq, START_MS + seq * 1000, late=what == "late", temp=temp, smoke=0.05)
        kind = "status" if what == "offline" else "readings"
        if kind == "status":
            payload = b'{"state": "offline", "why": "last_will", "boot": 1, "at_ms": null}'
        single.take(payload, device, kind, at_ms)
        together.take_in_transaction(payload, device, kind, at_ms)
        if ends:
            together.end_transaction()
            together.db.execute("BEGIN")
    together.end_transaction()
    assert _summary(together) == _summary(single)


def _summary(bench: Filtering) -> dict[str, Any]:
    bench.history()
    rows = [row for event in bench.events() for row in event.data.get("rows", [])]
    incidents = [event.data for event in bench.events() if "incident_id" in event.data]
    return {
        "rows": sorted(json.dumps(row) for row in rows),
        "incidents": [[data[key] for key in ("device", "revision", "condition", "signals")] for data in incidents],
        "filters": bench.pipeline.filters.rows(),
        "endpoints": bench.pipeline.rows.everything(bench.db, watching=True),
        "counters": all_counters(bench.db),
    }


def test_a_backlog_is_told_as_it_came(tmp_path: Path) -> None:
    """Samples of an outage are behind those of now: only what cannot be is taken out of them."""
    bench = Filtering(tmp_path, '[[filters]]\nchannels = ["temp"]\nhigh = 60\ndeadband = 1\nmax_silence_ms = 60000')
    bench.run(10, 2, {"temp": 20.0})
    for seq, temp in ((1, 20.0), (2, 20.0), (3, 99.0)):
        bench.take(sample("fire-a", seq, START_MS + seq * 1000, late=True, temp=temp), at_ms=START_MS + 12_000)
    assert sorted(bench.told_values("temp")) == [(1, 20.0), (2, 20.0), (3, "implausible_here"), (10, 20.0)]


def test_an_endpoint_that_talks_too_much_is_cut_but_its_fire_is_not(tmp_path: Path) -> None:
    """Reports are limited, life safety is not."""
    bench = Filtering(tmp_path, "[[rate_limits]]\nper_minute = 60\nburst = 3")
    for number in range(100):
        smoke = 0.9 if number > 50 else 0.0
        at_ms = START_MS + number * 50
        bench.take(sample("fire-a", number, at_ms, smoke=smoke, temp=20.0), at_ms=at_ms)
    assert len(bench.told_values("temp")) == 3 + 4
    assert bench.counted() == {"rate_limited": 93}
    assert ("fire-a", 1, "active", "fire") in bench.told()


def test_units_are_converted_before_anything_else(tmp_path: Path) -> None:
    """An endpoint that says bar, or nothing, means bar; one that says kPa means kPa; fire limits see our unit."""
    filters = (
        '[[filters]]\nchannels = ["hydrant_pressure"]\nunit = "bar"\n[[filters]]\nchannels = ["temp"]\nunit = "degF"'
    )
    bench = Filtering(tmp_path, filters + '\ndevices = ["fire-a"]')
    for seq, unit in ((1, b'"u":"bar",'), (2, b""), (3, b'"u":"kPa",')):
        payload = sample("fire-a", seq, START_MS + seq * 1000, hydrant_pressure=4)
        bench.take(payload.replace(b'"u":"kPa",', unit), at_ms=START_MS + seq * 1000)
    assert bench.told_values("hydrant_pressure") == [(1, 400.0), (2, 400.0), (3, 4)]
    hot = sample("fire-a", 9, START_MS + 9000, temp=212).replace(b"Cel", b"degF")
    bench.take(hot, at_ms=START_MS + 9000)
    bench.take(hot.replace(b"fire-a", b"fire-b"), "fire-b", at_ms=START_MS + 9000)
    assert bench.told_values("temp") == [(9, pytest.approx(100.0))]
    assert bench.db.execute("SELECT reason FROM quarantine").fetchall() == [("bad_unit",)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('channels = ["tmep"]\nlow = 0', r"line 15: filters\[1\].channels names 'tmep', which no endpoint has"),
        ('channels = ["floor"]\nkinds = ["fire"]', r"line 15: .*channels names 'floor', which fire does not have"),
        ('channels = ["temp"]\nkinds = ["fir"]', r"line 16: .*kinds names 'fir'; known here: fire, lift"),
        ('channels = ["temp"]\ndevices = ["x"]', r"line 16: .*devices names 'x', which the site does not have"),
        ('channels = ["temp"]\nunit = "bar"', r"line 16: .*unit cannot be 'bar' for temp; known here: Cel, K, degF"),
        ('channels = ["floor"]\nunit = "m"', r"known here: none, it is a plain number"),
        ('channels = ["mains"]\nsmooth_ms = 5', r"line 16: .*smooth_ms is for numbers, mains is true or false"),
        ('channels = ["temp"]\nspike = "hampel"', r"spike_floor is needed by hampel: .*; correct it · 多大的跳变"),
        ('channels = ["temp"]\ndeadband = 1', r"line 16: .*deadband needs max_silence_ms"),
        ("channels = []", r"line 15: .*channels is empty"),
        ("low = 0", r"line 14: .*channels is missing"),
    ],
)
def test_errors_of_filters_name_line_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    """As everywhere in a site file."""
    path = write_site(tmp_path, 1883)
    path.write_text(f"{path.read_text()}\n[[filters]]\n{text}\n", encoding="utf-8")
    with pytest.raises(SiteError, match=said):
        load(path)


def test_the_last_entry_that_fits_counts(tmp_path: Path) -> None:
    """Whole, for each channel."""
    path = write_site(tmp_path, 1883, ("fire-a", "fire-b"))
    path.write_text(
        path.read_text() + "\n"
        '[[filters]]\nchannels = ["temp", "co"]\nlow = 1\n'
        '[[filters]]\nchannels = ["temp"]\ndevices = ["fire-b"]\nhigh = 2\n'
        "[[rate_limits]]\nper_minute = 60\n[[rate_limits]]\nper_minute = 6\ndevices = ['fire-b']\n"
    )
    site = load(path)
    of_a, of_b = (filters_of(site.filters, device, "fire") for device in ("fire-a", "fire-b"))
    assert [(name, entry.low, entry.high) for name, entry in of_a.items()] == [("temp", 1, None), ("co", 1, None)]
    assert [(name, entry.low, entry.high) for name, entry in of_b.items()] == [("temp", None, 2), ("co", 1, None)]
    limits = [rate_limit_of(site.rate_limits, device, "fire") for device in ("fire-a", "fire-b")]
    assert [limit.per_minute for limit in limits if limit] == [60, 6]


def test_units_on_the_wire() -> None:
    """What is declared counts for values that say it or say nothing."""
    payload = senml.encode(senml.Pack("fire-a", 1, 1, START_MS, values={"temp": 300}))
    units = {"temp": ("K", 1.0, -273.15)}
    assert senml.decode(payload.replace(b"Cel", b"K"), units).values["temp"] == pytest.approx(26.85)
    assert senml.decode(payload, units).values["temp"] == 300

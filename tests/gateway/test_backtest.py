"""New rules over recorded readings: judged as the gateway judges, compared with the rules of today."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.incidents import Severity
from domain.readings import Reading
from gateway.backtest.backtest import Backtest, Found, compare, replay
from gateway.backtest.command import NOTHING, USAGE, Source, main
from gateway.backtest.csv_samples import BadTable, readings
from gateway.site_file.site import load
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS, write_site

LATE_NIGHT = """
[[rules.add]]
name = "corridor_warm"
endpoints = ["fire"]
raises = "facility_fault"
source = "test"
minor = { when = { channel = "temp", high = 40, clear = 35 }, on_s = 10, off_s = 10 }
"""
Run = Callable[..., tuple[int, str, str]]


def table(folder: Path, rows: list[str], head: str = "at_ms,device,temp,smoke") -> Path:
    """A CSV of readings."""
    path = folder / "readings.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def warm(first: int, seconds: int, device: str = "fire-a", temp: float = 45.0) -> list[str]:
    """Samples at 1 Hz."""
    return [f"{START_MS + second * 1000},{device},{temp},0.0" for second in range(first, first + seconds)]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command; its exit status and what it said."""

    def run(rules: str, rows: list[str] | None, site: Path | None = None, **more: Any) -> tuple[int, str, str]:
        rules_file = tmp_path / "rules.toml"
        rules_file.write_text(rules)
        site = site or write_site(tmp_path, 1883, ("fire-a", "fire-b"))
        source = {"data_dir": tmp_path / "data", "device": None, "since": None, "until": None}
        source |= {"table": None if rows is None else table(tmp_path, rows)} | more
        status = main(rules_file, site, Source(**source), 15_000, START_MS + 10**7, as_json="table" in more)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_a_new_rule_shows_what_it_would_have_raised(run: Run) -> None:
    """Warm for a minute: only the new rule speaks; a fire is the same under both."""
    fire = [f"{START_MS + 100_000 + s * 1000},fire-b,20,0.06" for s in range(30)]
    status, out, _ = run(LATE_NIGHT, sorted(warm(0, 160) + fire))
    lines = out.splitlines()

    assert status == 0
    assert any(line.startswith("+ ") and "facility_fault  Room fire-a  (corridor_warm)" in line for line in lines)
    assert any(line.startswith("= ") and "major    fire  Room fire-b  (smoke_level)" in line for line in lines)
    assert lines[-1].startswith("190 ")


def test_a_rule_that_is_switched_off_shows_what_is_lost(run: Run) -> None:
    """Less sensitive smoke: the fire is marked as no more raised."""
    smoke = [f"{START_MS + s * 1000},fire-a,20,0.03" for s in range(30)]
    status, out, _ = run("[rules.fire]\nsmoke_raise_per_m = 0.05\n", smoke)

    assert status == 0
    assert out.splitlines()[0].startswith("- ")


def test_silence_and_common_causes_are_seen_too(tmp_path: Path) -> None:
    """Both endpoints of a switch stop at the same second: one cause, two members inside; later they are back."""
    path = write_site(tmp_path, 1883, ("fire-a", "fire-b"))
    text = path.read_text()
    for device in ("fire-a", "fire-b"):
        text = text.replace(f'device = "{device}"', f'device = "{device}"\nvia = "s"')
    path.write_text(text)
    rows = [row for d in ("fire-a", "fire-b") for row in warm(0, 30, d, 20.0) + warm(8_000, 30, d, 20.0)]
    test = Backtest(load(path), 15_000)
    replay(readings(table(tmp_path, sorted(rows)), None, 0, 1 << 60), (test,))
    found = test.finish()

    assert {(one.kind, one.place, one.grouped) for one in found} == {
        ("endpoints_offline", "s", False),
        ("endpoint_offline", "Room fire-a", True),
        ("endpoint_offline", "Room fire-b", True),
    }
    assert all(one.cleared_at_ms == START_MS + 8_000_000 for one in found)
    assert {one.raised_at_ms for one in found} == {START_MS + 45_000}
    assert len(found) == 3


def test_the_gateways_own_record_is_played(tmp_path: Path, run: Run) -> None:
    """What a gateway kept, with times on the command line; the endpoint that is not in the file is named."""
    data = tmp_path / "data"
    data.mkdir()
    bench = Bench(data)
    bench.run(0, 60, {"smoke": 0.0, "temp": 45.0})
    bench.db.execute("BEGIN")
    bench.pipeline.telemetry.flush(bench.db)
    bench.db.execute("COMMIT")
    bench.db.close()
    status, out, _ = run(
        LATE_NIGHT, None, write_site(tmp_path, 1883, ("fire-b",)), since="2026-11-01", until="2027-01-01"
    )

    assert status == 0
    assert out.splitlines()[-1].endswith("fire-a")


def test_json_for_programs(run: Run, tmp_path: Path) -> None:
    """The same as one document."""
    status, out, _ = run(LATE_NIGHT, warm(0, 60), table=table(tmp_path, warm(0, 60)))

    assert status == 0
    (row,) = json.loads(out)
    assert (row["mark"], row["kind"], row["rules"], row["cleared_at_ms"]) == (
        "+", "facility_fault", ["corridor_warm"], None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "rows", "more", "said"),
    [
        ("[rules.fire]\nsmoke_raise = 1", warm(0, 1), {}, "smoke_raise"),
        (LATE_NIGHT, warm(0, 1), {"since": "yesterday"}, "2026-11-22T08:30"),
        (LATE_NIGHT, None, {}, "no data"),
        (LATE_NIGHT, ["x,fire-a,1,1"], {}, "whole numbers"),
        (LATE_NIGHT, [f"{START_MS},fire-a,warm,1"], {}, "temp"),
        (LATE_NIGHT, [f"{START_MS},,20,1"], {}, "--device"),
        (LATE_NIGHT, warm(5, 1) + warm(0, 1), {}, "sort"),
    ],
)
def test_a_mistake_is_named(run: Run, rules: str, rows: list[str] | None, more: dict[str, Any], said: str) -> None:
    """What is wrong and what to do; nothing is replayed."""
    status, out, err = run(rules, rows, **more)

    assert (status, out) == (USAGE, "")
    assert said in err


def test_nothing_recorded_of_that_time(run: Run) -> None:
    """An exit status of its own."""
    status, _, err = run(LATE_NIGHT, warm(0, 10), since="2030-01-01", until="2030-01-02")

    assert status == NOTHING
    assert "gateway history" in err


def test_a_table_of_the_history_command_is_read_back(tmp_path: Path) -> None:
    """Faults stay faults, empty cells are nothing, what cannot be is a fault; truth values are read."""
    head = "time,at_ms,received_ms,boot,seq,backfill,quality,temp,smoke,call_point"
    rows = [f"x,{START_MS},{START_MS},3,7,0,good,fault:no_answer,,True", f"x,{START_MS},1,3,8,0,good,900,0.1,False"]
    one, two = readings(table(tmp_path, rows, head), "fire-a", 0, 1 << 60)

    assert isinstance(one, Reading)
    assert (one.boot, one.seq, one.values, one.faults) == (3, 7, {"call_point": True}, {"temp": "no_answer"})
    assert (two.values, two.faults) == ({"smoke": 0.1, "call_point": False}, {"temp": "implausible"})


def test_a_table_without_times_is_refused(tmp_path: Path) -> None:
    """The column is named."""
    with pytest.raises(BadTable, match="at_ms"):
        list(readings(table(tmp_path, ["1"], "temp"), "fire-a", 0, 1 << 60))


def found(device: str, raised: int, cleared: int | None, kind: str = "fire") -> Found:
    """An incident at seconds."""
    return Found(
        device=device, place=device, kind=kind, severity=Severity.MAJOR, raised_at_ms=raised, breach_at_ms=raised,
        cleared_at_ms=cleared,
    )  # fmt: skip


def test_the_same_incident_overlaps() -> None:
    """Earlier, later or longer, of one device and kind: the same; each is matched once."""
    present = [found("a", 10, 20), found("a", 50, None), found("b", 10, 20, "sos")]
    new = [found("a", 15, 30), found("a", 16, 18), found("a", 90, None), found("b", 10, 20)]

    assert [(one.mark, one.found.device, one.found.raised_at_ms) for one in compare(present, new, 100)] == [
        ("+", "b", 10),
        ("-", "b", 10),
        ("=", "a", 15),
        ("+", "a", 16),
        ("=", "a", 90),
    ]

"""What a newcomer types: the demo worked to its end, a replay as JSON, wrong files, an end by the terminal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEED = "12"


def _command(*args: str, **more: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gridwhistle", *args],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def _run(*args: str, timeout_s: float = 150) -> tuple[int, str, str]:
    with _command(*args) as process:
        out, err = process.communicate(timeout=timeout_s)
    return process.returncode, out, err


@pytest.mark.slow
def test_demo_once_reports_every_hop(shared_data: Path) -> None:
    """Broker in process, no root, no mosquitto: one fire, worked to a closed incident, exit status 0."""
    code, out, err = _run("demo", "--once", "--json", "--speed", SPEED)

    assert code == 0, err
    report = json.loads(out)
    assert (report["stage"], report["condition"]) == ("closed", "cleared")
    assert {place["device"] for place in report["places"]} == {f"fire-{letter}" for letter in "abcdef"}
    assert all(place["cloud_delay_ms"] < 10_000 for place in report["places"])
    assert {"raised", "accept", "dispatch", "feed_back", "verify", "close"} <= {s["what"] for s in report["stages"]}


@pytest.mark.slow
def test_replay_compares_every_place(shared_data: Path) -> None:
    """Each place has its times at gateway and centre, and the median of its commercial alarms."""
    code, out, err = _run("replay", str(shared_data / "SDC38.csv"), "--speed", SPEED, "--json")

    assert code == 0, err
    places = {place["place"]: place for place in json.loads(out)["places"]}
    assert places["B"]["median_alarm_s"] == 39
    assert 0 < places["B"]["gateway_s"] <= places["B"]["cloud_s"] < 60
    assert places["B"]["difference_s"] == pytest.approx(places["B"]["gateway_s"] - 39, abs=0.02)
    assert places["F"]["median_alarm_s"] is None


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_replay_refuses_what_is_no_recording(tmp_path: Path, name: str) -> None:
    """Status 2 and a sentence, no trace."""
    code, out, err = _run("replay", str(tmp_path / name))

    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert str(tmp_path) in err.replace("\n", "")


def test_a_closed_terminal_leaves_nothing_behind(shared_data: Path) -> None:
    """SIGHUP while everything is starting: the children are gone when the demo is."""
    with _command("demo", "--once", start_new_session=True) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while len(children.read_text().split()) < 2:
            assert process.poll() is None
            time.sleep(0.02)
        started = [int(pid) for pid in children.read_text().split()]
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=30)

    assert process.returncode in (130, -signal.SIGINT)
    gone_by_s = time.monotonic() + 30  # they end by themselves, after the one that started them
    while any(Path(f"/proc/{pid}").exists() for pid in started):
        assert time.monotonic() < gone_by_s, started
        time.sleep(0.05)

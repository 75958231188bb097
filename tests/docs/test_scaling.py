"""docs/scaling.md says what the workers do, and its arithmetic is right."""

from __future__ import annotations

import json
import re
from pathlib import Path

from cloud.board.choosing import BOARD_MAX
from cloud.store.engine import POOL, SESSION
from cloud.workers import bus, leases
from cloud.workers.roles import GROUP, Role

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")


def test_every_role_is_explained() -> None:
    """One row each."""
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == [role.value for role in Role]
    assert f"$share/{GROUP}/" in PAGE


def test_the_times_and_bounds_are_those_of_the_code() -> None:
    """In both languages."""
    for text in (f"good for {leases.TTL_MS // 1000} s", f"every {leases.RENEW_S:.0f} s", f"within {bus.LOOK_S:.0f} s"):
        assert text in PAGE.replace("\n", " ")
    assert f"up to {POOL + POOL // 2} connections" in PAGE
    assert SESSION["idle_in_transaction_session_timeout"] == "30s"
    assert BOARD_MAX == 1000


def test_the_measured_figures_are_those_of_the_last_run() -> None:
    """The table holds what benchmarks/results/storm.json holds."""
    found = json.loads((ROOT / "benchmarks" / "results" / "storm.json").read_text(encoding="utf-8"))
    cases = {name: case for name, case in found.items() if isinstance(case, dict) and "alarms" in case}
    assert "sqlite" in cases
    for name, case in cases.items():
        lift, alarm = case["lift_until_acknowledged_ms"], case["alarm_until_acknowledged_ms"]
        row = (case["placed_after_s"], case["calm_after_s"], alarm["p50"], alarm["p99"], lift["max"])
        assert f"| {' | '.join(str(figure) for figure in row)} |" in PAGE, name


def test_the_city_is_calculated_rightly() -> None:
    """Grids, gateways, streets, incidents, growth."""
    grids = 20_000_000 // 1250
    incidents = 2 * grids
    calculated = {
        f"{grids:,}": "grids",
        f"{round(grids / 140 * 1.8) * 10:,}": "gateways",
        f"{round(grids / 140)}": "streets",
        f"{grids * 50:,}": "endpoints",
        f"{incidents:,} /d": "incidents",
        f"{round(incidents * 365 * 6.5e3 / 1e9)} GB/a": "growth",
    }

    assert [text for text in calculated if text not in PAGE] == []

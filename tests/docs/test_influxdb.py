"""What docs/history.md and deploy/ say of InfluxDB is what the code does."""

from __future__ import annotations

from pathlib import Path

import yaml

from cloud.history.influx import queue
from cloud.history.influx.forward import NOT_THE_LINES
from cloud.history.influx.layout import CHANNELS, COUNTS, MEASUREMENTS, NUMBERS, WHOLES
from cloud.history.influx.series import MANY
from cloud.history.influx.server import BAD_LINES
from cloud.history.influx.tail import BATCHES
from cloud.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "history.md").read_text(encoding="utf-8").partition("## InfluxDB")[2]


def test_names_and_bounds_are_those_of_the_code(tmp_path: Path) -> None:
    """Measurements, fields, counters; the bounds in words and figures."""
    store = queue.Queue(tmp_path / "queue.db")
    counters = [*store.counts(), "lag_ms", "server_failures"]
    store.close()
    for name in (*MEASUREMENTS.values(), CHANNELS, *NUMBERS, *COUNTS, *WHOLES, *counters):
        assert f"`{name}`" in PAGE, name
    for bound in (
        f"最多 {queue.REFUSED_KEPT:,} 行",
        f"连续 {NOT_THE_LINES} 行",
        f"超过 {MANY} 处",
        f"newest {BATCHES} batches",
    ):
        assert bound in PAGE
    assert "、".join(map(str, BAD_LINES)) in PAGE


def test_the_server_that_we_offer_is_the_one_that_is_looked_for() -> None:
    """Same organisation, bucket and port; nobody from afar."""
    found = yaml.safe_load((ROOT / "deploy" / "compose.influxdb.yml").read_text(encoding="utf-8"))
    server = found["services"]["influxdb"]
    settings = Settings()

    assert server["environment"]["DOCKER_INFLUXDB_INIT_ORG"] == settings.influx_org
    assert server["environment"]["DOCKER_INFLUXDB_INIT_BUCKET"] == settings.influx_bucket
    assert server["ports"] == [settings.influx_url.removeprefix("http://") + ":8086"]
    assert "DOCKER_INFLUXDB_INIT_RETENTION" not in server["environment"]
    assert {secret["file"] for secret in found["secrets"].values()} <= {
        line.removeprefix("deploy/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    }

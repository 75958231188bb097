"""deploy/ does what it says: unit files start what exists, and find what our tools write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runtime.brokers.home import PROBE
from tests.own_broker import site_home

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
BROKER = DEPLOY / "mosquitto"


@pytest.mark.parametrize("unit", sorted(path.name for path in (DEPLOY / "systemd").glob("*.service")))
def test_units_start_what_exists(unit: str) -> None:
    """The subcommand of a unit file is one of the front door, and its settings are known ones."""
    from typer.main import get_command

    import gridwhistle

    text = (DEPLOY / "systemd" / unit).read_text(encoding="utf-8")
    found = re.search(r"^ExecStart=\S+/gridwhistle (\w+) (\w+)", text, re.MULTILINE)
    assert found is not None
    group = get_command(gridwhistle.app).commands[found[1]]  # type: ignore[attr-defined]

    assert found[2] in group.commands
    assert f"GRIDWHISTLE_{found[1].upper()}_DATA_DIR=" in text


def test_the_broker_units_name_what_the_tool_writes(tmp_path: Path) -> None:
    """Configuration, state, and the file that is written last and watched for it."""
    home = site_home(tmp_path)
    text = "\n".join(path.read_text(encoding="utf-8") for path in BROKER.iterdir())
    named = set(re.findall(r"/var/lib/gridwhistle/%i/identity/(\S+)", text))

    assert {"broker/mosquitto.conf", "state", "probe.password"} == named
    assert all((home.path / name).exists() for name in named)
    before = {path: path.stat().st_mtime_ns for path in home.broker.iterdir()}
    home.publish()
    last_ns = (home.path / "probe.password").stat().st_mtime_ns
    assert all(before[path] <= path.stat().st_mtime_ns <= last_ns for path in home.broker.iterdir())
    assert PROBE in (home.broker / "passwd").read_text()


@pytest.mark.parametrize("unit", ["gateway", "cloud"])
def test_brokers_start_before_what_needs_them(unit: str) -> None:
    """The instance of the broker's unit is the name of the service, and of its data folder."""
    service = (DEPLOY / "systemd" / f"gridwhistle-{unit}.service").read_text(encoding="utf-8")
    assert f"DATA_DIR=%S/gridwhistle/{unit}" in service
    assert "Before=gridwhistle-%i.service" in (BROKER / "gridwhistle-broker@.service").read_text(encoding="utf-8")

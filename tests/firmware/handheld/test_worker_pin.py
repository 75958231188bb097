"""The PIN's way from the centre's desk to the terminal."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware.device import handheld_settings
from firmware.device.handheld_vault import Pin
from firmware.kit import worker_pin
from firmware.kit.cli import app


def test_what_the_kit_makes_opens_the_terminal(tmp_path: Path) -> None:
    """And only with this PIN; the line is TOML and holds no PIN."""
    line = worker_pin.line_of("246813", bytes(range(16)))
    made = tomllib.loads(line)
    pin = Pin(str(tmp_path / "pin"))
    pin.pin = handheld_settings.check(made)["pin"]

    assert "246813" not in line
    assert pin.check("246813", 0)
    assert not pin.check("246814", 0)


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "１２３４", "-123"])
def test_a_pin_that_cannot_be_typed(pin: str) -> None:
    """Four to eight digits."""
    with pytest.raises(worker_pin.PinError, match="4 to 8"):
        worker_pin.settings_of(pin, bytes(16))


def test_the_command() -> None:
    """Asks twice, prints one line, a new salt each time."""
    runner = CliRunner()
    first, second = (runner.invoke(app, ["worker-pin"], input="2580\n2580\n") for _ in range(2))

    assert 0 == first.exit_code
    lines = [result.output.strip().splitlines()[-1] for result in (first, second)]
    assert lines[0] != lines[1]
    assert {4} == {tomllib.loads(line)["pin"]["digits"] for line in lines}
    assert 0 != runner.invoke(app, ["worker-pin"], input="1\n1\n").exit_code

"""Drivers and descriptions agree: addresses, scales, and the nets that each kind's code asks the board for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.device.drivers import as5600, lis3dh, ntc, pressure, sht4x, smoke_chamber
from firmware.kit.identity import BOARD_WORDS
from firmware.kit.images import CHIP_OF_BOARD
from firmware.kit.ports import VENDORS
from hardware import load

DEVICE = Path(__file__).parents[2] / "firmware" / "device"
ASKED = re.compile(r"""board\.(adc|contact|output|pwm)\("(\w+)"\)""")
USES = {"adc": ("adc",), "contact": ("in",), "output": ("out",), "pwm": ("pwm",)}


def _part(kind: str, ref: str):
    placed = next(placed for placed in load.endpoint(kind).parts if placed.ref == ref)
    part = load.catalogue()[placed.part]
    return part, placed.address if placed.address is not None else next(iter(part.addresses), None)


@pytest.mark.parametrize(
    ("kind", "ref", "driver"),
    [("fire", "U1", sht4x), ("fire", "U2", pressure), ("lift", "U1", lis3dh), ("lift", "U2", as5600)],
)
def test_drivers_speak_to_the_address_that_is_wired(kind, ref, driver):
    """The strap of the part and the number in the code."""
    assert _part(kind, ref)[1] == driver.ADDRESS


def test_scales_are_those_of_the_parts():
    """Full scale of the transmitter, the shunt, the thermistor, and what a saturated chamber says."""
    transmitter, shunt, probe = _part("fire", "B1")[0], _part("fire", "R2")[0], _part("lift", "B1")[0]
    chamber = _part("fire", "B3")[0]

    assert transmitter.measures.high == pressure.FULL_KPA
    assert shunt.name.endswith(f"{pressure.SHUNT_OHM} Ω 0.1 %")
    assert f"B{ntc.BETA_K}" in probe.name
    low_mv, high_mv = (1000 * volts for volts in chamber.terminal("OUT").volts)
    assert (high_mv - smoke_chamber.CLEAN_MV) / smoke_chamber.MV_PER_OD == pytest.approx(chamber.measures.high)
    assert low_mv < smoke_chamber.CLEAN_MV


@pytest.mark.parametrize("kind", load.names("endpoints"))
def test_the_code_asks_for_nets_that_are_there(kind):
    """A net of another name would stop the board at its start."""
    nets = load.endpoint(kind).nets
    sources = [*(DEVICE / "endpoints").glob(f"{kind}*.py"), DEVICE / "main.py"]
    asked = {match for path in sources for match in ASKED.findall(path.read_text(encoding="utf-8"))}
    if "button" not in nets:
        asked.discard(("contact", "button"))  # main.py looks before it asks

    assert asked
    assert [(how, net) for how, net in asked if net not in nets or nets[net].use not in USES[how]] == []


@pytest.mark.parametrize("name", load.names("boards"))
def test_the_kit_knows_these_boards(name):
    """The chip that is written to, how the board names itself, and the makers of its USB bridges."""
    board = load.board(name)

    assert CHIP_OF_BOARD[name] == board.chip.lower().replace("-", "")
    assert board.esptool_chip in ("", CHIP_OF_BOARD[name])
    assert name in BOARD_WORDS
    assert {usb.vid for usb in board.usb} <= set(VENDORS)

"""What is made from a design: currents and hours, list of parts, drawing, sheet, channels, commands."""

from __future__ import annotations

import csv
import inspect
import io
import re
import subprocess
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from typer.testing import CliRunner

import hardware
from hardware import bom, checks_pins, checks_power, checks_wiring, design, load, pictures, power, sheet, svg, wiring
from hardware.cli import app
from hardware.design import Design
from hardware.power import Mode
from protocol.channels import KINDS

PAIRS = design.pairs()
each_design = pytest.mark.parametrize(("board", "kind"), PAIRS)


def _with_cells(base: Design, quantity: int) -> Design:
    parts = tuple(replace(p, quantity=quantity) if p.ref == "BT1" else p for p in base.endpoint.parts)
    return Design(board=base.board, endpoint=replace(base.endpoint, parts=parts), catalogue=base.catalogue)


def test_hours_on_battery_by_hand():
    """The fire endpoint on an ESP32-S3, worked out on paper from the figures in the files."""
    estimate = power.battery(design.of("esp32_s3", "fire"))

    energy_wh = 4 * 3.25 * 3.6 * 0.75
    on_15v = 2 * 12  # mA, both transmitters; the sounder is silent
    on_3v3 = 95 + 0.05 + 0.15 + 0.1 + 0.3  # board, SHT40, ADS1115, CO cell, light
    on_5v = on_15v * 15 / (5 * 0.85) + on_3v3 + 8  # the board's regulator is linear; smoke chamber
    standby_w = on_5v / 1000 * 5 / 0.9
    alarm_w = (on_5v + 10 * 15 / (5 * 0.85)) / 1000 * 5 / 0.9
    assert estimate is not None
    assert estimate.energy_wh == pytest.approx(energy_wh)
    assert estimate.standby_w == pytest.approx(standby_w)
    assert estimate.alarm_w == pytest.approx(alarm_w)
    assert estimate.hours == pytest.approx((energy_wh - alarm_w * 0.5) / standby_w)


@given(st.sampled_from(PAIRS), st.integers(1, 20))
def test_more_cells_live_longer(pair, cells):
    """Twice the cells: at least twice the hours, because the alarm's reserve is paid once."""
    one, two = (power.battery(_with_cells(design.of(*pair), n)) for n in (cells, 2 * cells))
    assert one is not None
    assert two is not None
    assert two.hours >= 2 * one.hours - 1e-9


@each_design
def test_peak_is_above_alarm_is_above_standby(board, kind):
    """On every rail."""
    chosen = design.of(board, kind)
    for rail in chosen.endpoint.rails:
        peak, alarm, standby = (power.load_ma(chosen, rail, mode) for mode in (Mode.PEAK, Mode.ALARM, Mode.STANDBY))
        assert peak >= alarm >= standby >= 0


@each_design
def test_every_wired_part_is_on_the_list(board, kind):
    """Quantities add up, the CSV says the same as the lines, and every price is called an estimate."""
    chosen = design.of(board, kind)
    lines = bom.lines(chosen)

    assert {ref for line in lines for ref in line.refs} == {"A1", *(placed.ref for placed in chosen.placed())}
    assert sum(line.quantity for line in lines) == 1 + sum(placed.quantity for placed in chosen.placed())
    assert all(line.price_note.startswith("estimate, 20") and line.datasheet for line in lines)
    rows = list(csv.DictReader(io.StringIO(bom.as_csv(chosen))))
    assert sum(float(row["total_cny"]) for row in rows) == pytest.approx(bom.total_cny(chosen))


@each_design
def test_the_drawing_has_every_wire(board, kind):
    """Well-formed; every part, every wired terminal and every net's pin stand in it."""
    chosen = design.of(board, kind)
    text = wiring.draw(chosen)
    words = [element.text for element in ET.fromstring(text).iter() if element.text]  # noqa: S314 - our own text

    for placed, part in chosen.known():
        if part.interface != "mechanical":
            assert any(word.startswith(placed.ref) for word in words), placed.ref
    for net, gpio in chosen.pins.items():
        pin = chosen.board.pin(gpio)
        assert f"GPIO{gpio}" in words
        where = f"GPIO{gpio} · {pin.place}"
        assert where in words or chosen.endpoint.nets[net].use == "fixed", net
    assert not [word for word in words if word == "None"]


@each_design
def test_wires_stay_on_the_paper_and_off_the_parts(board, kind):
    """No line leaves the page, and no vertical wire runs through a part, a label or the board."""
    chosen = design.of(board, kind)
    lay = wiring.place.of(chosen)
    low, high = wiring.place.MARGIN + wiring.place.PART_WIDTH, lay.right_x
    lanes = [*lay.left_lanes.values(), *lay.right_lanes.values()]

    assert all(low < lane < high for lane in lanes)
    for box in lay.boxes:
        targets = [box.placed.wires[name] for name in box.rows]
        wide = max((svg.pill_width(t.upper()) for t in targets if t not in chosen.endpoint.nets), default=0)
        if box.left:
            assert not [lane for lane in lay.left_lanes.values() if lane < low + wide + 8]
        else:
            assert not [lane for lane in lay.right_lanes.values() if lane > high - wide - 8]
    assert not [lane for lane in lanes if lay.board_x <= lane <= lay.board_x + wiring.place.BOARD_WIDTH]
    assert len(set(lanes)) == len(lanes)
    assert all(box.y + box.height < lay.height - 40 for box in lay.boxes)
    for left in (True, False):
        column = [box for box in lay.boxes if box.left is left]
        assert all(above.y + above.height < below.y for above, below in pairwise(column))


def test_pictures_in_the_docs_are_current():
    """`python -m hardware.pictures` draws them again."""
    drawn = pictures.pictures()
    assert {path.name for path in drawn} == {path.name for path in pictures.IMAGES.glob("wiring-*.svg")}
    assert [path.name for path, text in drawn.items() if path.read_text(encoding="utf-8") != text] == []


@each_design
def test_the_sheet_names_every_wire(board, kind):
    """Each wired terminal, pin and check stands on it."""
    chosen = design.of(board, kind)
    page = sheet.html(chosen).replace("&#x27;", "'")

    for wire in chosen.wires():
        net = chosen.endpoint.nets.get(wire.target)
        if net is None or net.use != "fixed":
            assert wire.where in page, wire.where
    assert all(check.zh in page and check.en in page for check in chosen.endpoint.checks)


@pytest.mark.chromium
@each_design
def test_the_sheet_is_one_page(board, kind, tmp_path):
    """Printed on A4."""
    page, pdf = tmp_path / "sheet.html", tmp_path / "sheet.pdf"
    page.write_text(sheet.html(design.of(board, kind)), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]

    subprocess.run(
        ["chromium", *options, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri()],
        check=True,
        capture_output=True,
        timeout=60,
    )

    assert pdf.read_bytes().count(b"/Type /Page\n") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_channels_say_where_they_come_from(kind):
    """Every channel of the protocol, its unit, and a part that is really there."""
    found = hardware.channels(kind)
    refs = {placed.ref for placed in load.endpoint(kind).parts}

    assert set(found) == set(KINDS[kind])
    assert all(channel.ref in refs or (channel.derived and not channel.ref) for channel in found.values())


def test_temperature_comes_from_the_sht40():
    """An example in full."""
    channel = hardware.channels("fire")["temp"]
    assert (channel.unit, channel.ref, channel.measures.low, channel.measures.high) == ("Cel", "U1", -40, 125)


@pytest.mark.parametrize("command", [["check"], ["bom", "fire"], ["battery", "lift"], ["wiring", "video"]])
def test_commands_answer(command):
    """Exit code 0 and something to read."""
    done = CliRunner().invoke(app, command)
    assert (done.exit_code, bool(done.output.strip())) == (0, True)


@pytest.mark.parametrize("command", [["bom", "toaster"], ["sheet", "video", "--board", "pico_w"]])
def test_commands_refuse_what_there_is_not(command):
    """Exit code 2 and what there is instead."""
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2
    assert "fire" in done.output or "esp32_s3_cam" in done.output


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("", "", 0, "all rules kept"),
        ("smoke = 1\n", "smoke = 11\n", 1, "adc2_wifi"),
        ("standby_hours = 24.0", "standby_hours = 'long'", 2, "standby_hours"),
        ("[pins.esp32_s3]", "[pins.esp8266]", 2, "esp32_s3"),
    ],
)
def test_a_design_of_your_own_is_checked(tmp_path, old, new, code, said):
    """A changed endpoint file: refused by rule, or told which field cannot be read."""
    path = tmp_path / "mine.toml"
    path.write_text((load.HERE / "endpoints" / "fire.toml").read_text(encoding="utf-8").replace(old, new, 1))

    done = CliRunner().invoke(app, ["check", str(path)])

    assert (done.exit_code, said in done.output) == (code, True), done.output


def test_commands_write_files(tmp_path):
    """The same text as without a file."""
    for name, text in (("wiring", wiring.draw), ("sheet", sheet.html), ("bom", bom.as_csv)):
        path = Path(tmp_path) / name
        done = CliRunner().invoke(app, [name, "lift", "--board", "pico_w", "--out", str(path)])
        assert (done.exit_code, path.read_text(encoding="utf-8")) == (0, text(design.of("pico_w", "lift")))


@each_design
def test_the_figures_in_the_docs_are_current(board, kind):
    """The table of docs/hardware.md says what the data say."""
    chosen = design.of(board, kind)
    lines, estimate = bom.lines(chosen), power.battery(chosen)
    assert estimate is not None
    row = (
        f"| {kind} | `{board}` | {len(lines)} / {sum(line.quantity for line in lines)} | {bom.total_cny(chosen):.0f}"
        f" | {estimate.cells} × {estimate.cell_mah:g} mAh | {estimate.standby_w:.2f} W | {estimate.hours:.0f} h"
        f" | {estimate.required_hours:g} h |"
    )
    assert row in (pictures.IMAGES.parent / "hardware.md").read_text(encoding="utf-8")


def test_every_rule_is_explained_in_the_docs():
    """Somebody who is refused finds the rule."""
    page = (pictures.IMAGES.parent / "hardware.md").read_text(encoding="utf-8")
    sources = "".join(inspect.getsource(m) for m in (checks_pins, checks_wiring, checks_power))
    assert [rule for rule in re.findall(r'_problem\(\s*"(\w+)"', sources) if f"`{rule}`" not in page] == []

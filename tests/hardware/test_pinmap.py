"""The pins module of the firmware says what the endpoint's description says."""

from __future__ import annotations

import pytest

from hardware import load, pinmap
from hardware.load import HardwareError

PAIRS = [(board, kind) for kind in load.names("endpoints") for board in load.endpoint(kind).pins]
# boards in the field: a pin that moves here would need a technician with a soldering iron
WIRED_IN_THE_FIELD = {
    "esp32_s3": {
        "sda": 8, "scl": 9, "smoke": 1, "co": 2, "battery": 4, "call_no": 5, "call_nc": 6, "sounder": 7, "led": 10,
    },
    "pico_w": {
        "sda": 4, "scl": 5, "smoke": 26, "co": 27, "battery": 28, "call_no": 14, "call_nc": 15, "sounder": 16,
        "led": 17,
    },
}  # fmt: skip


@pytest.mark.parametrize(("board", "kind"), PAIRS)
def test_source_is_a_module_with_every_net(board, kind):
    """Executed, it gives exactly the pins of the description."""
    names: dict[str, object] = {}
    exec(pinmap.source(board, kind), names)  # noqa: S102 - this text is what goes onto a board

    assert (names["BOARD"], names["KIND"], names["PINS"]) == (board, kind, pinmap.pins(board, kind))
    assert set(pinmap.pins(board, kind)) == set(load.endpoint(kind).nets)


@pytest.mark.parametrize("board", WIRED_IN_THE_FIELD)
def test_fire_endpoints_in_the_field_keep_their_pins(board):
    """Fire endpoints that were wired before this description existed go on working."""
    assert WIRED_IN_THE_FIELD[board].items() <= pinmap.pins(board, "fire").items()


@pytest.mark.parametrize(("board", "kind"), [("pico_w", "video"), ("arduino", "fire"), ("pico_w", "toaster")])
def test_unknown_pairs_are_refused(board, kind):
    """The error says what there is instead."""
    with pytest.raises(HardwareError, match=r"esp32_s3|fire"):
        pinmap.source(board, kind)


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ("chip = 5", r"chip"),
        ("colour = 'red'", r"colour"),
        ("id = ", r"TOML"),
        ("id = 'x'", r"required field"),
    ],
)
def test_errors_name_file_and_field(broken, field):
    """Somebody who edits a file sees where the mistake is."""
    with pytest.raises(HardwareError, match=rf"boards/x\.toml.*{field}"):
        load.parse(broken, load.Board, "boards/x.toml")

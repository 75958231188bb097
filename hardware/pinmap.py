"""The pins module of the firmware, made from the endpoint's description: never written by hand, never committed."""

from __future__ import annotations

from hardware import load
from hardware.load import HardwareError


def pins(board: str, kind: str) -> dict[str, int]:
    """GPIO of each net. Raises HardwareError where there is no such board, kind, or pairing."""
    load.board(board)
    wired = load.endpoint(kind).pins
    if board not in wired:
        known = ", ".join(sorted(wired))
        raise HardwareError(f"endpoints/{kind}.toml: 不支持板 / not for board {board!r}; 支持 / supported: {known}")
    return wired[board]


def source(board: str, kind: str) -> str:
    """Text of firmware/device/pins.py for one board and kind. Raises HardwareError."""
    lines = [
        f'"""Made from hardware/endpoints/{kind}.toml."""',
        "",
        f'BOARD = "{board}"',
        f'KIND = "{kind}"',
        "PINS = {",
    ]
    lines += [f'    "{net}": {gpio},' for net, gpio in pins(board, kind).items()]
    return "\n".join([*lines, "}", ""])

"""GPIO of each net on a virtual board: from hardware/, or numbered through where hardware/ has no such endpoint yet."""

from __future__ import annotations

import importlib

_SENSORS = "sda scl button led tamper mains battery"
_NETS = {
    "fire": _SENSORS + " smoke co call_no call_nc door extinguisher sounder",
    "lift": _SENSORS
    + " motor_temp door_zone door_closed door_open people alarm_button inspection fire_service sounder",
    "video": "tamper mains button battery led cam_d0 cam_d1 cam_d2 cam_d3 cam_d4 cam_d5 cam_d6 cam_d7 cam_pclk"
    " cam_vsync cam_href cam_xclk cam_sda cam_scl sd_clk sd_cmd sd_d0",
    "handheld": "sck mosi cs dc rst backlight key_up key_down key_ok key_back key_sos gps_tx gps_rx buzzer battery led",
}


def pins(board: str, kind: str) -> dict[str, int | str]:
    """Net -> GPIO."""
    try:
        pinmap = importlib.import_module("hardware.pinmap")
        return dict(pinmap.pins(board, kind))
    except (ImportError, ValueError, OSError):
        return {net: number for number, net in enumerate(_NETS[kind].split(), 1)}


def source(board: str, kind: str) -> str:
    """Text of firmware/device/pins.py."""
    return f'BOARD = "{board}"\nKIND = "{kind}"\nPINS = {pins(board, kind)!r}\n'

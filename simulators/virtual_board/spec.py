"""What makes a virtual board: its kind, its hardware, and what a technician writes to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from simulators.virtual_board.flash import der_of

# MICROPY_HW_BOARD_NAME " with " MICROPY_HW_MCU_NAME of the official images (MicroPython, ports/*/boards)
MACHINES = {
    "esp32_s3": "Generic ESP32S3 module with ESP32S3",
    "esp32_s3_cam": "Generic ESP32S3 module with Octal-SPIRAM with ESP32S3",
    "pico_w": "Raspberry Pi Pico W with RP2040",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSpec:
    """One board. `limits`: name -> (raise, clear, hold_ms); `extra`: more fields of config.json; `files`: by path.

    `blank`: nothing is written, the board has MicroPython and an empty file system.
    """

    device: str
    site: str
    broker_host: str
    broker_port: int
    kind: str = "fire"
    board: str = "esp32_s3"
    ca_file: Path | None = None
    username: str | None = None
    password: str | None = None
    flash_kib: int = 2048
    heap_kib: int = 128  # for the firmware; what plays the chip has its own beside it
    rom_kib: int = 256  # of the ROM partition; 0: a MicroPython image without one
    limits: dict[str, tuple[float, float, int]] | None = None
    extra: dict[str, object] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    blank: bool = False

    @property
    def machine(self) -> str:
        """What sys.implementation of a bare board says; empty (the interpreter's own words) for one with firmware."""
        return MACHINES[self.board] if self.blank else ""

    def config(self) -> dict[str, object]:
        """config.json of the board."""
        config: dict[str, object] = {
            "device": self.device,
            "site": self.site,
            "host": self.broker_host,
            "port": self.broker_port,
            "kind": self.kind,
            "limits": self.limits or {},
        }
        if self.username is not None:
            config |= {"username": self.username, "password": self.password}
        if self.ca_file is not None:
            config |= {"tls": True, "ca": "/ca.der"}
        return config | self.extra

    def flash_files(self) -> dict[str, bytes]:
        """Everything a technician writes beside the firmware."""
        if self.blank:
            return dict(self.files)
        files = {"/config.json": json.dumps(self.config()).encode(), **self.files}
        if self.ca_file is not None:
            files["/ca.der"] = der_of(self.ca_file.read_bytes())
        return files

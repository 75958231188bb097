"""MicroPython onto a Pico W: its boot loader is a USB drive, and a file copied there is written to the flash.

The copy cannot be read back: the drive goes away when the last block is in. The board's own answer afterwards is the
proof that it runs, and its version that it is the new one.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

from firmware.kit.images import Image
from firmware.kit.texts import KitError

INFO = "INFO_UF2.TXT"  # every UF2 boot loader has one (github.com/microsoft/uf2)
RP2040_ID = re.compile(r"^Board-ID:\s*RPI-RP2\s*$", re.MULTILINE)  # RP2040 datasheet 2.8.4
VOLUME_S = 20.0
PIECE_BYTES = 64 * 1024
MOUNTS = Path("/proc/mounts")

Percent = Callable[[float], None]


def mount_points(mounts: Path = MOUNTS) -> list[Path]:
    """Where drives are mounted. Linux: /proc/mounts; macOS: /Volumes; Windows: drive letters."""
    if mounts.exists():
        fields = [line.split(" ") for line in mounts.read_text(encoding="utf-8").splitlines()]
        return [Path(words[1].replace("\\040", " ")) for words in fields if len(words) > 2 and words[2] == "vfat"]
    if Path("/Volumes").is_dir():
        return sorted(Path("/Volumes").iterdir())
    return [Path(f"{letter}:/") for letter in "DEFGHIJKLMNOPQRSTUVWXYZ" if Path(f"{letter}:/").exists()]


def is_rp2040(folder: Path) -> bool:
    """True for the drive of an RP2040 in BOOTSEL mode, told by what it says, not by its name."""
    try:
        return RP2040_ID.search((folder / INFO).read_text(encoding="ascii", errors="replace")) is not None
    except OSError:
        return False


def find_volume(points: Callable[[], list[Path]] = mount_points, timeout_s: float = VOLUME_S) -> Path:
    """The one drive of a Pico in BOOTSEL mode. Raises KitError no_volume or several_volumes."""
    end_s = time.monotonic() + timeout_s
    while True:
        found = [folder for folder in points() if is_rp2040(folder)]
        if len(found) > 1:
            raise KitError("several_volumes", ", ".join(str(folder) for folder in found))
        if found:
            return found[0]
        if time.monotonic() > end_s:
            raise KitError("no_volume")
        time.sleep(0.2)


def write(volume: Path, image: Image, percent: Percent, timeout_s: float = VOLUME_S) -> None:
    """Copy, force it to the drive, wait until the drive is gone: then the board restarts. Raises KitError."""
    content = image.path.read_bytes()
    try:
        with (volume / image.path.name).open("wb", buffering=0) as target:
            for at in range(0, len(content), PIECE_BYTES):
                target.write(content[at : at + PIECE_BYTES])
                os.fsync(target.fileno())
                percent(100 * min(len(content), at + PIECE_BYTES) / len(content))
    except OSError as error:
        if not _complete(error, volume):
            raise KitError("unplugged", f"{volume}: {error.strerror}") from None
    end_s = time.monotonic() + timeout_s
    while is_rp2040(volume):
        if time.monotonic() > end_s:
            raise KitError("write_failed", f"{volume}: the drive did not go away, so the board did not start")
        time.sleep(0.1)


def _complete(error: OSError, volume: Path) -> bool:
    """The boot loader may restart during our last fsync or close; whether it is whole, the board will tell."""
    return error.errno == 5 and not volume.exists()

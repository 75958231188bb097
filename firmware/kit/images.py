"""Images of MicroPython: what a file is for, told by its content, not by its name."""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from firmware.kit.texts import KitError

# "ESP Image Header" of docs.espressif.com, esptool, Firmware Image Format: byte 0 magic, bytes 12-13 chip id
ESP_MAGIC = 0xE9
ESP_CHIP_S3 = 9
ESP_HEADER_BYTES = 24
ESP_SEGMENTS_MAX = 16
# github.com/microsoft/uf2: blocks of 512 bytes, 256 of them payload on the RP2040
UF2_BLOCK = 512
UF2_MAGICS = (0x0A324655, 0x9E5D5157, 0x0AB16F30)
UF2_FAMILY_FLAG = 0x2000
UF2_RP2040 = 0xE48BFF56  # uf2families.json
RP2040_FLASH = 0x10000000  # XIP base, RP2040 datasheet 2.2
RP2040_FLASH_BYTES = 2 * 1024 * 1024  # of a Pico W

CHIP_OF_BOARD = {"esp32_s3": "esp32s3", "esp32_s3_cam": "esp32s3", "pico_w": "rp2040"}
_VERSION = re.compile(r"-v?(\d+\.\d+\.\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A checked image. `version` is of MicroPython, None where neither name nor caller told it."""

    path: Path
    chip: str
    version: str | None
    sha256: str
    size: int


def load(path: Path, version: str | None = None) -> Image:
    """Check an image file. Raises KitError image_bad."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KitError("image_bad", f"{path.name}: {error.strerror}") from None
    named = _VERSION.search(path.name)
    return Image(
        path=path,
        chip=chip_of(content, path.name),
        version=version or (named.group(1) if named else None),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
    )


def chip_of(content: bytes, name: str) -> str:
    """The chip an image is for: esp32s3 or rp2040. Raises KitError image_bad."""
    if len(content) >= UF2_BLOCK and struct.unpack_from("<I", content)[0] == UF2_MAGICS[0]:
        check_uf2(content, name)
        return "rp2040"
    if len(content) < ESP_HEADER_BYTES or content[0] != ESP_MAGIC or not 1 <= content[1] <= ESP_SEGMENTS_MAX:
        raise KitError("image_bad", f"{name}: neither an ESP32 image nor UF2")
    chip = struct.unpack_from("<H", content, 12)[0]
    if chip != ESP_CHIP_S3:
        raise KitError("image_bad", f"{name}: ESP chip id {chip}, not {ESP_CHIP_S3} (ESP32-S3)")
    return "esp32s3"


def check_uf2(content: bytes, name: str) -> None:
    """Every block whole, numbered, for the RP2040 and inside its flash. Raises KitError image_bad."""
    count, rest = divmod(len(content), UF2_BLOCK)
    if rest:
        raise KitError("image_bad", f"{name}: cut off in the middle of a block")
    for number in range(count):
        words = struct.unpack_from("<8I", content, number * UF2_BLOCK)
        end = struct.unpack_from("<I", content, (number + 1) * UF2_BLOCK - 4)[0]
        first, second, flags, address, size, at, total, family = words
        good = (first, second, end) == UF2_MAGICS and flags & UF2_FAMILY_FLAG and family == UF2_RP2040
        if not good or at != number or total != count or not 0 < size <= 476:
            raise KitError("image_bad", f"{name}: block {number} of {count} is damaged or of another chip")
        if not RP2040_FLASH <= address <= RP2040_FLASH + RP2040_FLASH_BYTES - size:
            raise KitError("image_bad", f"{name}: block {number} lies outside of the flash")


def older(found: str, wanted: str | None) -> bool:
    """True where the board's MicroPython is not the image's."""
    return wanted is not None and found != wanted

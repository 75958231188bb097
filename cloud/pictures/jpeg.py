"""Is it a JPEG, and how large is its picture? Nothing is decoded: browsers do that, apart from everything else."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from protocol.errors import PayloadError
from protocol.events import MAX_PICTURE

MAX_SIDE = 4096  # default of ours; an OV2640 has 1600
BEGIN, END = b"\xff\xd8\xff", b"\xff\xd9"  # ITU-T T.81, table B.1
SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # frame headers; the three others are tables
PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
SCAN = 0xDA


@dataclass(frozen=True, slots=True, kw_only=True)
class Jpeg:
    """A checked one."""

    data: bytes
    sha256: str
    width: int
    height: int


def checked(text: str, sha256: str) -> Jpeg:
    """What a gateway sent in base64, whole and of a size that can be shown. Raises PayloadError."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PayloadError("bad_base64", "'jpeg' must be base64 (RFC 4648)") from None
    if len(data) > MAX_PICTURE:
        raise PayloadError("too_long", f"a picture has at most {MAX_PICTURE} bytes")
    if hashlib.sha256(data).hexdigest() != sha256:
        raise PayloadError("bad_digest", "'sha256' is not that of the picture")
    width, height = size_of(data)
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise PayloadError("bad_size", f"a picture has 1 to {MAX_SIDE} points a side, not {width} x {height}")
    return Jpeg(data=data, sha256=sha256, width=width, height=height)


def size_of(data: bytes) -> tuple[int, int]:
    """(width, height) by the frame header. Raises PayloadError for what is no JPEG, or only a part of one."""
    if not data.startswith(BEGIN) or not data.rstrip(b"\0").endswith(END):  # cameras pad
        raise PayloadError("not_jpeg", "a picture must be a whole JPEG")
    for marker, at in _headers(data):
        if marker in SIZES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
    raise PayloadError("not_jpeg", "a picture must have a frame header before its first scan")


def in_several_passes(data: bytes) -> bool:
    """True for a JPEG whose decoder must hold the whole picture as coefficients: progressive, or a scan a colour."""
    colours, several = 0, False
    for marker, at in _headers(data):
        if marker in SIZES and at + 9 < len(data):
            several, colours = marker in PROGRESSIVE, data[at + 9]  # T.81, B.2.2
        elif marker == SCAN:
            return several or data[at + 4] < colours  # B.2.3
    return several


def _headers(data: bytes) -> Iterator[tuple[int, int]]:
    """(marker, where) of every segment up to the first scan; what is inside one, as a thumbnail, is passed over."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        yield marker, at
        if marker == SCAN or (length < 2 and marker not in ALONE and marker != 0xFF):
            return
        at += 1 if marker == 0xFF else 2 if marker in ALONE else 2 + length

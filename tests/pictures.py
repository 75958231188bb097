"""Pictures for tests: a frame header that says how large they are, and bytes in place of what would be seen."""

from __future__ import annotations

import random

SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
END = b"\xff\xd9"


def jpeg(size: int = 2_500, width: int = 640, height: int = 480, seed: int = 7) -> bytes:
    """A JPEG of exactly so many bytes, as far as its headers go."""
    begin = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    frame = b"\xff\xc0\x00\x0b\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\x01\x01\x11\x00"
    rest = size - len(begin) - len(frame) - len(SCAN) - len(END)
    return begin + frame + SCAN + bytes(random.Random(seed).choices(range(255), k=rest)) + END

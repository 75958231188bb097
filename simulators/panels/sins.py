"""What real panels do wrong, each seen in the field or in published captures, to be switched on one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from domain.gb26875.frames import Frame, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Sins:
    """None by default: then it is a panel by the book."""

    split: int = 0  # frames go out in pieces of so many bytes
    glue: bool = False  # frames that are due together go out in one piece
    twice: bool = False  # every frame is sent again although it was confirmed
    wrong_first: bool = False  # the first try of every frame has a wrong byte
    garbage: int = 0  # so many random bytes before every frame
    version: bytes = b"\x01\x01"  # a capture shows 10 00
    clock_off_ms: int = 0
    clock_stands: bool = False  # it always says 2000-01-01 00:00:00
    backwards: bool = False  # year first
    no_heartbeat: bool = False
    deaf_to_clock: bool = False  # confirms a clock and keeps its own


class Wire:
    """Bytes of frames as this panel sends them."""

    def __init__(self, sins: Sins, seed: int = 26875) -> None:
        self._sins = sins
        self._random = random.Random(seed)

    def first(self, frame: Frame) -> bytes:
        """The first try."""
        wire = bytearray(encode(frame))
        if self._sins.wrong_first:
            wire[4] ^= 0x01
        return self._random.randbytes(self._sins.garbage) + bytes(wire)

    def again(self, frame: Frame) -> bytes:
        """A repetition."""
        return self._random.randbytes(self._sins.garbage) + encode(frame)

    def pieces(self, frames: list[bytes]) -> Iterator[bytes]:
        """What is written at once."""
        joined = [b"".join(frames)] if self._sins.glue else frames
        for wire in joined:
            size = self._sins.split or len(wire) or 1
            yield from (wire[at : at + size] for at in range(0, len(wire), size))

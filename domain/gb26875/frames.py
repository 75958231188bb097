"""Frames of GB/T 26875.3-2011 (table 1, clause 6.6), and how they are found in a stream of bytes. Pure.

There is no byte stuffing: "@@" and "##" may stand inside data. So a frame is known by start, length, checksum and end
together, and never by its marks alone.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from enum import IntEnum

START, END = b"@@", b"##"
MAX_DATA = 1024  # clause 6.6: the length of the application data unit is at most 1024
MAX_ADDRESS = (1 << 48) - 1
_HEAD = struct.Struct("<2sH2s6s6s6sHB")
_OVERHEAD = _HEAD.size + 3  # checksum and end
NO_TIME = bytes(6)


class Command(IntEnum):
    """Table 2. 0 and 7 to 127 are reserved, 128 to 255 are the user's: both are unknown here."""

    CONTROL = 1
    SEND = 2
    CONFIRM = 3
    REQUEST = 4
    ANSWER = 5
    DENY = 6


_KNOWN = frozenset(Command)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame. `time` is the sender's time tag as it came; `data` the application data unit, empty in a heartbeat."""

    serial: int
    command: int
    source: int
    target: int
    time: bytes = NO_TIME
    version: bytes = b"\x01\x01"  # main 1, user's own 1; devices in service say others
    data: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Something that began like a frame. `why`: checksum, command, length, end or short. `head` may be wrong."""

    why: str
    head: Frame | None


def checksum(covered: bytes | bytearray) -> int:
    """Sum of the bytes from the serial number to the end of the data, modulo 256."""
    return sum(covered) % 256


def encode(frame: Frame) -> bytes:
    """The frame on the wire. ValueError where a field does not fit."""
    if len(frame.data) > MAX_DATA:
        raise ValueError(f"data has {len(frame.data)} bytes; a frame takes {MAX_DATA}")
    for name in ("source", "target"):
        if not 0 <= getattr(frame, name) <= MAX_ADDRESS:
            raise ValueError(f"{name} does not fit into six bytes")
    head = _HEAD.pack(
        START,
        frame.serial,
        frame.version,
        frame.time,
        frame.source.to_bytes(6, "little"),
        frame.target.to_bytes(6, "little"),
        len(frame.data),
        frame.command,
    )
    covered = head[2:] + frame.data
    return START + covered + bytes([checksum(covered)]) + END


def _head(buffer: bytes | bytearray) -> tuple[Frame, int]:
    """The head of a frame without its data, and the length of these."""
    _, serial, version, time, source, target, length, command = _HEAD.unpack_from(buffer)
    frame = Frame(
        serial=serial,
        command=command,
        source=int.from_bytes(source, "little"),
        target=int.from_bytes(target, "little"),
        time=time,
        version=version,
    )
    return frame, length


class Deframer:
    """Finds frames in what arrives in any pieces. Holds less than one frame, whatever comes."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.noise_bytes = 0  # that belonged to no frame

    @property
    def waits(self) -> bool:
        """True where something began that has not ended."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Frame | Broken]:
        """What is complete now, in order."""
        found: list[Frame | Broken] = []
        for offset in range(0, len(data), MAX_DATA):  # so that the buffer stays small whatever comes at once
            self._buffer += data[offset : offset + MAX_DATA]
            while self._look(found):
                pass
        return found

    def give_up(self) -> list[Frame | Broken]:
        """Nothing came for longer than a frame takes: what waits was a false start. What stood behind it, in order."""
        found: list[Frame | Broken] = []
        while self._buffer:
            whole = len(self._buffer) >= _HEAD.size
            found.append(Broken(why="short", head=_head(self._buffer)[0] if whole else None))
            self._skip(1)
            while self._look(found):
                pass
        return found

    def _skip(self, count: int) -> None:
        del self._buffer[:count]
        self.noise_bytes += count

    def _look(self, found: list[Frame | Broken]) -> bool:
        """One step; False where more bytes are needed."""
        start = self._buffer.find(START)
        if start < 0:
            self._skip(len(self._buffer) - self._buffer.endswith(START[:1]))
            return False
        self._skip(start)
        if len(self._buffer) < _HEAD.size:
            return False
        head, length = _head(self._buffer)
        if length > MAX_DATA:
            found.append(Broken(why="length", head=head))
            self._skip(1)
            return True
        if len(self._buffer) < length + _OVERHEAD:
            return False
        self._take(head, length, found)
        return True

    def _take(self, head: Frame, length: int, found: list[Frame | Broken]) -> None:
        until = _HEAD.size + length
        summed = checksum(self._buffer[2:until]) == self._buffer[until]
        ended = self._buffer[until + 1 : until + 3] == END
        if not summed and not ended:  # it only looked like a start, or its length is wrong
            found.append(Broken(why="end", head=head))
            self._skip(1)
        elif not summed or not ended:
            found.append(Broken(why="end" if summed else "checksum", head=head))
            self._skip(until + 1 + 2 * ended)
        elif head.command not in _KNOWN:
            found.append(Broken(why="command", head=head))
            self._skip(until + 3)
        else:
            found.append(replace(head, data=bytes(self._buffer[_HEAD.size : until])))
            del self._buffer[: until + 3]


def reply(frame: Frame, command: Command, time: bytes, data: bytes = b"") -> Frame:
    """The answer to a frame: it echoes the serial number and the version, and goes back where that came from."""
    return Frame(
        serial=frame.serial,
        command=command,
        source=frame.target,
        target=frame.source,
        time=time,
        version=frame.version,
        data=data,
    )

"""A bounded ring of records on flash: first in, first out, and the oldest go when it is full.

Records lie in segment files of about one erase block, each record with its length and CRC. A segment is deleted when
all of it is acknowledged, and that is how the position survives a power cut: at most one segment is sent twice, never a
record lost. A torn or rotten tail ends its segment; what stands before it is read, and nothing is written behind it.
"""

import os
from binascii import crc32

from firmware.device import const

_SEGMENT_BYTES = const(4000)  # one littlefs block of 4096 with room for its own words
_MAX_RECORD = const(1024)
_ENOSPC = const(28)  # MicroPython's errno does not name it
_CODE_BLOCKS = const(48)  # firmware, configuration, directories
_SEGMENTS_MIN = const(3)
_SEGMENTS_CAP = const(128)  # an hour and a half at 1 Hz; a longer list takes the heap of a small board
_HEAD = const(6)  # length (2), CRC-32 over length and record (4), little endian


def _frame(record: bytes) -> bytes:
    length = len(record).to_bytes(2, "little")
    return length + crc32(record, crc32(length)).to_bytes(4, "little") + record


def _read_frame(file) -> bytes | None:
    """The next record of a segment; None at its end, and at anything that is not a whole record."""
    head = file.read(_HEAD)
    if len(head) < _HEAD:
        return None
    length = int.from_bytes(head[:2], "little")
    if not 0 < length <= _MAX_RECORD:
        return None
    record = file.read(length)
    if len(record) < length or crc32(record, crc32(head[:2])) != int.from_bytes(head[2:], "little"):
        return None
    return record


def _segment_numbers(folder: str) -> list:
    numbers = []
    for name in os.listdir(folder):
        try:
            numbers.append(int(name, 16))
        except ValueError:
            continue  # not ours
    return sorted(numbers)


class Ring:
    """`dropped` counts what overflow pushed out since boot, `torn` the segments whose end could not be read."""

    def __init__(self, folder: str, segments_max: int, segment_bytes: int = _SEGMENT_BYTES) -> None:
        self._folder = folder
        self._segments_max = segments_max
        self._segment_bytes = segment_bytes
        self.dropped = 0
        self.torn = 0
        self._segments: list = []  # [number, records in it], oldest first
        self._head = 0  # records of the oldest segment that are acknowledged
        self._head_at = 0  # and the byte where they end
        self._next = 0  # number of the next segment
        self._size = segment_bytes  # of the newest segment; full, so that writing starts a new one after a boot
        try:
            self._mount()
        except OSError as error:  # an empty ring that cannot be written is counted; a board that does not start is mute
            self.torn += 1
            print("flash:", error)

    def __len__(self) -> int:
        """Records that are not acknowledged."""
        return sum([count for _, count in self._segments]) - self._head

    def extend(self, records: list) -> None:
        """Keep these; durable on return. Raises OSError where the flash fails for another reason than being full."""
        frames = [_frame(record) for record in records]
        while frames:
            if not self._segments or self._size + len(frames[0]) > self._segment_bytes:
                self._roll()
            fitting, size = 0, self._size
            while fitting < len(frames) and size + len(frames[fitting]) <= self._segment_bytes:
                size += len(frames[fitting])
                fitting += 1
            self._append(frames[:fitting])
            frames = frames[fitting:]

    def peek(self, limit: int) -> list:
        """Up to `limit` (position, record) from the oldest on, without removing them."""
        found: list = []
        index, at = self._head, self._head_at
        for number, count in self._segments:
            if len(found) >= limit:
                break
            with open(self._path(number), "rb") as file:
                file.seek(at)
                while index < count and len(found) < limit:
                    record = _read_frame(file)
                    if record is None:  # rotted since it was written: the rest of the segment is lost
                        self._rot(number, index, count)
                        break
                    index += 1
                    at += _HEAD + len(record)
                    found.append(((number, index, at), record))
            index = at = 0
        return found

    def advance(self, position: tuple) -> None:
        """Everything up to this position is acknowledged. One that overflow has passed already changes nothing."""
        number, index, at = position
        while self._segments and self._segments[0][0] < number:
            self._remove_oldest()
        if self._segments and self._segments[0][0] == number and index > self._head:
            self._head, self._head_at = index, at
        self._tidy()

    def _tidy(self) -> None:
        while self._segments and self._head >= self._segments[0][1]:
            self._remove_oldest()

    def _path(self, number: int) -> str:
        return "%s/%08x" % (self._folder, number)

    def _mount(self) -> None:
        try:
            os.mkdir(self._folder)
        except OSError:
            pass  # it is there
        for number in _segment_numbers(self._folder):
            self._next = number + 1
            count = self._count(number)
            if count:
                self._segments.append([number, count])
            else:
                os.remove(self._path(number))
        while len(self._segments) > self._segments_max:  # a smaller ring than before
            self._drop_oldest()

    def _count(self, number: int) -> int:
        count = size = 0
        with open(self._path(number), "rb") as file:
            while True:
                record = _read_frame(file)
                if record is None:
                    break
                count += 1
                size += _HEAD + len(record)
            file.seek(0, 2)
            self.torn += file.tell() != size
        return count

    def _rot(self, number: int, index: int, count: int) -> None:
        self.torn += 1
        self.dropped += count - index
        for segment in self._segments:
            if segment[0] == number:
                segment[1] = index
        if self._segments[-1][0] == number:
            self._size = self._segment_bytes

    def _roll(self) -> None:
        while len(self._segments) >= self._segments_max:
            self._drop_oldest()
        self._segments.append([self._next, 0])
        self._next += 1
        self._size = 0

    def _append(self, frames: list) -> None:
        """One write, one commit: littlefs copies the last block of a file that grows after a commit."""
        blob = b"".join(frames)
        while True:
            try:
                with open(self._path(self._segments[-1][0]), "ab" if self._size else "wb") as file:
                    file.write(blob)
            except OSError as error:
                if error.errno != _ENOSPC or len(self._segments) < 2:
                    raise
                self._drop_oldest()
                self._roll()  # behind a torn frame nothing could be read
            else:
                self._size += len(blob)
                self._segments[-1][1] += len(frames)
                return

    def _drop_oldest(self) -> None:
        self.dropped += self._segments[0][1] - self._head
        self._remove_oldest()

    def _remove_oldest(self) -> None:
        number, _ = self._segments.pop(0)
        self._head = self._head_at = 0
        try:
            os.remove(self._path(number))
        except OSError:
            pass  # never written


def rings(statvfs: tuple) -> tuple:
    """(alarm ring, history ring), sized for the flash that os.statvfs describes."""
    blocks = statvfs[0] * statvfs[2] // 4096
    alarms = min(_SEGMENTS_CAP // 4, max(_SEGMENTS_MIN, (blocks - _CODE_BLOCKS) // 5))
    history = min(_SEGMENTS_CAP, max(_SEGMENTS_MIN, (blocks - _CODE_BLOCKS) // 5 * 3))
    return Ring("/alarms", alarms), Ring("/history", history)

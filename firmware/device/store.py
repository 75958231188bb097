"""A bounded ring of records on flash: first in, first out, and the oldest go when it is full.

Records lie in segment files of whole erase blocks, each with its length and CRC. A segment is deleted when all of
it is acknowledged, and that is how the position survives a power cut: at most one segment is sent twice, never a record
lost. A torn or rotten tail ends its segment; what stands before it is read, and nothing is written behind it. A segment
that is full carries its number of records in its name, so that a start reads one segment and not all of them.
"""

import os
from array import array
from binascii import crc32

from firmware.device import const
from firmware.device.log import say

_SEGMENT_BYTES = const(4000)  # one littlefs block of 4096 with room for its own words
_MAX_RECORD = const(1024)
_ENOSPC = const(28)  # MicroPython's errno does not name it
_RESERVED_BLOCKS = const(180)  # two slots of code, 80 each: a block per module; configuration, directories
_SEGMENTS_MIN = const(3)
_SEGMENTS_CAP = const(192)  # two bytes of heap each, and a directory that is still fast; beyond, segments grow
_UNKNOWN = const(0xFFFF)
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


def _found(folder: str) -> list:
    """Sorted (number, records or _UNKNOWN) of the segments in a folder."""
    found = []
    for entry in os.ilistdir(folder) if hasattr(os, "ilistdir") else os.listdir(folder):
        name = entry if isinstance(entry, str) else entry[0]
        try:
            found.append((int(name[:8], 16), int(name[9:], 16) if len(name) > 8 else _UNKNOWN))
        except ValueError:
            continue  # not ours
    return sorted(found)


class Ring:
    """`dropped` counts what overflow pushed out since boot, `torn` the segments whose end could not be read."""

    def __init__(self, folder: str, segments_max: int, segment_bytes: int = _SEGMENT_BYTES) -> None:
        self._folder = folder
        self._segments_max = segments_max
        self._segment_bytes = segment_bytes
        self.dropped = 0
        self.torn = 0
        self._first = 0  # number of the oldest segment
        self._counts = array("H")  # records in each segment, the oldest first
        self._open = False  # the newest segment may still grow: its name has no number of records yet
        self._head = 0  # records of the oldest segment that are acknowledged
        self._head_at = 0  # and the byte where they end
        self._size = segment_bytes  # of the newest segment; full, so that writing starts a new one after a boot
        try:
            self._mount()
        except OSError as error:  # an empty ring that cannot be written is counted; a board that does not start is mute
            self.torn += 1
            say("flash:", error)

    def __len__(self) -> int:
        """Records that are not acknowledged."""
        return sum(self._counts) - self._head

    def extend(self, records: list) -> None:
        """Keep these; durable on return. Raises OSError where the flash fails for another reason than being full."""
        frames = [_frame(record) for record in records]
        while frames:
            if not len(self._counts) or self._size + len(frames[0]) > self._segment_bytes:
                self._roll()
            fitting, size = 0, self._size
            while fitting < len(frames) and size + len(frames[fitting]) <= self._segment_bytes:
                size += len(frames[fitting])
                fitting += 1
            self._append(frames[:fitting])
            frames = frames[fitting:]

    def mark(self) -> tuple:
        """Where the oldest record stands; for `advance`."""
        return self._first, self._head

    def peek(self, limit: int) -> list:
        """Up to `limit` records from the oldest on, without removing them."""
        return [record for _, record in self.read(None, limit)]

    def read(self, cursor: tuple | None, limit: int) -> list:
        """Up to `limit` (cursor behind it, record) from a cursor on; None is the oldest record."""
        found: list = []
        number, index, at = cursor or (self._first, self._head, self._head_at)
        while self._first <= number < self._first + len(self._counts) and len(found) < limit:
            segment = number - self._first
            try:
                with open(self._path(segment), "rb") as file:
                    file.seek(at)
                    while index < self._counts[segment] and len(found) < limit:
                        record = _read_frame(file)
                        if record is None:
                            break
                        index += 1
                        at += _HEAD + len(record)
                        found.append(((number, index, at), record))
            except OSError as error:
                say("flash:", error)
            if index < self._counts[segment] and len(found) < limit:
                self._rot(segment, index)
            index = at = 0
            number += 1
        return found

    def advance(self, mark: tuple, count: int) -> None:
        """The first `count` records at `mark` are acknowledged. Where overflow has passed it, nothing changes."""
        if mark != (self._first, self._head):
            return
        while len(self._counts) and self._head + count >= self._counts[0]:
            count -= self._counts[0] - self._head
            self._remove_oldest()
        if count and len(self._counts):
            self._head += count
            with open(self._path(0), "rb") as file:
                for _ in range(count):
                    file.seek(self._head_at)
                    self._head_at += _HEAD + int.from_bytes(file.read(2), "little")

    def _path(self, segment: int) -> str:
        name = "%s/%08x" % (self._folder, self._first + segment)
        if self._open and segment == len(self._counts) - 1:
            return name
        return "%s-%04x" % (name, self._counts[segment])

    def _mount(self) -> None:
        try:
            os.mkdir(self._folder)
        except OSError:
            pass  # it is there
        found = _found(self._folder)
        if not found:
            return
        self._first = found[0][0]
        for number, count in found:
            while self._first + len(self._counts) < number:
                self._counts.append(0)  # a segment that is missing
            self._counts.append(count)
        self._open = True
        for segment in range(len(self._counts)):
            if self._counts[segment] == _UNKNOWN:
                self._count(segment)
        self._open = self._open and found[-1][1] == _UNKNOWN
        self._tidy()

    def _count(self, segment: int) -> None:
        """Find out how many records a segment has that was not closed."""
        count = size = 0
        path = "%s/%08x" % (self._folder, self._first + segment)
        with open(path, "rb") as file:
            while True:
                record = _read_frame(file)
                if record is None:
                    break
                count += 1
                size += _HEAD + len(record)
            file.seek(0, 2)
            self.torn += file.tell() != size
        self._counts[segment] = count
        if segment < len(self._counts) - 1:
            os.rename(path, self._path(segment))

    def _tidy(self) -> None:
        while len(self._counts) and (not self._counts[0] or len(self._counts) > self._segments_max):
            self._drop_oldest()

    def _rot(self, segment: int, index: int) -> None:
        """What follows record `index` of a segment cannot be read."""
        self.torn += 1
        self.dropped += self._counts[segment] - index
        before = self._path(segment)
        self._counts[segment] = index
        if segment == len(self._counts) - 1:
            self._size = self._segment_bytes
        try:
            os.rename(before, self._path(segment))
        except OSError:
            pass  # the next look finds it rotten again

    def _roll(self) -> None:
        while len(self._counts) >= self._segments_max:
            self._drop_oldest()
        if self._open:
            before = self._path(len(self._counts) - 1)
            self._open = False
            os.rename(before, self._path(len(self._counts) - 1))
        self._counts.append(0)
        self._open = True
        self._size = 0

    def _append(self, frames: list) -> None:
        """One write, one commit: littlefs copies the last block of a file that grows after a commit."""
        blob = b"".join(frames)
        while True:
            try:
                with open(self._path(len(self._counts) - 1), "ab" if self._size else "wb") as file:
                    file.write(blob)
            except OSError as error:
                if error.errno != _ENOSPC or len(self._counts) < 2:
                    raise
                self._drop_oldest()
                self._roll()  # behind a torn frame nothing could be read
            else:
                self._size += len(blob)
                self._counts[-1] += len(frames)
                return

    def _drop_oldest(self) -> None:
        self.dropped += self._counts[0] - self._head
        self._remove_oldest()

    def _remove_oldest(self) -> None:
        try:
            os.remove(self._path(0))
        except OSError:
            pass  # never written
        self._open = self._open and len(self._counts) > 1
        self._counts = self._counts[1:]
        self._first += 1
        self._head = self._head_at = 0


def ring(folder: str, statvfs: tuple, percent: int) -> Ring:
    """A ring in `percent` of what the flash that os.statvfs describes has beside the code."""
    blocks = max(0, statvfs[0] * statvfs[2] // 4096 - _RESERVED_BLOCKS) * percent // 100
    size = 1
    while blocks // size > _SEGMENTS_CAP:
        size *= 2
    return Ring(folder, max(_SEGMENTS_MIN, blocks // size), size * 4096 - 96)

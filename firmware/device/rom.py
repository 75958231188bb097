"""The chip's ROM partition holds a copy of the slot that runs: its code is executed in place and takes no heap.

MicroPython has it since 1.25 (`vfs.rom_ioctl`), in images built with ROMFS. The format is that of VfsRom: records of
kind, length and payload. The first block is written last: until then nothing there can be mounted, so a power cut while
it is written leaves a board that writes it again. Only the loader needs this, before anything else runs.
"""

import os
from hashlib import sha256

_MAGIC = b"\xd2\xcd\x31"
_DATA, _FOLDER, _FILE = 2, 4, 5  # kinds of records
_BLOCK = 4096
_IDENTITY = "slot"  # a file beside the packages: which slot this is a copy of


def identity(slot: str) -> bytes:
    """What tells a copy of this slot from one of another: its manifest names the digest of every file."""
    with open(slot + "/manifest.json", "rb") as file:
        return sha256(file.read()).digest()


def _number(value: int) -> bytes:
    encoded = bytes([value & 0x7F])
    while value >> 7:
        value >>= 7
        encoded = bytes([0x80 | value & 0x7F]) + encoded
    return encoded


def _head(kind: int, name: str, payload: int) -> bytes:
    """Everything of a folder or file record before its payload."""
    named = _number(len(name)) + name.encode()
    if kind == _FILE:
        named += bytes([_DATA]) + _number(payload)
    return bytes([kind]) + _number(len(named) + payload) + named


def _entries(folder: str) -> list:
    """(kind, name, size of its payload) of everything in a folder."""
    found = []
    for name in sorted(os.listdir(folder)):
        path = folder + "/" + name
        stat = os.stat(path)
        if stat[0] & 0x4000:
            found.append((_FOLDER, name, sum([len(_head(*entry)) + entry[2] for entry in _entries(path)])))
        else:
            found.append((_FILE, name, stat[6]))
    return found


def _stream(folder: str):
    """The records of a folder, piece by piece."""
    for kind, name, size in _entries(folder):
        yield _head(kind, name, size)
        if kind == _FOLDER:
            yield from _stream(folder + "/" + name)
        else:
            with open(folder + "/" + name, "rb") as file:
                for start in range(0, size, 512):
                    yield file.read(min(512, size - start))


def image(slot: str):
    """The image of a slot, piece by piece; the first is its head and says how long the rest is."""
    mark = identity(slot)
    length = len(_head(_FILE, _IDENTITY, len(mark))) + len(mark)
    length += sum([len(_head(*entry)) + entry[2] for entry in _entries(slot)])
    size = _number(length)
    if (len(_MAGIC) + len(size) + length) & 1:
        size = b"\x80" + size  # VfsRom wants an even length
    yield _MAGIC + size
    yield _head(_FILE, _IDENTITY, len(mark)) + mark
    yield from _stream(slot)


def blocks(slot: str):
    """The image in blocks of 4096 bytes, the last one filled up. All in one buffer: a heap has few holes so big."""
    block, have = bytearray(_BLOCK), 0
    for piece in image(slot):
        at = 0
        while at < len(piece):
            part = piece[at : at + _BLOCK - have]
            block[have : have + len(part)] = part
            at += len(part)
            have += len(part)
            if have == _BLOCK:
                yield block
                have = 0
    if have:
        block[have:] = b"\xff" * (_BLOCK - have)
        yield block


def write(slot: str, partition, feed) -> None:
    """Copy a slot. `partition`: size, erase(), write(offset, bytes), done(). Raises OSError where it does not fit."""
    need = sum([len(piece) for piece in image(slot)])
    if need > partition.size:
        raise OSError("the slot has %d bytes, the ROM partition %d" % (need, partition.size))
    partition.erase(-(-need // _BLOCK) * _BLOCK)
    offset = 0
    for block in blocks(slot):
        feed()
        if offset:
            partition.write(offset, block)
        offset += len(block)
    partition.write(0, next(blocks(slot)))
    partition.done()


def place(slot: str, partition, mount, feed) -> bool:
    """Mount the copy of `slot`, made first where it is not there. False where it cannot be run from ROM.

    `mount()` mounts the partition at /rom and raises OSError where there is nothing to mount.
    """
    try:
        for fresh in (False, True):
            if fresh:
                write(slot, partition, feed)
            try:
                mount()
                with open("/rom/" + _IDENTITY, "rb") as file:
                    if file.read() == identity(slot):
                        return True
            except OSError:
                pass  # empty, half written, or a copy of another slot
    except OSError as error:
        print("rom:", error)
    return False

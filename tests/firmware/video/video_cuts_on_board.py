# ruff: noqa: SIM105 - MicroPython has no contextlib
"""Cuts the power at every write of a flash chip while snapshots come and go. Argument: the repository.

Prints how many cuts there were. What the store had promised has to be there after each of them.
"""

import sys

import vfs

sys.path.append(sys.argv[1])
from firmware.device.video_sender import SnapshotSender
from firmware.device.video_store import Snapshots
from tests.firmware.video.video_cases import Time, keep, take

BLOCKS = 32
FOLDER = "/flash/snaps"


class Chip:
    """Takes `writes` more writes of at most 64 bytes; the next one is half done, and then there is no power."""

    def __init__(self, data: bytearray, writes: int) -> None:
        self.data = data
        self.writes = writes

    def readblocks(self, block, buf, at=0):
        start = block * 4096 + at
        buf[:] = self.data[start : start + len(buf)]

    def writeblocks(self, block, buf, at=0):
        start = block * 4096 + at
        if self.writes <= 0:
            if self.writes == 0:
                half = len(buf) // 2
                self.data[start : start + half] = buf[:half]
            self.writes = -1
            raise OSError(5)
        self.writes -= 1
        self.data[start : start + len(buf)] = buf

    def ioctl(self, op, _arg):
        return {4: BLOCKS, 5: 4096}.get(op, 0)


def mounted(chip: Chip) -> None:
    """The chip becomes /flash."""
    vfs.mount(vfs.VfsLfs2(chip, readsize=64, progsize=64), "/flash")


def life(promised: dict, received: dict) -> None:
    """What an endpoint does; `promised` grows with everything that is durable."""
    snapshots = Snapshots(FOLDER, 2, 60000)
    sender = SnapshotSender("video-a", snapshots, Time())
    for number, size in enumerate((2500, 700)):
        promised["coming"] = size
        picture = keep(snapshots, size)
        promised[f"video-a-2-{number + 1}"] = picture
    for _ in range(60):
        message = sender.next_message()
        if message is None:
            break
        take(sender, message[1], received)


def check(promised: dict, received: dict) -> None:
    """After the cut: everything that was promised arrives, nothing else, nothing torn."""
    snapshots = Snapshots(FOLDER, 3, 60000)
    sender = SnapshotSender("video-a", snapshots, Time())
    for _ in range(200):
        message = sender.next_message()
        if message is None:
            break
        take(sender, message[1], received)
    assert len(snapshots) == 0
    size = promised.pop("coming", 0)
    for name, picture in promised.items():
        assert bytes(received[name]) == picture, name
    for name, picture in received.items():
        assert name in promised or len(picture) == size, name  # whole, but the cut came before it was said


base = bytearray(BLOCKS * 4096)
vfs.VfsLfs2.mkfs(Chip(base, 1 << 30), readsize=64, progsize=64)
mounted(Chip(base, 1 << 30))
first = keep(Snapshots(FOLDER, 1, 60000), 3000)
vfs.umount("/flash")
cuts = 0
while True:
    chip = Chip(bytearray(base), cuts)
    promised, received = {"video-a-1-1": first}, {}
    mounted(chip)
    try:
        life(promised, received)
    except OSError:
        pass
    vfs.umount("/flash")
    over = chip.writes >= 0
    mounted(Chip(chip.data, 1 << 30))
    check(promised, received)
    vfs.umount("/flash")
    if over:
        break
    cuts += 1
print(cuts)

"""An update on littlefs under MicroPython, with the power cut at every write of the flash chip.

Arguments: the repository, a folder whose tree goes on the flash, the bundle, its version, its SHA-256, and every how
manyth cut is also continued to its end. One run records every write; the chip after a cut is what was there before it
and so many of them, the last one half done. Each such chip must boot, with the loader, into a slot that is whole.
"""

# MicroPython, and imports in the order of its mounts
# ruff: noqa: PTH102, PTH116, PTH123, PTH208, UP031, PT018, E402, I001
import asyncio
import hashlib
import json
import os
import sys

import vfs

_BLOCK = 4096
_BLOCKS = 212  # a Pico W

repository, tree, bundle_path, version, digest, step, every = sys.argv[1:8]
version, step, every = [int(part) for part in version.split(".")], int(step), int(every)
with open(bundle_path, "rb") as file:
    bundle = file.read()


class Chip:
    """Flash that keeps what was done to it. `base` is never written: blocks that change are copied."""

    def __init__(self, base) -> None:
        self.base = base
        self.changed = {}
        self.log = None

    def readblocks(self, block, buf, at=0):
        held = self.changed.get(block)
        if held is None:
            start = block * _BLOCK + at
            buf[:] = memoryview(self.base)[start : start + len(buf)]
        else:
            buf[:] = memoryview(held)[at : at + len(buf)]

    def writeblocks(self, block, buf, at=0):
        if block not in self.changed:
            self.changed[block] = bytearray(memoryview(self.base)[block * _BLOCK : (block + 1) * _BLOCK])
        self.changed[block][at : at + len(buf)] = buf
        if self.log is not None:
            self.log.append((block * _BLOCK + at, bytes(buf)))

    def ioctl(self, kind, block):
        if kind == 6:
            self.writeblocks(block, b"\xff" * _BLOCK)
        return {4: _BLOCKS, 5: _BLOCK}.get(kind, 0)


def mount(chip) -> None:
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(chip, readsize=64, progsize=64), "/")


def copy(source: str, target: str) -> None:
    for name in os.listdir(source):
        if os.stat(source + "/" + name)[0] & 0x4000:
            os.mkdir(target + "/" + name)
            copy(source + "/" + name, target + "/" + name)
        else:
            with open(source + "/" + name, "rb") as given, open(target + "/" + name, "wb") as made:
                made.write(given.read())


class Restarted(Exception):
    """The board starts again."""


def moment():
    """Lets `life` look around."""
    yield


class Bench:
    """Time, gateway and sampler of a board: whoever sleeps lets them work."""

    def __init__(self) -> None:
        self.now = 0
        self.slots = None
        self.answers = []

    def uptime_ms(self) -> int:
        return self.now

    async def sleep_ms(self, duration_ms: int) -> None:
        self.now += duration_ms
        if duration_ms < 20:
            return
        self.slots.cycle_done(True, False)
        message = self.slots.next_message()
        if message is not None and message[0] == "fetch":
            wanted, at = pieces.decode_fetch(message[1])
            head = {"id": wanted, "offset": at, "size": len(bundle)}
            self.slots.handlers["bundle"](pieces.encode(head, bundle[at : at + pieces.BUNDLE_PIECE_BYTES]))
        elif message is not None:
            self.answers.append(json.loads(message[1])["data"]["state"])
        await moment()

    async def restart(self) -> None:
        raise Restarted


async def life(order: bool, until: str) -> list:
    """One boot, up to a restart or until an answer says `until`; the answers."""
    bench = Bench()
    bench.slots = slots = Slots(bench, bench.sleep_ms, bench.restart)
    if order:
        slots.update({"id": "u1", "version": version, "size": len(bundle), "sha256": digest})
    run = slots.run()
    try:
        while until not in bench.answers or slots.job is not None:
            next(run)
    except Restarted:
        pass
    return bench.answers


def boot(cause: int = 1) -> str:
    """What the loader would run; nothing but a slot will do."""
    slot, _ = loader._pick(cause, (1,))
    assert slot is not None, "safe mode"
    sys.path[0] = "/slots/" + slot
    return slot


def check_whole(slot: str) -> list:
    """Every file of a slot against its manifest; its version."""
    with open("/slots/%s/manifest.json" % slot) as file:
        manifest = json.load(file)
    for path, size, wanted in manifest["files"]:
        with open("/slots/%s/%s" % (slot, path), "rb") as file:
            data = file.read()
        assert len(data) == size and hashlib.sha256(data).digest().hex() == wanted, path
    return manifest["version"]


def to_the_end() -> list:
    """From whatever is on the flash: boot again and again, the gateway repeating its order, until all is done."""
    for _ in range(6):
        slot = boot()
        running = check_whole(slot)
        done = running == version and loader.read()["trial"] is None
        if done and "update.json" not in os.listdir("/"):
            return running
        ordered = "update.json" in os.listdir("/") or running == version
        answers = asyncio.run(life(not ordered, "good"))
        assert "refused" not in answers and "rolled_back" not in answers, answers
    raise AssertionError("no end after six boots")


def record(work) -> list:
    """The writes of some work on the chip as it is."""
    chip.log = []
    work()
    log, chip.log = chip.log, None
    return log


def cut_everywhere(name: str, before: bytearray, log: list) -> None:
    """Each write, or each one of `every`, not done and done by half."""
    seen = {"a": 0, "b": 0}
    finished = 0
    for number in range(len(log) + 1):
        halves = (False, True) if number < len(log) else (False,)
        for half in halves if number % every == 0 else ():
            part = bytearray(before) if half else before
            if half:
                at, data = log[number]
                part[at : at + len(data) // 2] = data[: len(data) // 2]
            mount(Chip(part))
            slot = boot()
            check_whole(slot)
            seen[slot] += 1
            if name == "update" and not half and number % step == 0:
                assert to_the_end() == version
                finished += 1
        if number < len(log):
            at, data = log[number]
            before[at : at + len(data)] = data
    print(
        name, "writes", len(log), "cuts", seen["a"] + seen["b"], "a", seen["a"], "b", seen["b"], "continued", finished
    )


class Collector:
    """In place of `gc`: an update collects after every kilobyte, which takes for ever in the heap of this test."""

    collect = staticmethod(lambda: None)
    threshold = staticmethod(lambda *_: 0)
    mem_free = staticmethod(lambda: 1 << 20)


sys.modules["gc"] = Collector
sys.path[:] = [repository]  # later the flash becomes the root, and of the host these two folders stay
from protocol import pieces
import firmware.device
from firmware.device import loader
from firmware.device.slots import Slots


class Pins:
    BOARD = "esp32_s3"
    KIND = "fire"


sys.modules["firmware.device.pins"] = firmware.device.pins = Pins
vfs.umount("/")
chip = Chip(bytearray(_BLOCKS * _BLOCK))
vfs.VfsLfs2.mkfs(chip, readsize=64, progsize=64)
vfs.mount(vfs.VfsLfs2(chip, readsize=64, progsize=64), "/")
vfs.mount(vfs.VfsPosix(repository), repository)
vfs.mount(vfs.VfsPosix(tree), "/tree")
copy("/tree", "")
sys.path[:] = ["/slots/a", repository]


def image() -> bytearray:
    whole = bytearray(chip.base)
    for block, data in chip.changed.items():
        whole[block * _BLOCK : (block + 1) * _BLOCK] = data
    return whole


def update() -> None:
    assert "restarting" in asyncio.run(life(True, "never"))
    assert boot() == "b"
    assert "good" in asyncio.run(life(False, "good"))


def failed_trial() -> None:
    assert "restarting" in asyncio.run(life(True, "never"))
    for _ in range(3):
        assert boot(3) == "b"
    assert boot(3) == "a"
    assert "rolled_back" in asyncio.run(life(False, "rolled_back"))


start = image()
for name, work in (("update", update), ("failed_trial", failed_trial)):
    mount(chip)
    sys.path[0] = "/slots/a"
    log = record(work)
    chip = Chip(start)
    cut_everywhere(name, bytearray(start), log)

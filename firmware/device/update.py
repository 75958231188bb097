"""One update: fetch a bundle into the slot that does not run, verify it, switch. Loaded for that only.

How far it is stands on flash alone: the bundle is a head of 72 bytes (magic, length, signature), the manifest and the
files, one after another, and each goes to a file of its own. Where it goes on after a power cut is where they end.
No byte of code is written before the signature over the manifest is verified.
"""

import hashlib
import json
import os
import sys

from firmware.device import const
from firmware.device.slots import forget, load, save
from protocol import commands, pieces

_ORDER = "/update.json"
_HEAD = const(72)
_MAX_MANIFEST = const(16384)
_TRIALS = const(3)  # a power cut during the first boot does not end the trial
_FIRST_WAIT_MS = const(5000)
_LAST_WAIT_MS = const(320_000)
_TRIES = const(12)  # more than half an hour of a gateway that is there and does not deliver
_AHEAD = const(2)  # pieces in memory
_SPARE_BLOCKS = const(8)  # for directories
_LINGER_MS = const(10_000)  # an answer that is on its way so long, with the link up, has arrived
_ENOSPC = const(28)


def _size(path: str) -> int:
    try:
        return os.stat(path)[6]
    except OSError:
        return 0


def _make_folders(path: str) -> None:
    at = path.find("/", 1)
    while at > 0:
        try:
            os.mkdir(path[:at])
        except OSError:
            pass  # it is there
        at = path.find("/", at + 1)


class Job:
    """An order from its command to its last answer, over every restart. /update.json has it, and its `phase`:
    clean (the slot is being emptied), fetch, restart (switched, not yet well), over (the answer is owed).
    """

    def __init__(self, slots) -> None:
        self._slots = slots
        self._slot = "a" if slots.slot == "b" else "b"
        self._folder = "/slots/" + self._slot
        self._order = load(_ORDER)
        self._pieces: list = []  # [offset, bytes] that arrived
        self._want: int | None = None  # offset of the piece to ask for
        self._asked_ms: int | None = None
        self._owed: tuple | None = None  # the newest answer
        self._sent_ms: int | None = None
        self._resume()

    def _resume(self) -> None:
        """What the order means after a start."""
        phase = self._order.get("phase")
        if phase == "over":
            self._owe(self._order["ok"], self._order["data"])
        elif phase is not None and self._order["version"] == self._slots.number:
            self._order["phase"] = "restart"  # the power was cut before this was written
        elif phase == "restart":
            reason = "新程序未能正常运行,已恢复旧程序 / the new program did not run well, the old one is back"
            self._finish(False, "rolled_back", reason)

    def begin(self, command: dict) -> dict:
        """The command: a new order, or how far it is. Raises ValueError where there is nothing to begin."""
        if self._order.get("id") == command["id"]:
            return {"state": self._order["phase"]}
        if self._order.get("phase", "over") != "over":
            raise ValueError("另一个更新正在进行 / another update is being done")
        if self._slots.on_trial():
            raise ValueError("当前程序还在试运行 / the present program is still on trial")
        order = {name: command.get(name) for name in ("id", "version", "size", "sha256")}
        self._check(order)
        order["phase"] = "clean"
        save(_ORDER, order)
        self._order, self._owed = order, None
        return {"state": "fetching"}

    def _check(self, order: dict) -> None:
        version, lowest = order["version"], self._slots.lowest()
        if not isinstance(version, list) or [type(n) for n in version] != [int, int, int]:
            raise ValueError("version 须为三个整数 / version must be three whole numbers")
        if len(str(order["sha256"])) != 64 or not 0 < (order["size"] or 0) <= pieces.MAX_BUNDLE:
            raise ValueError("sha256 或 size 有误 / sha256 or size is wrong")
        if version == self._slots.number:
            raise ValueError("此版本已在运行 / this version runs already")
        if version < lowest:
            raise ValueError("不接受旧版本,最低为 / no older version, at least %d.%d.%d" % tuple(lowest))

    # what the link sees

    def next_message(self) -> tuple | None:
        """An answer, or the question for the next piece; each once a connection."""
        now = self._slots.clock.uptime_ms()
        if self._owed is not None and self._sent_ms is None:
            self._sent_ms = now
            return "answer", commands.encode_answer(self._order["id"], *self._owed)
        if self._want is None or self._asked_ms is not None:
            return None
        self._asked_ms = now
        return "fetch", pieces.encode_fetch(self._order["sha256"], self._want)

    def went_offline(self) -> None:
        """Nothing that was sent may be trusted to have arrived."""
        self._sent_ms = self._asked_ms = None

    def arrived(self, payload: bytes) -> None:
        """A piece; the one after it is asked for at once. One nobody asked for is nothing. Raises PayloadError."""
        head, data = pieces.decode(payload, pieces.MAX_BUNDLE)
        if head["id"] == self._order.get("sha256") and head["offset"] == self._want:
            self._pieces.append([self._want, data])
            self._want += len(data)
            self._asked_ms = None
            if len(self._pieces) >= _AHEAD or self._want >= self._order["size"]:
                self._want = None

    def _owe(self, ok: bool, data: dict) -> None:
        print("update:", data)
        self._owed, self._sent_ms = (ok, data), None

    def _finish(self, ok: bool, state: str, reason: str) -> None:
        data = {"state": state, "version": self._slots.number}
        if not ok:
            self._slots.faults["update"] = state
            data["error"] = reason
        self._order.update({"phase": "over", "ok": ok, "data": data})
        self._owe(ok, data)
        try:
            save(_ORDER, self._order)
        except OSError as error:
            print("flash:", error)

    def over(self) -> bool:
        """Once a second: whether the last answer has arrived; then the order is forgotten."""
        if self._order.get("phase", "over") != "over":
            return False
        if self._owed is not None:
            if self._sent_ms is None or self._slots.clock.uptime_ms() - self._sent_ms < _LINGER_MS:
                return False
            os.remove(_ORDER)
        return True

    async def run(self) -> bool:
        """Once a second: whatever is to be done. True where the board has to start again."""
        phase = self._order.get("phase", "over")
        if phase == "over":
            return False
        if phase != "restart":
            await self._try()
            return False  # the answer goes first
        if self._order["version"] != self._slots.number:
            return True
        if self._slots.well:
            self._finish(True, "good", "")
        return False

    async def _try(self) -> None:
        try:
            await self._work()
            self._owe(True, {"state": "restarting"})
            await self._slots.sleep_ms(1000)
            reason = ""
        except MemoryError:
            reason = "内存不足 / not enough memory"
        except OSError as error:
            reason = "闪存错误 / flash error: " + str(error)
            if error.errno == _ENOSPC:
                reason = "存储空间不足 / the flash is full"
        except (ValueError, KeyError) as error:
            reason = str(error)
        if reason:
            self._pieces, self._want = [], None
            await self.clean()
            self._finish(False, "refused", reason)

    # the work

    async def clean(self, path: str | None = None) -> None:
        """Empty the slot; its manifest goes first, and with it the claim to be whole."""
        path = path or self._folder
        for name in sorted(_names(path), key=lambda name: name != "manifest.json"):
            await self._slots.sleep_ms(0)
            inner = path + "/" + name
            if os.stat(inner)[0] & 0x4000:
                await self.clean(inner)
                os.rmdir(inner)
            else:
                os.remove(inner)

    async def _work(self) -> None:
        if self._order["phase"] == "clean":
            await self.clean()
            _make_folders(self._folder + "/")
            self._order["phase"] = "fetch"
            save(_ORDER, self._order)
        await self._fill("signature", 0, _HEAD)
        length = self._manifest_size()
        await self._fill("manifest.part", _HEAD, length)
        await self._check_signature()
        self._check_manifest()
        at = _HEAD + length
        for path, size, _ in self._files():
            _make_folders(self._folder + "/" + path)
            await self._fill(path, at, size)
            at += size
        for path, _, digest in self._files():
            if (await self._digest(path)).hex() != digest:
                raise ValueError("文件损坏 / a file is damaged: " + path)
        while not self._slots.well:  # it would write that this slot is the good one
            await self._slots.sleep_ms(500)
        os.rename(self._folder + "/manifest.part", self._folder + "/manifest.json")
        save("/slots.json", {"slot": self._slot, "trial": _TRIALS, "fails": 0, "lowest": self._slots.lowest()})
        self._order["phase"] = "restart"
        save(_ORDER, self._order)

    async def _fill(self, path: str, at: int, size: int) -> None:
        """The file from where it ends. Each append is durable when it is closed."""
        path = self._folder + "/" + path
        have = _size(path)
        while have < size:
            data = await self._bytes(at + have, size - have)
            with open(path, "ab") as file:
                file.write(data)
            have += len(data)

    async def _bytes(self, at: int, limit: int):
        """Bytes of the bundle from there on, at least one."""
        while True:
            while self._pieces and not 0 <= at - self._pieces[0][0] < len(self._pieces[0][1]):
                self._pieces.pop(0)
            if self._pieces:
                start = at - self._pieces[0][0]
                return memoryview(self._pieces[0][1])[start : start + limit]
            await self._ask(at)

    async def _ask(self, at: int) -> None:
        """Until a piece is there. Time without a link does not count. Raises ValueError where nothing comes."""
        if self._want != at:
            self._want, self._asked_ms = at, None
        wait_ms, tries = _FIRST_WAIT_MS, 0
        while not self._pieces:
            await self._slots.sleep_ms(20)
            if self._asked_ms is not None and self._slots.clock.uptime_ms() - self._asked_ms > wait_ms:
                wait_ms = min(2 * wait_ms, _LAST_WAIT_MS)
                self._asked_ms = None
                tries += 1
                if tries >= _TRIES:
                    raise ValueError("网关没有送来程序包 / the gateway does not deliver the bundle")

    def _manifest_size(self) -> int:
        with open(self._folder + "/signature", "rb") as file:
            head = file.read(8)
        length = int.from_bytes(head[4:], "big")
        if head[:4] != b"GWB1" or not 0 < length <= _MAX_MANIFEST:
            raise ValueError("不是程序包 / not a bundle")
        return length

    async def _check_signature(self) -> None:
        before = list(sys.modules)
        from firmware.device.ed25519 import verify

        with open(self._folder + "/signature", "rb") as file:
            signature = file.read(_HEAD)[8:]
        # with these words no other signature made with this key can pass for one of a bundle
        signed = b"gwbundle1:" + await self._digest("manifest.part")
        try:
            with open("/update_keys.bin", "rb") as file:
                keys = file.read(128)
        except OSError:
            raise ValueError("没有验证密钥 / no key to verify updates with: update_keys.bin") from None
        good = False
        for at in range(0, len(keys), 32):
            good = good or await verify(keys[at : at + 32], signed, signature, lambda: self._slots.sleep_ms(0))
        verify = None
        forget([name for name in list(sys.modules) if name not in before and "5" in name])
        if not good:
            raise ValueError("签名无效 / the signature is not valid")

    def _check_manifest(self) -> None:
        """It is signed; now whether it is meant for this board."""
        import __main__
        from firmware.device import pins

        with open(self._folder + "/manifest.part") as file:
            head = json.loads(file.readline() + "]}")
        ours = {"format": 1, "board": pins.BOARD, "kind": pins.KIND, "mpy": sys.implementation._mpy & 0xFF}  # noqa: SLF001
        ours["version"] = self._order["version"]
        for name, value in ours.items():
            if head[name] != value:
                raise ValueError("程序包不适用 / not for this board: %s %r, %r" % (name, head[name], value))
        if head["loader"] > getattr(__main__, "LOADER", 1):
            raise ValueError("引导程序过旧,请用工具箱重新写入 / the loader is too old, flash this board with the kit")
        self._check_files()

    def _check_files(self) -> None:
        block, free = os.statvfs("/")[1], os.statvfs("/")[3]
        size = _HEAD + _size(self._folder + "/manifest.part")
        blocks = _SPARE_BLOCKS
        for path, length, _ in self._files():
            if not path.endswith(".mpy") or ".." in path or path[0] == "/":
                raise ValueError("程序包含有不允许的文件 / a file the bundle may not hold: " + path)
            size += length
            blocks += 0 if _size(self._folder + "/" + path) == length else length // block + 1
        if size != self._order["size"]:
            raise ValueError("程序包不完整 / the bundle is not complete")
        if blocks > free:
            raise ValueError("存储空间不足 / the flash is full")

    def _files(self):
        """[path, size, SHA-256] of each file; one a line, so that they never stand in memory all at once."""
        with open(self._folder + "/manifest.part") as file:
            file.readline()
            while True:
                line = file.readline().rstrip(",\n")
                if line == "]}":
                    return
                yield json.loads(line)

    async def _digest(self, path: str) -> bytes:
        """SHA-256 of what the flash gives back."""
        digest = hashlib.sha256()
        with open(self._folder + "/" + path, "rb") as file:
            while True:
                data = file.read(512)
                if not data:
                    return digest.digest()
                digest.update(data)
                await self._slots.sleep_ms(0)


def _names(path: str) -> list:
    try:
        return os.listdir(path)
    except OSError:
        return []

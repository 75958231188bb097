"""One update: fetch a bundle into the slot that does not run, verify it, switch. Loaded for that only.

How far it is stands on flash alone: the bundle is a head of 72 bytes (magic, length, signature), the manifest and the
files, one after another, and each goes to a file of its own. Where it goes on after a power cut is where they end.
No byte of code is written before the signature over the manifest is verified.
"""

import gc
import os
import sys

from firmware.device import const
from firmware.device.kept import load, save
from firmware.device.update_files import HEAD_BYTES, clean, digest_of, files_of, make_folders, manifest_size, size_of
from firmware.device.update_pieces import Pieces
from protocol import commands
from protocol.pieces import MAX_BUNDLE

_ORDER = "/update.json"
_TRIALS = const(3)  # a power cut during the first boot does not end the trial
_TRIES = const(30)  # goes on as often after a power cut or for want of memory
_LINGER_MS = const(10_000)  # an answer that is on its way so long, with the link up, has arrived
_ENOSPC = const(28)
# Below this the sampler might run out of memory meanwhile. Measured on the 64-bit interpreter,
# where everything is twice as big as on a chip; `maxsize` tells the two apart.
_HEAP_BYTES = 6_000 if sys.maxsize >> 32 else 3_500
_COLLECT_AFTER = const(1024)  # big numbers make garbage fast, and the sampler must find room between it


class Job:
    """An order from its command to its last answer, over every restart. /update.json has it, and its `phase`:
    clean (the slot is being emptied), fetch, restart (switched, not yet well), over (the answer is owed).
    """

    def __init__(self, slots) -> None:
        self._slots = slots
        self._slot = "a" if slots.slot == "b" else "b"
        self.folder = "/slots/" + self._slot
        self.order = load(_ORDER)
        self._pieces: Pieces | None = None
        self._trusted = False  # not kept on flash: after a start the signature is verified again
        self.untrusted = False  # the manifest is there and waits for its check
        self.starved = False  # it has to wait until the others have sent what they owe
        self._owed: tuple | None = None  # the newest answer
        self._sent_ms: int | None = None
        self._resume()

    def _resume(self) -> None:
        """What the order means after a start."""
        phase = self.order.get("phase")
        if phase == "over":
            self._owe(self.order["ok"], self.order["data"])
        elif phase is not None and self.order["version"] == self._slots.number:
            self.order["phase"] = "restart"  # the power was cut before this was written
        elif phase == "restart":
            reason = "新程序未能正常运行，已恢复旧程序 / the new program did not run well, the old one is back"
            self._finish(False, "rolled_back", reason)
        elif phase is not None:
            self.order["tries"] = self.order.get("tries", 0) + 1
            if self.order["tries"] > _TRIES:
                self._finish(False, "refused", "内存不足 / not enough memory")
            else:
                self._keep()

    def begin(self, command: dict) -> dict:
        """The command: a new order, or how far it is. Raises ValueError where there is nothing to begin."""
        if self.order.get("id") == command["id"]:
            return self._progress()
        if self.order.get("phase", "over") != "over":
            raise ValueError("另一个更新正在进行 / another update is being done")
        if self._slots.on_trial():
            raise ValueError("当前程序还在试运行 / the present program is still on trial")
        order = {name: command.get(name) for name in ("id", "version", "size", "sha256")}
        self._check(order)
        gc.collect()
        if gc.mem_free() < _HEAP_BYTES:
            raise ValueError("内存不足 / not enough memory")
        order["phase"] = "clean"
        save(_ORDER, order)
        self.order, self._owed = order, None
        self._trusted = self.untrusted = False
        return {"state": "fetching"}

    def _progress(self) -> dict:
        """The same command again."""
        phase = self.order["phase"]
        if phase != "over":
            return {"state": "restarting" if phase == "restart" else "fetching"}
        if not self.order["ok"]:
            raise ValueError(self.order["data"]["error"])
        return self.order["data"]

    def _check(self, order: dict) -> None:
        version, size, lowest = order["version"], order["size"], self._slots.lowest()
        if not isinstance(version, list) or [type(n) for n in version] != [int, int, int]:
            raise ValueError("version 须为三个整数 / version must be three whole numbers")
        if len(str(order["sha256"])) != 64 or not isinstance(size, int) or not 0 < size <= MAX_BUNDLE:
            raise ValueError("sha256 或 size 有误 / sha256 or size is wrong")
        if version == self._slots.number:
            raise ValueError("此版本已在运行 / this version runs already")
        if version < lowest:
            raise ValueError("不接受旧版本，最低为 / no older version, at least %d.%d.%d" % tuple(lowest))

    # what the link sees

    def next_message(self) -> tuple | None:
        """An answer, or the question for the next piece; each once a connection."""
        now = self._slots.clock.uptime_ms()
        if self._owed is not None and self._sent_ms is None:
            self._sent_ms = now
            return "answer", commands.encode_answer(self.order["id"], *self._owed)
        return None if self._pieces is None else self._pieces.next_message()

    def went_offline(self) -> None:
        """Nothing that was sent may be trusted to have arrived."""
        self._sent_ms = None
        if self._pieces is not None:
            self._pieces.went_offline()

    def arrived(self, payload: bytes) -> None:
        """A piece. Raises PayloadError."""
        if self._pieces is not None:
            self._pieces.arrived(payload)

    def _owe(self, ok: bool, data: dict) -> None:
        print("update:", data)
        self._owed, self._sent_ms = (ok, data), None

    def _finish(self, ok: bool, state: str, reason: str) -> None:
        data = {"state": state, "version": self._slots.number}
        if not ok:
            self._slots.faults["update"] = state
            data["error"] = reason
        self.order.update({"phase": "over", "ok": ok, "data": data})
        self._owe(ok, data)
        self._keep()

    def _keep(self) -> None:
        try:
            save(_ORDER, self.order)
        except OSError as error:
            print("flash:", error)

    def over(self) -> bool:
        """Once a second: whether the last answer has arrived; then the order is forgotten."""
        if self.order.get("phase", "over") != "over":
            return False
        if self._owed is not None:
            if self._sent_ms is None or self._slots.clock.uptime_ms() - self._sent_ms < _LINGER_MS:
                return False
            os.remove(_ORDER)
        return True

    async def run(self) -> bool:
        """Once a second: whatever is to be done. True where the board has to start again."""
        phase = self.order.get("phase", "over")
        if phase == "over":
            return False
        if phase != "restart":
            await self._try()
            return False  # the answer goes first
        if self.order["version"] != self._slots.number:
            return True
        if self._slots.well:
            self._finish(True, "good", "")
        return False

    async def _try(self) -> None:
        usual = gc.threshold()
        gc.threshold(_COLLECT_AFTER)
        try:
            if await self._work():
                self._owe(True, {"state": "restarting"})
                await self._slots.sleep_ms(1000)
            reason = ""
        except MemoryError:
            reason, self.starved = "", True
        except OSError as error:
            full = error.errno == _ENOSPC
            reason = "存储空间不足 / the flash is full" if full else "闪存错误 / flash error: " + str(error)
        except (ValueError, KeyError) as error:
            reason = str(error)
        self._pieces = None
        gc.threshold(usual)
        if reason:
            await self._give_up(reason)

    def give_way(self) -> None:
        """Others need the memory more."""
        if self._pieces is not None:
            self._pieces.hungry = True

    async def trust(self, reason: str) -> None:
        """What the check of the manifest said: a reason not to go on, or empty."""
        self._trusted = not reason
        if reason:
            await self._give_up(reason)

    async def _give_up(self, reason: str) -> None:
        try:
            await clean(self.folder, self._slots.sleep_ms)
        except OSError as error:
            print("flash:", error)
        self._finish(False, "refused", reason)

    # the work

    async def _work(self) -> bool:
        """All of it, from wherever the flash says that it is. False where the manifest is to be checked first."""
        if self.order["phase"] == "clean":
            await clean(self.folder, self._slots.sleep_ms)
            make_folders(self.folder + "/")
            self.order["phase"] = "fetch"
            save(_ORDER, self.order)
        self._pieces = Pieces(self.order["sha256"], self.order["size"], self._slots)
        await self._fill("signature", 0, HEAD_BYTES)
        length = manifest_size(self.folder)
        await self._fill("manifest.part", HEAD_BYTES, length)
        if not self._trusted:
            self.untrusted = True
            return False
        at = HEAD_BYTES + length
        for path, size, _ in files_of(self.folder):
            make_folders(self.folder + "/" + path)
            await self._fill(path, at, size)
            at += size
        for path, _, digest in files_of(self.folder):
            if (await digest_of(self.folder + "/" + path, self._slots.sleep_ms)).hex() != digest:
                raise ValueError("文件损坏 / a file is damaged: " + path)
        while not self._slots.well:  # it would write that this slot is the good one
            await self._slots.sleep_ms(500)
        self._switch()
        return True

    def _switch(self) -> None:
        os.rename(self.folder + "/manifest.part", self.folder + "/manifest.json")
        save("/slots.json", {"slot": self._slot, "trial": _TRIALS, "fails": 0, "lowest": self._slots.lowest()})
        self.order["phase"] = "restart"
        save(_ORDER, self.order)

    async def _fill(self, path: str, at: int, size: int) -> None:
        """The file from where it ends. Each append is durable when it is closed."""
        path = self.folder + "/" + path
        have = size_of(path)
        while have < size:
            data = await self._pieces.take(at + have, size - have)
            with open(path, "ab") as file:
                file.write(data)
            have += len(data)

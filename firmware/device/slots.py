"""The slot this code runs from: whether it is well. What an update needs beyond that is loaded for one and dropped."""

import json
import os
import sys

from firmware.device import const
from firmware.device.kept import load, save

_HEALTHY_MS = const(60_000)
_LATER_MS = const(120_000)  # an update waits so long for memory; a minute's backlog is sent in seconds
_WAITS = const(3)  # then only a new start makes the heap whole; the order counts how often it goes on
_TRIAL_MS = const(600_000)  # a new program without a link by then starts again, and after the third time the old one


def version_in(path: str) -> list:
    """Version of a manifest: its first line is an object of its own but for the end."""
    try:
        with open(path) as file:
            return json.loads(file.readline() + "]}")["version"]
    except (OSError, ValueError, KeyError):
        return [0, 0, 0]


def forget(names: list) -> None:
    """Give the memory of these modules back."""
    for name in names:
        package, _, last = name.rpartition(".")
        del sys.modules[name]
        delattr(sys.modules[package], last)


class Slots:
    """`version` runs, as text; `faults` says what became of an update that failed. `job` is there during one."""

    def __init__(self, clock, sleep_ms, restart) -> None:
        self.clock = clock
        self.sleep_ms = sleep_ms
        self._restart = restart
        self.slot = "b" if "/slots/b" in sys.path else "a"
        self.state = load("/slots.json")
        self.number = version_in("/slots/%s/manifest.json" % self.slot)
        self.version = "%d.%d.%d" % tuple(self.number)
        self.faults: dict = {}
        self.handlers = {"bundle": self._arrived}
        self.job = None
        self._loaded: list = []
        self._since_ms: int | None = None  # all is well since then
        self.well = self.urgent = False
        self._checking = False
        self._ordered = "update.json" in os.listdir("/")
        self._later_ms = self._waits = 0  # an update that has not enough memory gives way to what is to be sent

    def _load(self):
        if self._checking:
            raise ValueError("另一个更新正在进行 / another update is being done")
        if self.job is None:
            before = list(sys.modules)
            try:
                from firmware.device.update import Job

                self.job = Job(self)
            except MemoryError:
                self.faults["update"] = "no_memory"
                raise ValueError("内存不足 / not enough memory") from None
            finally:
                self._loaded = [name for name in sys.modules if name not in before]
        return self.job

    def _drop(self) -> None:
        self.job = None
        forget(self._loaded)

    async def _check(self, folder: str, order: dict) -> None:
        """Whether the bundle is to be trusted. The job makes room for that: the heap cannot hold both."""
        self._drop()
        self._checking = self._ordered = True  # where this fails for want of memory, the task begins it again
        before = list(sys.modules)
        try:
            from firmware.device.update_check import check

            reason = await check(folder, order, self.sleep_ms, forget)
        finally:
            check = None
            forget([name for name in list(sys.modules) if name not in before and name.startswith("firmware.device.")])
            self._checking = False
        job = self._load()
        self._ordered = False
        await job.trust(reason)

    def lowest(self) -> list:
        """No version below this is accepted any more."""
        return max(self.number, self.state.get("lowest", self.number))

    def on_trial(self) -> bool:
        """This program has not yet shown that it runs."""
        return self.state.get("trial") is not None

    def update(self, command: dict) -> dict:
        """The command. Raises ValueError where there is nothing to do."""
        return self._load().begin(command)

    def cycle_done(self, linked: bool, urgent: bool) -> None:
        """After each complete sample. A slot on trial is well with a link only, any other without."""
        now = self.clock.uptime_ms()
        self.urgent = urgent
        if self._since_ms is None or (self.on_trial() and not linked):
            self._since_ms = now
        if not self.well and now - self._since_ms >= _HEALTHY_MS:
            self.well = True
            state = {"slot": self.slot, "trial": None, "fails": 0, "lowest": self.lowest()}
            if state != self.state:
                self.state = state
                self._keep()

    def _keep(self) -> None:
        try:
            save("/slots.json", self.state)
        except OSError as error:
            self.faults["flash"] = "write_failed"
            print("flash:", error)

    def next_message(self) -> tuple | None:
        """What the job wants to say."""
        return None if self.job is None else self.job.next_message()

    def went_offline(self) -> None:
        """Nothing that was sent may be trusted to have arrived."""
        if self.job is not None:
            self.job.went_offline()

    def give_way(self) -> None:
        """For the link: it has no memory to send with."""
        if self.job is not None:
            self.job.give_way()

    def _go_on(self) -> bool:
        try:
            self._load()
        except ValueError:
            return self._wait()
        self._ordered = False
        return False

    def _wait(self) -> bool:
        """It goes on later from where it is on flash; the readings go first. True where a new start is needed."""
        self._waits += 1
        self._ordered, self._later_ms = True, self.clock.uptime_ms() + _LATER_MS
        return self._waits >= _WAITS

    def _arrived(self, payload: bytes) -> None:
        if self.job is not None:
            self.job.arrived(payload)

    async def run(self) -> None:
        """A task: the job where there is one. The board starts again only while no alarm is on."""
        while True:
            await self.sleep_ms(1000)
            again = self.on_trial() and not self.well and self.clock.uptime_ms() > _TRIAL_MS
            # an order from before this start; not done in __init__, where a failure would end the start
            if self._ordered and self.clock.uptime_ms() >= self._later_ms:
                again = self._go_on() or again
            if self.job is not None:
                again = await self.job.run() or again
                if self.job.untrusted:
                    await self._check(self.job.folder, self.job.order)
                if self.job.starved:
                    self._drop()
                    again = self._wait() or again
                elif self.job.over():
                    self._drop()
            if again and not self.urgent:
                await self._restart()

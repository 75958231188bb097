"""What a kind of endpoint gets to build itself from."""

import asyncio
import os

from firmware.device import board as boards
from firmware.device import const
from firmware.device.button import Button
from firmware.device.clock import Clock
from firmware.device.kept import Boots
from firmware.device.log import say
from firmware.device.ticks import Uptime

_HANG_MS = const(30_000)
# everything else on flash is this endpoint's own and goes with a factory reset
_STAYS = const(
    ("main.py", "loader.py", "rom", "slots", "slots.json", "boots.json", "update_keys.bin", "screen.bin", "config.json")
)


class Kit:
    """`config` is the checked provisioning record, `settings` what the gateway pushed or {}, `reports` takes facts.

    `health_faults` is for what is not a channel: name -> reason. `main` fills in what needs the configuration.
    """

    def __init__(self) -> None:
        self.board = boards.Board()
        self.uptime = Uptime()
        self.flash = os.statvfs("/")
        boots = Boots("/boots.json")
        self.boot = boots.boot
        self.clock = Clock(self.uptime, boots)
        self.health_faults: dict = {"flash": "write_failed"} if boots.broken else {}
        self.config: dict = {}
        self.settings: dict = {}
        self.reports = None
        self.link = None
        self.button = Button()
        self.identify_ms = 0  # uptime until which the light flickers
        self._late: dict = {}  # task, or its name -> uptime until which it has to say that it lives

    def online(self) -> bool:
        """True while there is a link."""
        return self.link is not None and self.link.up_ms is not None

    def sleep_ms(self, duration_ms: int):
        """To be awaited. A task that has slept here once is watched: one that does not come back hangs."""
        self._late[asyncio.current_task()] = self.uptime.now_ms() + duration_ms + _HANG_MS
        return self.uptime.sleep_ms(duration_ms)

    def lives(self, name: str, within_ms: int) -> None:
        """A task that sleeps elsewhere says that it lives, and within what time it will say so again."""
        self._late[name] = self.uptime.now_ms() + within_ms

    def all_live(self) -> bool:
        """False where a task hangs, or did not say in time that it lives: the watchdog is not fed any more."""
        now = self.uptime.now_ms()
        for task in [task for task in self._late if now > self._late[task]]:
            if isinstance(task, str) or not task.done():
                say("hangs:", task)
                return False
            del self._late[task]  # it has ended
        return True

    def flicker(self) -> bool:
        """True while the light has to show where this endpoint is, or that a factory reset is armed."""
        return self.button.arming or self.uptime.now_ms() < self.identify_ms

    def identify(self, command: dict) -> dict:
        """The command: flicker for `seconds`, half a minute where it does not say."""
        seconds = command.get("seconds", 30)
        if not isinstance(seconds, int) or not 0 <= seconds <= 3600:
            raise ValueError("seconds 须为 0 到 3600 / seconds must be 0 to 3600")
        self.identify_ms = self.uptime.now_ms() + seconds * 1000
        return {"seconds": seconds}

    def factory_reset(self) -> None:
        """Whatever was measured, pushed and provisioned goes; the code stays. Starts the board again.

        The provisioning record goes last: after a power cut in between this is still an endpoint that can be asked.
        """
        for name in os.listdir("/"):
            if name not in _STAYS:
                _remove("/" + name)
        _remove("/config.json")
        self.board.reset()


def _remove(path: str) -> None:
    try:
        if os.stat(path)[0] & 0x4000:  # a folder
            for name in os.listdir(path):
                _remove(path + "/" + name)
            os.rmdir(path)
        else:
            os.remove(path)
    except (OSError, AttributeError):
        pass  # it was not there; or it is of a file system in ROM, which has no remove

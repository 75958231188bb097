"""The boot counter: makes (boot, seq) unique for ever, and remembers what UTC was in the boots before."""

import json
import os
from random import random

from firmware.device import const
from firmware.device.log import say

_UNSURE = const(1 << 20)  # boots from here on were drawn: the flash could not say which one this is
_KEEP = const(8)  # boots whose clock offset is remembered; older records in the ring only have an age


def _read(path: str) -> dict | None:
    try:
        with open(path) as file:
            state = json.load(file)
    except (OSError, ValueError):
        return None
    valid = isinstance(state, dict) and isinstance(state.get("boot"), int) and isinstance(state.get("offsets"), dict)
    return state if valid else None


class Boots:
    """`boot` is one more than at the last power-on, and durable before anything is sampled.

    Flash that cannot be written must not stop the local alarm: `broken` says so, and the boot is a random high number.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        state = _read(path) or _read(path + ".new") or {"boot": 0, "offsets": {}}
        self.boot = state["boot"] + 1
        self._offsets = {int(boot): offset for boot, offset in state["offsets"].items()}
        self.broken = False
        self._save()
        if self.broken:
            self.boot = _UNSURE + int(random() * _UNSURE)  # noqa: S311 - not a secret

    def offset_ms(self, boot: int) -> int | None:
        """UTC epoch ms minus uptime ms in that boot, None where it never learned UTC."""
        return self._offsets.get(boot)

    def learn(self, offset_ms: int) -> None:
        """UTC of this boot is known. Only the first answer goes to flash; a power cut costs no more than drift."""
        first = self.boot not in self._offsets
        self._offsets[self.boot] = offset_ms
        if first:
            self._save()

    def _save(self) -> None:
        for old in sorted(self._offsets)[:-_KEEP]:
            del self._offsets[old]
        try:
            with open(self._path + ".new", "w") as file:
                json.dump({"boot": self.boot, "offsets": {str(b): ms for b, ms in self._offsets.items()}}, file)
            os.rename(self._path + ".new", self._path)  # atomic on littlefs: after a power cut the old file or the new
        except OSError as error:
            self.broken = True
            say("flash:", error)

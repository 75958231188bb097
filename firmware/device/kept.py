"""What stands on flash over a restart: small objects, and the boot counter, which makes (boot, seq) unique for ever."""

import json
import os
from random import random

from firmware.device import const
from firmware.device.log import say

_UNSURE = const(1 << 20)  # boots from here on were drawn: the flash could not say which one this is
_KEEP = const(8)  # boots whose clock offset is remembered; older records in the ring only have an age


def load(path: str) -> dict:
    """A JSON object on flash; empty where there is none."""
    try:
        with open(path) as file:
            return dict(json.load(file))
    except (OSError, ValueError, TypeError):
        return {}


def save(path: str, state: dict) -> None:
    """After a power cut the old object or the new, as a rename is atomic on littlefs. Raises OSError."""
    with open(path + ".new", "w") as file:
        json.dump(state, file)
    os.rename(path + ".new", path)


class Boots:
    """`boot` is one more than at the last power-on, and durable before anything is sampled; beside it the UTC of boots.

    Flash that cannot be written must not stop the local alarm: `broken` says so, and the boot is a random high number.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        for state in (load(path), load(path + ".new"), {"boot": 0, "offsets": {}}):  # the first that is whole
            if isinstance(state.get("boot"), int) and isinstance(state.get("offsets"), dict):
                break
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
            save(self._path, {"boot": self.boot, "offsets": {str(b): ms for b, ms in self._offsets.items()}})
        except OSError as error:
            self.broken = True
            say("flash:", error)

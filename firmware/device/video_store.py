"""Snapshots on flash until the gateway has them: few, bounded, and none is lost without being counted.

One file each: the picture, then a line of JSON about it, then the length of that line. It is written under another name
and renamed when it is whole, so that a power cut leaves a snapshot or nothing; what was not whole is removed at boot.
"""

import json
import os
from binascii import hexlify
from hashlib import sha256

from firmware.device import const

_PART = "part"
_CAP = const(16)  # files


class Snapshots:
    """`dropped` counts those that had to go before the gateway had them, `torn` what a power cut left, since boot."""

    def __init__(self, folder: str, boot: int, bytes_max: int) -> None:
        self._folder = folder
        self._boot = boot
        self._bytes_max = bytes_max
        self._names: list = []  # oldest first: the name is boot and number
        self._number = 0
        self._held = ""  # on its way to the gateway
        self._file = self._hash = None  # of the picture that is being written
        self._size = self._most = 0
        self.dropped = self.torn = 0
        try:
            self._mount()
        except OSError as error:
            print("flash:", error)

    def __len__(self) -> int:
        return len(self._names)

    def begin(self, most: int) -> None:
        """A picture of up to `most` bytes follows, as far as the flash allows. Raises OSError."""
        self._most = min(most, self._bytes_max)
        self._size = 0
        self._hash = sha256()
        self._file = open(self._folder + "/" + _PART, "wb")  # noqa: SIM115 - until `keep` or `drop`

    def write(self, data) -> None:
        """The next bytes. Raises OSError, ValueError where the picture is larger than is allowed."""
        self._size += len(data)
        if self._size > self._most:
            raise ValueError("too_large")
        self._hash.update(data)
        self._file.write(data)

    def drop(self) -> None:
        """The picture is not to be kept. What a failing flash does not remove goes at the next boot."""
        try:
            self._file.close()
            os.remove(self._folder + "/" + _PART)
        except OSError as error:
            print("flash:", error)

    def keep(self, about: dict) -> None:
        """The picture is whole and durable on return. The oldest make room for it. Raises OSError."""
        self._number += 1
        name = "%08x%06x" % (self._boot, self._number)
        about.update({"boot": self._boot, "number": self._number, "size": self._size})
        about["sha256"] = hexlify(self._hash.digest()).decode()
        line = json.dumps(about).encode()
        self._file.write(line + len(line).to_bytes(2, "little"))
        self._file.close()
        os.rename(self._folder + "/" + _PART, self._folder + "/" + name)
        self._names.append(name)
        while len(self._names) > 1 and (len(self._names) > _CAP or self._used() > self._bytes_max):
            first = self._names[0]  # not the one that is on its way, where there is another, and not the new one
            self.lose(self._names[1] if first == self._held and len(self._names) > 2 else first)

    def oldest(self) -> dict | None:
        """What is known about the oldest, its `name` in it; from here on it is held. An unreadable one is counted."""
        while self._names:
            about = self._about(self._names[0])
            if about is not None:
                self._held = about["name"] = self._names[0]
                return about
            self.lose(self._names[0])
        self._held = ""
        return None

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Bytes of a picture. Raises OSError."""
        with open(self._folder + "/" + name, "rb") as file:
            file.seek(offset)
            return file.read(count)

    def forget(self, name: str) -> None:
        """The gateway has all of it."""
        if name in self._names:
            self._names.remove(name)
            try:
                os.remove(self._folder + "/" + name)
            except OSError as error:
                print("flash:", error)

    def lose(self, name: str) -> None:
        """It can never be delivered."""
        self.dropped += name in self._names
        self.forget(name)

    def _used(self) -> int:
        return sum([os.stat(self._folder + "/" + name)[6] for name in self._names])

    def _mount(self) -> None:
        try:
            os.mkdir(self._folder)
        except OSError:
            pass  # it is there
        for name in sorted(os.listdir(self._folder)):
            if len(name) == 14 and self._about(name) is not None:
                self._names.append(name)
            else:
                self.torn += 1
                os.remove(self._folder + "/" + name)

    def _about(self, name: str) -> dict | None:
        try:
            with open(self._folder + "/" + name, "rb") as file:
                end = file.seek(-2, 2)
                length = int.from_bytes(file.read(2), "little")
                file.seek(end - length)
                about = json.loads(file.read(length))
        except (OSError, ValueError):
            return None
        return about if isinstance(about, dict) and about.get("size") == end - length else None

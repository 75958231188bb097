"""Frames from files instead of a camera, for tests: *.pgm (binary, grey) in the order of their names, *.jpg to send.

Same port as drivers/camera.py.
"""

import os

from firmware.device import const
from firmware.device.drivers import SensorError

_CHUNK = const(512)


def parse_pgm(data: bytes) -> tuple:
    """(where the pixels begin, width, height) of a binary PGM with 255 levels. Raises SensorError."""
    words: list = []
    at = 0
    while len(words) < 4:
        end = at
        while end < len(data) and data[end] not in b" \t\r\n":
            end += 1
        if end >= len(data):
            raise SensorError("not_pgm")
        if end > at:
            words.append(data[at:end])
        at = end + 1
    if words[0] != b"P5" or words[3] != b"255" or not words[1].isdigit() or not words[2].isdigit():
        raise SensorError("not_pgm")
    width, height = int(words[1]), int(words[2])
    if width * height != len(data) - at:
        raise SensorError("not_pgm")
    return at, width, height


class FrameFiles:
    """After the last file comes the error "no_frame", until `again`."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._shown = 0

    def again(self) -> None:
        """From the first file on."""
        self._shown = 0

    async def frame(self) -> tuple:
        """(grey bytes, width) of the next file. Raises SensorError."""
        names = self._names(".pgm")
        if self._shown >= len(names):
            raise SensorError("no_frame")
        self._shown += 1
        with open(self._folder + "/" + names[self._shown - 1], "rb") as file:
            data = file.read()
        at, width, _ = parse_pgm(data)
        return memoryview(data)[at:], width

    async def snapshot(self, write) -> None:
        """Hand the newest JPEG to `write`, piece by piece. Raises SensorError, and what `write` raises."""
        names = self._names(".jpg")
        if not names:
            raise SensorError("no_jpeg")
        with open(self._folder + "/" + names[-1], "rb") as file:
            while True:
                chunk = file.read(_CHUNK)
                if not chunk:
                    break
                write(chunk)

    def _names(self, ending: str) -> list:
        try:
            return sorted([name for name in os.listdir(self._folder) if name.endswith(ending)])
        except OSError:
            raise SensorError("no_folder") from None

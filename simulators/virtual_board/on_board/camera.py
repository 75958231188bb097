"""The module `camera` of a virtual board, with the names of github.com/cnadler86/micropython-camera-API.

Frames lie in memory beside the heap, as in the PSRAM of a real board; the host makes them.
"""

import os

import machine
from uctypes import bytearray_at

_psram = bytearray_at(*[int(word) for word in os.getenv("GRIDWHISTLE_PSRAM").split(":")])
_address = int(os.getenv("GRIDWHISTLE_PSRAM").split(":")[0])


class PixelFormat:
    GRAYSCALE = 3
    JPEG = 4


class FrameSize:
    QQVGA = 1
    VGA = 10


_SIZES = {FrameSize.QQVGA: (160, 120), FrameSize.VGA: (640, 480)}


class Camera:
    """What the firmware uses of it."""

    def __init__(self, pixel_format=PixelFormat.GRAYSCALE, frame_size=FrameSize.QQVGA, **wiring) -> None:
        machine.ask_part("camera", "start")
        self.reconfigure(pixel_format, frame_size)

    def reconfigure(self, pixel_format, frame_size) -> None:
        machine.ask_part("camera", "start")
        self._format = "jpeg" if pixel_format == PixelFormat.JPEG else "grey"
        self._size = _SIZES[frame_size]

    def frame_available(self) -> bool:
        try:
            return machine.ask_part("camera", "ready") == b"1"
        except OSError:
            return False

    def capture(self):
        count = machine.ask_part_into(_psram, "camera", self._format, *self._size)
        return bytearray_at(_address, count)

    def free_buffer(self) -> None:
        pass

    def deinit(self) -> None:
        pass

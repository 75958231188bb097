"""Child process of a virtual board: makes its standard input the terminal, dies with its parent, becomes MicroPython.

Arguments: the folder of the interpreter's extension module; the ROM image to map into memory, "-" for none; then those
of MicroPython. GRIDWHISTLE_ROM becomes the address and size of the image, GRIDWHISTLE_PSRAM that of memory beside the
heap, as boards with a camera have it, GRIDWHISTLE_PARTITION (before: a path) that of the chip's own ROM partition.
Runs without site packages, to start fast.
"""

import contextlib
import ctypes
import fcntl
import mmap
import os
import signal
import sys
import termios

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

_PSRAM_BYTES = 1 << 20  # pages that nobody touches take nothing

_mapped: list[mmap.mmap] = []  # closing it would unmap it


def map_rom(path: str) -> str:
    """<address>:<size> of the image in this process's memory. Private: nothing the board does reaches the file."""
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib would double the time this takes to start
        return _place(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))


def map_partition(path: str) -> str:
    """<address>:<size> of the chip's ROM partition. Shared: what the board writes is in the file, as on a chip."""
    with open(path, "r+b") as file:  # noqa: PTH123 - as above
        return _place(mmap.mmap(file.fileno(), 0))


def _place(memory: mmap.mmap) -> str:
    _mapped.append(memory)
    return f"{ctypes.addressof(ctypes.c_char.from_buffer(memory))}:{len(memory)}"


def main() -> None:
    """Does not return before the interpreter ends."""
    sys.path.append(sys.argv.pop(1))
    rom = sys.argv.pop(1)
    if rom != "-":
        os.environ["GRIDWHISTLE_ROM"] = map_rom(rom)
    if "GRIDWHISTLE_PARTITION" in os.environ:
        os.environ["GRIDWHISTLE_PARTITION"] = map_partition(os.environ["GRIDWHISTLE_PARTITION"])
    os.environ["GRIDWHISTLE_PSRAM"] = _place(mmap.mmap(-1, _PSRAM_BYTES))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.isatty(0):
        with contextlib.suppress(OSError):
            os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    from micropython import main as run  # type: ignore[import-not-found, unused-ignore]

    sys.exit(run())


main()

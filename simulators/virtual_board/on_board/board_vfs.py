"""The module `vfs` of a virtual board: the real one, and a ROM partition that is a file of the host in memory."""

from vfs import *  # noqa: F403 - MicroPython has no way to add to a module of its own

_rom = None


def plug_in(memory) -> None:
    """Called by start.py: the memory of the partition."""
    global _rom  # noqa: PLW0603
    _rom = memory


def rom_ioctl(request, *words):
    if _rom is None:
        return 0 if request == 1 else -22
    if request == 1:
        return 1
    if request == 2:
        return _rom
    if request == 3:
        for at in range(0, words[1], 4096):
            _rom[at : at + 4096] = b"\xff" * 4096
        return 4096
    if request == 4:
        _rom[words[1] : words[1] + len(words[2])] = words[2]
    return 0

"""The first ROM partition of this chip, as MicroPython gives it: a block device (ESP32) or a memory (RP2040)."""

import vfs


class Partition:
    """Raises OSError where this MicroPython has no ROM partition."""

    def __init__(self) -> None:
        if not hasattr(vfs, "rom_ioctl") or vfs.rom_ioctl(1) < 1:
            raise OSError("no ROM partition")
        self._memory = vfs.rom_ioctl(2, 0)
        self._device = hasattr(self._memory, "ioctl")
        self.size = self._memory.ioctl(4, 0) * self._memory.ioctl(5, 0) if self._device else len(self._memory)

    def erase(self, size: int) -> None:
        """So many bytes from the beginning on."""
        if self._device:
            for block in range(size // self._memory.ioctl(5, 0)):
                self._memory.ioctl(6, block)
        else:
            _done(vfs.rom_ioctl(3, 0, size))

    def write(self, offset: int, data: bytes) -> None:
        """A multiple of the erase block."""
        if self._device:
            self._memory.writeblocks(offset // self._memory.ioctl(5, 0), data)
        else:
            _done(vfs.rom_ioctl(4, 0, offset, data))

    def done(self) -> None:
        """All is written."""
        if not self._device:
            _done(vfs.rom_ioctl(5, 0))

    def mount(self) -> None:
        """At /rom, where MicroPython may have mounted what was there when it started."""
        try:
            vfs.umount("/rom")
        except OSError:
            pass
        vfs.mount(vfs.VfsRom(self._memory), "/rom")


def _done(result: object) -> None:
    if isinstance(result, int) and result < 0:
        raise OSError(-result)

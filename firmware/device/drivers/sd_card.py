"""MicroSD card on SDMMC, one data line: is what is written really there? Needs a FAT card; it is never formatted.

Worn cards go on accepting writes and forget them, so a probe is written, read back from the card after it was mounted
anew, and removed.
"""

import os

from firmware.device.drivers import SensorError

_FOLDER = "/sd"
_PROBE = "/sd/probe.bin"


def open_card(pins: dict):
    """The card on nets sd_clk, sd_cmd, sd_d0. Raises OSError."""
    from machine import SDCard as Card

    return Card(slot=0, width=1, sck=pins["sd_clk"], cmd=pins["sd_cmd"], data=(pins["sd_d0"],))


class SDCard:
    """`read` is one probe: it takes some 50 ms and wears the card by a sector."""

    def __init__(self, open_card, volumes=None) -> None:
        self._open_card = open_card
        self._card = None
        self._volumes = volumes  # the module vfs, or one that stands for it
        self._count = 0

    async def read(self) -> int:
        """Free space in thousandths. Raises SensorError: no_card, write_failed, read_back."""
        if self._volumes is None:
            import vfs

            self._volumes = vfs
        self._count += 1
        pattern = (b"%08x" % self._count) * 8
        self._mount()
        try:
            with open(_PROBE, "wb") as file:
                file.write(pattern)
            self._volumes.umount(_FOLDER)
            self._mount()
            with open(_PROBE, "rb") as file:
                found = file.read()
            os.remove(_PROBE)
            space = os.statvfs(_FOLDER)
            self._volumes.umount(_FOLDER)
        except OSError:
            self._close()
            raise SensorError("write_failed") from None
        if found != pattern:
            raise SensorError("read_back")
        return space[3] * 1000 // max(1, space[2])

    def _mount(self) -> None:
        try:
            self._card = self._card or self._open_card()
            self._volumes.mount(self._card, _FOLDER)
        except OSError:
            self._close()
            raise SensorError("no_card") from None

    def _close(self) -> None:
        """Another card may be in the slot next time: it has to be asked anew what it is."""
        card, self._card = self._card, None
        for step in (lambda: self._volumes.umount(_FOLDER), lambda: card and card.deinit()):
            try:
                step()
            except OSError:
                pass  # it was not mounted, or does not answer

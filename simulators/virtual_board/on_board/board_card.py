"""The memory card of a virtual board: 512-byte sectors that the host keeps; block device protocol, simple interface."""

import binascii

from micropython import const

_SECTOR = const(512)


class Card:
    """`ask` and `ask_into` reach the part, as in board_machine. Raises OSError where no card is in the slot."""

    def __init__(self, ask, ask_into) -> None:
        self._ask = ask
        self._ask_into = ask_into
        self._sectors = int(ask("card", "sectors"))

    def readblocks(self, number, buf):
        for at in range(0, len(buf), _SECTOR):
            self._ask_into(memoryview(buf)[at : at + _SECTOR], "card", "read", number + at // _SECTOR)

    def writeblocks(self, number, buf):
        for at in range(0, len(buf), _SECTOR):
            sector = memoryview(buf)[at : at + _SECTOR]
            self._ask("card", "write", number + at // _SECTOR, binascii.hexlify(sector).decode())

    def ioctl(self, kind, _):
        return self._sectors if kind == 4 else _SECTOR if kind == 5 else 0

    def deinit(self):
        pass

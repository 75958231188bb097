"""The parts of a video endpoint: camera, card, contacts, battery."""

from __future__ import annotations

from firmware.device.drivers import battery
from simulators.environments import pictures
from simulators.environments.video import VideoEnvironment
from simulators.virtual_board.parts import BareBoard, NoAnswer, adc_count

SECTOR = 512
_SECTORS = 128  # 64 KiB
_ROOT_ENTRIES = 16
_FAT = 1  # number of its sector
_CLUSTERS = _SECTORS - 3  # behind boot sector, FAT and root folder


def fat_card(*, full: bool = False) -> bytearray:
    """An empty FAT12 card (Microsoft's FAT specification 1.03, section 3); `full`: every cluster is in use."""
    card = bytearray(_SECTORS * SECTOR)
    card[0:3] = b"\xeb\x3c\x90"
    card[3:11] = b"MSDOS5.0"
    card[11:13] = SECTOR.to_bytes(2, "little")
    card[13] = 1  # sectors per cluster
    card[14:16] = (1).to_bytes(2, "little")  # reserved: this one
    card[16] = 1  # FATs
    card[17:19] = _ROOT_ENTRIES.to_bytes(2, "little")
    card[19:21] = _SECTORS.to_bytes(2, "little")
    card[21] = 0xF8
    card[22:24] = (1).to_bytes(2, "little")  # sectors of the FAT
    card[38] = 0x29
    card[54:62] = b"FAT12   "
    card[510:512] = b"\x55\xaa"
    table = card[_FAT * SECTOR : (_FAT + 1) * SECTOR]
    table[0:3] = b"\xf8\xff\xff"
    if full:
        table[3:] = b"\xff" * (SECTOR - 3)
    card[_FAT * SECTOR : (_FAT + 1) * SECTOR] = table
    return card


class Parts(BareBoard):
    """Everything that is soldered to one video endpoint."""

    def __init__(self) -> None:
        self.frames = 0
        self.snapshots: list[bytes] = []  # as the camera made them
        self._card = fat_card()

    def adc(self, net: str, room: VideoEnvironment) -> int:
        """The battery, behind its divider."""
        if "battery" in room.faults:
            return 0
        cell_mv = battery.EMPTY_CELL_MV + (battery.FULL_CELL_MV - battery.EMPTY_CELL_MV) * room.battery_pct / 100
        return adc_count(cell_mv / battery.DIVIDER)

    def level(self, net: str, room: VideoEnvironment) -> int:
        """Contacts: 0 is closed."""
        closed = {"tamper": not room.housing_open, "mains": room.mains, "button": room.button}
        return 0 if closed.get(net, False) else 1

    def ask(self, words: list[str], room: VideoEnvironment) -> bytes:
        """Of the fake modules: `camera start|ready|grey W H|jpeg W H`, `card sectors|read N|write N HEX`."""
        if words[0] == "camera":
            return self._camera(words[1], [int(word) for word in words[2:]], room)
        return self._sector(words[1], words[2:], room)

    def _camera(self, what: str, size: list[int], room: VideoEnvironment) -> bytes:
        if room.camera == "dead":
            raise NoAnswer
        if what in ("start", "ready"):
            return b"1"
        self.frames += 1
        if what == "grey":
            return pictures.grey(room, self.frames, *size)
        self.snapshots.append(pictures.jpeg(room, self.frames, *size))
        return self.snapshots[-1]

    def _sector(self, what: str, words: list[str], room: VideoEnvironment) -> bytes:
        if room.card == "missing":
            raise NoAnswer
        if what == "sectors":
            return str(_SECTORS).encode()
        at = int(words[0]) * SECTOR
        if what == "read":
            card = fat_card(full=True) if room.card == "full" else self._card
            return bytes(card[at : at + SECTOR])
        if room.card == "good":
            self._card[at : at + SECTOR] = bytes.fromhex(words[1])
        return b"ok"

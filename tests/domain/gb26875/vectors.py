"""Frames whose checksum and length were verified: samples of a transcription of the standard, and real captures."""

from __future__ import annotations

from domain.gb26875 import facts

CENTRE, DEVICE = 0x15B38, 0x379
TAG = bytes.fromhex("02 3A091A090C")  # 2012-09-26 09:58:02

_TO_CENTRE = "404001000101203A091A090C790300000000385B01000000"
_FROM_CENTRE = "404001000101203A091A090C385B010000007903000000 00"
_REPLY = "404001000101233A091A090C385B010000007903000000 00"

# name -> (the frame, command, unit type or None, what its only object says)
SAMPLES: dict[str, tuple[str, int, int | None, facts.Fact | None]] = {
    "ack": (_REPLY + "0000 03 AB2323", 3, None, None),
    "nak": (_REPLY + "0000 06 AE2323", 6, None, None),
    "main power fault": (
        _TO_CENTRE + "0900 02 150108023A091A090C 42 2323", 2, 21, facts.DeviceState(flags=0x08, time=TAG),
    ),
    "duty-check reply": (
        _TO_CENTRE + "0A00 02 18012001023A091A090C 5F 2323", 2, 24,
        facts.DeviceOperation(flags=0x20, operator=1, time=TAG),
    ),
    "version 1.1": (_TO_CENTRE + "0400 02 19010101 C7 2323", 2, 25, facts.DeviceVersion(major=1, minor=1)),
    "device time": (_TO_CENTRE + "0800 02 1C01023A091A090C 40 2323", 2, 28, facts.DeviceTime(tag=TAG)),
    "read state": (_FROM_CENTRE + "0300 04 510100 FE 2323", 4, 81, facts.Plain()),
    "answer": (
        _TO_CENTRE + "0900 05 150108023A091A090C 45 2323", 5, 21, facts.DeviceState(flags=0x08, time=TAG),
    ),
    "init": (_FROM_CENTRE + "0300 01 590100 03 2323", 1, 89, facts.Plain()),
    "time sync": (_FROM_CENTRE + "0800 01 5A01023A091A090C 7D 2323", 1, 90, facts.SetClock(tag=TAG)),
    "duty check 10 min": (_FROM_CENTRE + "0300 01 5B010A 0F 2323", 1, 91, facts.DutyCheck(minutes=10)),
}  # fmt: skip

# a real fire: state 0x0002, so bit 0 says "test"
REAL_FIRE = bytes.fromhex(
    "4040 0000 0101 180d11160a14 000000000000 060504030201 3000 02 02 01 01 03 00 d9000600 0200"
    "a3c1c7f8a3b1b2e3dfc8b2b8d7dfc0c8" + "00" * 15 + "301213010814 68 2323"
)
REAL_FIRE_TEXT = "Ａ区１层呷哺走廊"


def sample(name: str) -> bytes:
    """The frame of a sample."""
    return bytes.fromhex(SAMPLES[name][0])

# ruff: noqa: PT018, PTH107, PTH123, PTH208, RUF005 - runs under MicroPython too
"""Cases of the ring that hold on CPython and on MicroPython: plain asserts, run by both."""

import os

from firmware.device.store import Ring

SEGMENT = 200


def records(count: int) -> list:
    """Distinct records of different lengths."""
    return [b"%d:" % number + b"x" * (number % 7) for number in range(count)]


def contents(ring) -> list:
    """Everything that is not acknowledged."""
    return list(ring.peek(10_000))


def first_in_first_out(folder: str) -> None:
    """What was put in comes out in order, and goes only when it is acknowledged."""
    ring = Ring(folder, 50, SEGMENT)
    ring.extend(records(40))
    assert contents(ring) == records(40) and len(ring) == 40
    ring.advance(ring.mark(), 15)
    assert contents(ring) == records(40)[15:] and len(ring) == 25
    ring.advance(ring.mark(), 25)
    assert contents(ring) == [] and len(ring) == 0 and os.listdir(folder) == []


def survives_a_restart(folder: str) -> None:
    """After a power cut nothing is missing; what was acknowledged comes again at most for one segment."""
    ring = Ring(folder, 50, SEGMENT)
    ring.extend(records(40))
    ring.advance(ring.mark(), 30)
    again = Ring(folder, 50, SEGMENT)
    kept = contents(again)
    assert kept == records(40)[40 - len(kept) :] and 10 <= len(kept) <= 10 + SEGMENT // 8
    again.extend([b"new"])
    assert contents(again) == kept + [b"new"]


def overflow_drops_the_oldest(folder: str) -> None:
    """A full ring keeps the newest, counts the rest, and a late acknowledgement of what is gone changes nothing."""
    ring = Ring(folder, 3, SEGMENT)
    ring.extend(records(5))
    late = ring.mark()
    ring.extend(records(100))
    kept = contents(ring)
    assert ring.dropped + len(kept) == 105 and kept == records(100)[-len(kept) :]
    ring.advance(late, 5)
    assert contents(ring) == kept


def torn_at_every_byte(folder: str) -> None:
    """Cut off at any byte, the newest segment gives every whole record before the cut, and can be followed."""
    ring = Ring(folder, 50, SEGMENT)
    ring.extend(records(12))
    path = folder + "/" + sorted(os.listdir(folder))[-1]
    with open(path, "rb") as file:
        whole = file.read()
    before = 12 - len(_frames(whole))
    for cut in range(len(whole)):
        with open(path, "wb") as file:
            file.write(whole[:cut])
        torn = Ring(folder, 50, SEGMENT)
        expected = records(12)[: before + len(_frames(whole[:cut]))]
        assert contents(torn) == expected, cut
        torn.extend([b"after"])
        assert contents(torn) == expected + [b"after"], cut
        for name in sorted(os.listdir(folder)):
            if folder + "/" + name > path:
                os.remove(folder + "/" + name)


def _frames(data: bytes) -> list:
    found = []
    while len(data) >= 6 and len(data) >= 6 + int.from_bytes(data[:2], "little"):
        size = 6 + int.from_bytes(data[:2], "little")
        found.append(data[6:size])
        data = data[size:]
    return found


CASES = (first_in_first_out, survives_a_restart, overflow_drops_the_oldest, torn_at_every_byte)

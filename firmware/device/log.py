"""The last lines the endpoint printed, for a technician who is not there."""

from firmware.device import const

_BYTES = const(1024)
_lines = bytearray()


def say(*words) -> None:
    """print(), and remembered."""
    print(*words)
    _lines.extend((" ".join([str(word) for word in words]) + "\n").encode())
    if len(_lines) > _BYTES:
        del_to = _lines.find(b"\n", len(_lines) - _BYTES) + 1
        _lines[:] = _lines[del_to or len(_lines) - _BYTES :]


def tail() -> list:
    """The lines that are remembered, the oldest first."""
    return [line.decode() for line in bytes(_lines).split(b"\n") if line]

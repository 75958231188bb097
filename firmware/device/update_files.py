"""Files and folders of the slot that an update writes. Loaded for an update only."""

import json
import os
from hashlib import sha256

from firmware.device import const

_MAX_MANIFEST = const(16384)
HEAD_BYTES = 72


def size_of(path: str) -> int:
    """Bytes of a file; 0 where there is none."""
    try:
        return os.stat(path)[6]
    except OSError:
        return 0


async def digest_of(path: str, sleep_ms) -> bytes:
    """SHA-256 of what the flash gives back."""
    digest = sha256()
    with open(path, "rb") as file:
        while True:
            data = file.read(512)
            if not data:
                return digest.digest()
            digest.update(data)
            await sleep_ms(0)


def files_of(folder: str):
    """[path, size, SHA-256] of each file; one a line, so that they never stand in memory all at once."""
    with open(folder + "/manifest.part") as file:
        file.readline()
        while True:
            line = file.readline().rstrip(",\n")
            if line == "]}":
                return
            yield json.loads(line)


def _names(path: str) -> list:
    try:
        return os.listdir(path)
    except OSError:
        return []


def make_folders(path: str) -> None:
    """Everything above this path."""
    at = path.find("/", 1)
    while at > 0:
        try:
            os.mkdir(path[:at])
        except OSError:
            pass  # it is there
        at = path.find("/", at + 1)


async def clean(path: str, sleep_ms) -> None:
    """Empty a slot; its manifest goes first, and with it the claim to be whole. Raises OSError."""
    for name in sorted(_names(path), key=lambda name: name != "manifest.json"):
        await sleep_ms(0)
        inner = path + "/" + name
        if os.stat(inner)[0] & 0x4000:
            await clean(inner, sleep_ms)
            os.rmdir(inner)
        else:
            os.remove(inner)


def manifest_size(folder: str) -> int:
    """Length of the manifest, from the head of the bundle. Raises ValueError where that is none of ours."""
    with open(folder + "/signature", "rb") as file:
        head = file.read(8)
    length = int.from_bytes(head[4:], "big")
    if head[:4] != b"GWB1" or not 0 < length <= _MAX_MANIFEST:
        raise ValueError("不是程序包 / not a bundle")
    return length

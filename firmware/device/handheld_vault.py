"""What a terminal keeps at rest: sealed with a key that needs the worker's PIN and the board's own secret.

AES-256-CBC and then HMAC-SHA256 (RFC 2104) over name, IV and ciphertext: a record that was changed, or put in another's
place, is not opened. A PIN has few digits: who reads the whole flash, secret and all, can try them all. Against that
only the chip's own flash encryption helps; docs/handheld.md says so.
"""

import os
from binascii import hexlify, unhexlify
from hashlib import sha256

from firmware.device import const

_BLOCK = const(16)
_TAG = const(32)


def stretch(pin: str, salt: bytes, count: int) -> bytes:
    """32 bytes from a PIN, slowly: SHA-256 again and again. The centre does the same to make the check value."""
    key = salt + pin.encode()
    for _ in range(count):
        key = sha256(key + salt).digest()
    return key


def check_value(key: bytes) -> str:
    """What the settings hold of a PIN; the sealing key cannot be told from it."""
    return hexlify(sha256(b"check" + key).digest()).decode()


def hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 for a key of at most 64 bytes."""
    key += bytes(64 - len(key))
    inner = sha256(bytes([byte ^ 0x36 for byte in key]) + message).digest()
    return sha256(bytes([byte ^ 0x5C for byte in key]) + inner).digest()


def drop(path: str) -> None:
    """Remove a file; nothing where there is none."""
    try:
        os.remove(path)
    except OSError:
        pass


def save(path: str, data: bytes) -> None:
    """Durable on return; a power cut leaves the old file or the new one. Raises OSError."""
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.rename(path + ".new", path)


def load(path: str) -> bytes:
    """A file, b"" where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


class Vault:
    """Records by name in a folder. `aes` is cryptolib's: aes(key, 2, iv). Without a key nothing opens."""

    def __init__(self, folder: str, path: str, aes) -> None:
        self._folder = folder
        self._path = path  # of the board's secret
        self._aes = aes
        self._key = b""
        try:
            os.mkdir(folder)
        except OSError:
            pass  # it is there

    def unlock(self, key: bytes) -> None:
        """From here on records can be read and written; b"" locks. Raises OSError of the flash."""
        self._key = b""
        if key:
            secret = load(self._path)
            if len(secret) != 32:
                secret = os.urandom(32)
                save(self._path, secret)
            self._key = hmac(secret, key)

    def names(self) -> list:
        """Of all records."""
        return sorted([name for name in os.listdir(self._folder) if not name.endswith(".new")])

    def write(self, name: str, data: bytes) -> None:
        """Durable on return. Raises OSError."""
        pad = _BLOCK - len(data) % _BLOCK
        iv = os.urandom(_BLOCK)
        sealed = iv + self._aes(hmac(self._key, b"seal"), 2, iv).encrypt(data + bytes([pad]) * pad)
        save(self._folder + "/" + name, sealed + self._mark(name, sealed))

    def read(self, name: str) -> bytes | None:
        """The record; None where there is none, or it is not ours."""
        sealed = load(self._folder + "/" + name)
        sealed, tag = sealed[:-_TAG], sealed[-_TAG:]
        if not self._key or len(sealed) < 2 * _BLOCK or len(sealed) % _BLOCK or tag != self._mark(name, sealed):
            return None
        data = self._aes(hmac(self._key, b"seal"), 2, sealed[:_BLOCK]).decrypt(sealed[_BLOCK:])
        return data[: -data[-1]]

    def remove(self, name: str) -> None:
        """Nothing where it is not there."""
        drop(self._folder + "/" + name)

    def wipe(self) -> None:
        """Records, key and secret."""
        self._key = b""
        drop(self._path)  # first: without it the records are noise
        for name in os.listdir(self._folder):
            self.remove(name)

    def _mark(self, name: str, data: bytes) -> bytes:
        return hmac(hmac(self._key, b"tag"), name.encode() + b"\0" + data)


class Pin:
    """The worker's PIN as the settings give it, and how often a wrong one was tried; that survives a restart."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._next_ms = 0
        self.pin: dict = {}  # {"salt", "hash", "rounds", "digits"} of checked settings; {} for none: nobody can log on
        self._count = len(load(path))  # a byte for each wrong one

    def begin(self, now_ms: int) -> None:
        """After the third wrong one wait, twice as long each time; a restart does not shorten it."""
        self._next_ms = now_ms + (0 if self._count < 3 else 15000 << min(6, self._count - 3))

    def wait_ms(self, now_ms: int) -> int:
        """How long nobody may try."""
        return max(0, self._next_ms - now_ms)

    def check(self, text: str, now_ms: int) -> bytes:
        """The key where it is right, else b"". Raises OSError."""
        if self.wait_ms(now_ms) or not self.pin:
            return b""
        self._save(self._count + 1)  # before the answer: a power cut does not give tries back
        key = stretch(text, unhexlify(self.pin["salt"]), self.pin["rounds"])
        if check_value(key) != self.pin["hash"]:
            self.begin(now_ms)
            return b""
        self._save(0)
        return key

    def _save(self, count: int) -> None:
        self._count = min(count, 99)
        save(self._path, b"x" * self._count)

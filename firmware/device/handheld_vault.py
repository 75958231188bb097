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
ROUNDS_MAX = const(20000)


def stretch(pin: str, salt: bytes, rounds: int) -> bytes:
    """32 bytes from a PIN, slowly: SHA-256 again and again. The centre does the same to make the check value."""
    key = salt + pin.encode()
    for _ in range(rounds):
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


class Vault:
    """Records by name in a folder. `aes` is cryptolib's: aes(key, 2, iv). Without a key nothing opens."""

    def __init__(self, folder: str, secret_path: str, aes) -> None:
        self._folder = folder
        self._secret_path = secret_path
        self._aes = aes
        self._key = b""
        try:
            os.mkdir(folder)
        except OSError:
            pass  # it is there

    def unlock(self, key: bytes) -> None:
        """From here on records can be read and written. Raises OSError where the board's secret cannot be."""
        self._key = hmac(self._secret(), key)

    def lock(self) -> None:
        """Forget the key."""
        self._key = b""

    def is_open(self) -> bool:
        """True while the key is here."""
        return bool(self._key)

    def names(self) -> list:
        """Of all records."""
        return sorted([name for name in os.listdir(self._folder) if not name.endswith(".new")])

    def write(self, name: str, plain: bytes) -> None:
        """Durable on return; a power cut leaves the old record or the new one. Raises OSError."""
        pad = _BLOCK - len(plain) % _BLOCK
        iv = os.urandom(_BLOCK)
        sealed = iv + self._aes(hmac(self._key, b"seal"), 2, iv).encrypt(plain + bytes([pad]) * pad)
        path = self._folder + "/" + name
        with open(path + ".new", "wb") as file:
            file.write(sealed + self._tag(name, sealed))
        os.rename(path + ".new", path)

    def read(self, name: str) -> bytes | None:
        """The record; None where there is none, or it is not ours."""
        try:
            with open(self._folder + "/" + name, "rb") as file:
                sealed = file.read()
        except OSError:
            return None
        sealed, tag = sealed[:-_TAG], sealed[-_TAG:]
        if not self._key or len(sealed) < 2 * _BLOCK or len(sealed) % _BLOCK or tag != self._tag(name, sealed):
            return None
        plain = self._aes(hmac(self._key, b"seal"), 2, sealed[:_BLOCK]).decrypt(sealed[_BLOCK:])
        return plain[: -plain[-1]]

    def remove(self, name: str) -> None:
        """Nothing where it is not there."""
        _remove(self._folder + "/" + name)

    def wipe(self) -> None:
        """Records, key and secret."""
        self.lock()
        _remove(self._secret_path)  # first: without it the records are noise
        for name in os.listdir(self._folder):
            self.remove(name)

    def _tag(self, name: str, sealed: bytes) -> bytes:
        return hmac(hmac(self._key, b"tag"), name.encode() + b"\0" + sealed)

    def _secret(self) -> bytes:
        try:
            with open(self._secret_path, "rb") as file:
                secret = file.read()
        except OSError:
            secret = b""
        if len(secret) != 32:
            secret = os.urandom(32)
            with open(self._secret_path + ".new", "wb") as file:
                file.write(secret)
            os.rename(self._secret_path + ".new", self._secret_path)
        return secret


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except OSError:
        pass


class Pin:
    """The worker's PIN as the settings give it, and how often a wrong one was tried; that survives a restart."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._salt = b""
        self._check = ""
        self._rounds = 0
        self.digits = 0  # 0: no PIN is set, nobody can log on
        self._wrong = 0
        self._again_ms = 0
        try:
            with open(path) as file:
                self._wrong = int(file.read())
        except (OSError, ValueError):
            pass

    def apply(self, settings: dict) -> None:
        """{"salt", "hash", "rounds", "digits"} of settings that were checked; {} for no PIN."""
        self.digits = settings.get("digits", 6) if settings else 0
        self._salt = unhexlify(settings.get("salt", ""))
        self._check = settings.get("hash", "")
        self._rounds = settings.get("rounds", 2000)

    def started(self, now_ms: int) -> None:
        """A restart does not shorten the wait."""
        self._again_ms = now_ms + self._wait_ms()

    def wait_ms(self, now_ms: int) -> int:
        """How long nobody may try."""
        return max(0, self._again_ms - now_ms)

    def try_pin(self, pin: str, now_ms: int) -> bytes:
        """The key where it is right, else b"", and from the third wrong one on a longer wait. Raises OSError."""
        if self.wait_ms(now_ms) or not self.digits:
            return b""
        self._note(self._wrong + 1)  # before the answer: a power cut does not give tries back
        key = stretch(pin, self._salt, self._rounds)
        if check_value(key) != self._check:
            self.started(now_ms)
            return b""
        self._note(0)
        return key

    def _wait_ms(self) -> int:
        return 0 if self._wrong < 3 else 15000 << min(6, self._wrong - 3)

    def _note(self, wrong: int) -> None:
        self._wrong = wrong
        with open(self._path, "w") as file:
            file.write(str(wrong))

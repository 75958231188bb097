"""Passwords of endpoints: made here, kept until the job is handed over, never printed.

The file is 0600. With a passphrase every password in it is encrypted (scrypt, AES-256-GCM); without one it is readable
by this user, and docs/flashing.md says so.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from firmware.kit.texts import KitError

PASSPHRASE_VARIABLE = "GRIDWHISTLE_KIT_PASSPHRASE"  # noqa: S105 - its name, not its value
SECRET_BYTES = 24  # 192 bits; 32 characters of base64 fit any client
# RFC 7914 and OWASP password storage: N = 2^17, r = 8, p = 1
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 1 << 17, 8, 1
_NONCE_BYTES = 12


class Vault:
    """Name -> password. `password` makes what is not there yet; everything made is on disk before it is returned."""

    def __init__(self, path: Path, passphrase: str = "") -> None:
        self._path = path
        self._names: dict[str, str] = {}
        self._salt = secrets.token_bytes(16)
        self._load()
        self._cipher = _cipher(passphrase, self._salt) if passphrase else None
        for name in list(self._names)[:1]:
            self._open(name)  # the wrong passphrase is told before anything is done

    @property
    def encrypted(self) -> bool:
        """Whether a stolen file is of no use."""
        return self._cipher is not None

    def password(self, name: str) -> str:
        """The password of a login, a new random one at the first time. Raises KitError locked."""
        if name not in self._names:
            self.put(name, secrets.token_urlsafe(SECRET_BYTES))
        return self._open(name)

    def put(self, name: str, value: str) -> None:
        """Keep a password that somebody else made."""
        plain = value.encode()
        if self._cipher is not None:
            nonce = secrets.token_bytes(_NONCE_BYTES)
            sealed = "g:" + base64.b64encode(nonce + self._cipher.encrypt(nonce, plain, name.encode())).decode()
        else:
            sealed = "p:" + base64.b64encode(plain).decode()
        self._names[name] = sealed
        self._save()

    def get(self, name: str) -> str | None:
        """The password of a login, None where there is none."""
        return self._open(name) if name in self._names else None

    def names(self) -> list[str]:
        """Everybody who has a password here."""
        return sorted(self._names)

    def _open(self, name: str) -> str:
        form, _, text = self._names[name].partition(":")
        sealed = base64.b64decode(text)
        if form == "p":
            return sealed.decode()
        if self._cipher is None:
            raise KitError("locked", PASSPHRASE_VARIABLE)
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode()).decode()
        except InvalidTag:
            raise KitError("locked", self._path.name) from None

    def _load(self) -> None:
        try:
            state = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except ValueError:
            raise KitError("locked", f"{self._path.name} is damaged") from None
        self._salt = base64.b64decode(state["salt"])
        self._names = dict(state["passwords"])

    def _save(self) -> None:
        state = {"salt": base64.b64encode(self._salt).decode(), "passwords": self._names}
        write_private(self._path, json.dumps(state, indent=1))


def write_private(path: Path, text: str) -> None:
    """Replace a file that only this user may read, whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    derive = Scrypt(salt=salt, length=32, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P)
    return AESGCM(derive.derive(passphrase.encode()))

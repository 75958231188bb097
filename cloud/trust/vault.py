"""Personal fields at rest: AES-256-GCM under keys of a file beside the data, and the seal of the audit log.

The keys are not in the database: whoever steals that, or a backup of it, reads no phone number and forges no entry.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.brokers import files

MARK = "sealed"
NONCE_BYTES = 12  # NIST SP 800-38D, 8.2: 96 bit; random ones are good for 2^32 messages per key
KEY_BYTES = 32
FILE = "keys.json"


class VaultError(ValueError):
    """Keys are missing or damaged, or a sealed field was changed or moved; the text says what to mend."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The keys: the newest seals, all of them open. A key that was made since is read from the file when it is met."""

    keys: dict[str, bytes]  # by id, oldest first; grows by what the file has got
    audit_key: bytes
    path: Path | None = field(default=None, compare=False)
    looked_ns: list[int] = field(default_factory=list, compare=False)  # when the file was changed that was read last

    @property
    def newest(self) -> str:
        """Id of the key that seals."""
        return next(reversed(self.keys))

    def seal(self, text: str, what: str) -> str:
        """The text, unreadable. `what` names the field (`contact:<person>:mobile`): a seal opens nowhere else."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        body = nonce + AESGCM(self.keys[self.newest]).encrypt(nonce, text.encode(), what.encode())
        return f"{MARK}:{self.newest}:{urlsafe_b64encode(body).decode()}"

    def open(self, sealed: str, what: str) -> str:
        """The text again. Raises VaultError."""
        key, body = self._parts(sealed)
        try:
            return AESGCM(key).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], what.encode()).decode()
        except (InvalidTag, ValueError):
            raise VaultError(
                f"{what} was changed in the database, or belongs to somebody else; enter it anew"
            ) from None

    def reseal(self, sealed: str, what: str) -> str:
        """The same under the newest key."""
        return sealed if self.is_new(sealed) else self.seal(self.open(sealed, what), what)

    def is_new(self, sealed: str) -> bool:
        """True for what the newest key sealed."""
        return sealed.startswith(f"{MARK}:{self.newest}:")

    def mac(self, content: bytes) -> str:
        """Seal of the audit log: nobody without the key file makes one."""
        return hmac.new(self.audit_key, content, hashlib.sha256).hexdigest()

    def _parts(self, sealed: str) -> tuple[bytes, bytes]:
        try:
            mark, key_id, body = sealed.split(":")
            raw = urlsafe_b64decode(body)
        except ValueError:
            raise VaultError("this field is not sealed; enter it anew") from None
        if mark == MARK and key_id not in self.keys:
            self._look_again()
        if mark != MARK or key_id not in self.keys:
            raise VaultError(f"the key {key_id} is not in {FILE}; put back the key file of the backup")
        return self.keys[key_id], raw

    def _look_again(self) -> None:
        """Take in what another process added to the file (`keys rotate`); once for each state of the file."""
        if self.path is None:
            return
        try:
            changed_ns = self.path.stat().st_mtime_ns
            if self.looked_ns[-1:] == [changed_ns]:
                return
            self.looked_ns[:] = [changed_ns]
            newer = _read(self.path)
        except (OSError, VaultError):
            return  # whoever asked is told that the key is missing
        if newer.audit_key == self.audit_key:
            for key_id, key in newer.keys.items():
                self.keys.setdefault(key_id, key)


def open_vault(path: Path) -> Vault:
    """The keys of a file, made at the first start. Raises VaultError."""
    if not path.parent.exists():
        files.make_folder(path.parent, 0o700)
    with files.locked(path.with_suffix(".lock")):
        if not path.exists():
            _write(path, Vault({"1": secrets.token_bytes(KEY_BYTES)}, secrets.token_bytes(KEY_BYTES)))
        return _read(path)


def rotate(path: Path) -> Vault:
    """With a new key that seals from now on; the older ones still open. Raises VaultError."""
    vault = open_vault(path)
    with files.locked(path.with_suffix(".lock")):
        vault = _read(path)
        number = str(max(int(key_id) for key_id in vault.keys) + 1)
        newer = Vault({**vault.keys, number: secrets.token_bytes(KEY_BYTES)}, vault.audit_key, path)
        _write(path, newer)
    return newer


def _read(path: Path) -> Vault:
    try:
        told = json.loads(path.read_text(encoding="ascii"))
        keys = {str(key_id): urlsafe_b64decode(key) for key_id, key in told["keys"].items()}
        vault = Vault(keys, urlsafe_b64decode(told["audit"]), path)
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise VaultError(
            f"{path} cannot be read ({error}); put back the one of your backup, do not delete it"
        ) from None
    if not keys or any(len(key) != KEY_BYTES for key in (*keys.values(), vault.audit_key)):
        raise VaultError(f"{path} holds no usable keys; put back the one of your backup, do not delete it")
    return vault


def _write(path: Path, vault: Vault) -> None:
    keys = {key_id: urlsafe_b64encode(key).decode() for key_id, key in vault.keys.items()}
    told = {"keys": keys, "audit": urlsafe_b64encode(vault.audit_key).decode()}
    files.write(path, json.dumps(told, indent=1).encode("ascii"))

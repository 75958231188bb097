"""The key that signs bundles. It stays in a file that only its owner can read, and is never printed."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.kit.bundle import BundleError, Manifest, signed


def make_key(path: Path) -> Ed25519PrivateKey:
    """A new key in a new file of mode 0600. Raises BundleError where there is one already: boards trust it."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BundleError(f"密钥已存在，不会覆盖 / there is a key already, it is not overwritten: {path}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    return key


def load_key(path: Path) -> Ed25519PrivateKey:
    """Raises BundleError where there is none, or where others may read it."""
    try:
        if path.stat().st_mode & 0o077:
            raise BundleError(f"密钥文件可被他人读取，请执行 chmod 600 / others can read the key: chmod 600 {path}")
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, TypeError, ValueError) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(f"密钥无法读取 / the key cannot be read: {path}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BundleError(f"不是 Ed25519 密钥 / not an Ed25519 key: {path}")
    return key


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """32 bytes; one to four of them make /update_keys.bin of a board."""
    return key.public_key().public_bytes_raw()


def sign(manifest: Manifest, key: Ed25519PrivateKey) -> bytes:
    """The signature of a bundle; Ed25519 makes the same one every time."""
    return key.sign(signed(manifest.encode()))

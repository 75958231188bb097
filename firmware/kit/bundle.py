"""A bundle: what an update over the air carries, one file on the wire. docs/updates.md describes it byte by byte.

"GWB1" | length of the manifest, 4 bytes big endian | Ed25519 signature, 64 bytes | manifest.json | the files
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Version = tuple[int, int, int]

MAGIC = b"GWB1"
HEAD_BYTES = 72
FORMAT = 1
SIGNED_PREFIX = b"gwbundle1:"  # before the digest: no other signature made with this key can pass for one of a bundle
MAX_MANIFEST = 16384  # firmware/device/update.py
MANIFEST = "manifest.json"
_DEVICE = Path(__file__).resolve().parents[1] / "device"
# path on flash -> source, in the order to write
BOOT_FILES = {"/loader.py": _DEVICE / "loader.py", "/main.py": _DEVICE / "entry.py"}


class BundleError(ValueError):
    """Not a bundle, or not one to be trusted; the text says why in both languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the signature covers. `files` are (path in the slot, size, SHA-256 in hex), sorted."""

    board: str
    kind: str
    version: Version
    mpy: int  # version of the .mpy format, sys.implementation._mpy & 0xff
    loader: int  # the oldest loader that can start it
    files: tuple[tuple[str, int, str], ...]

    def encode(self) -> bytes:
        """JSON with one file a line, so that a board can read it line by line."""
        head = {
            "format": FORMAT,
            "board": self.board,
            "kind": self.kind,
            "version": list(self.version),
            "mpy": self.mpy,
            "loader": self.loader,
        }
        lines = ",\n".join(json.dumps([path, size, digest]) for path, size, digest in self.files)
        return (json.dumps(head)[:-1] + ', "files": [\n' + lines + "\n]}\n").encode()

    @classmethod
    def decode(cls, data: bytes) -> Manifest:
        """Raises BundleError."""
        try:
            fields = json.loads(data)
            first, second, third = fields["version"]
            return cls(
                board=str(fields["board"]),
                kind=str(fields["kind"]),
                version=(int(first), int(second), int(third)),
                mpy=int(fields["mpy"]),
                loader=int(fields["loader"]),
                files=tuple((str(path), int(size), str(digest)) for path, size, digest in fields["files"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BundleError(f"清单无法读取 / the manifest cannot be read: {error}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Whole and read, not yet trusted: see `verify`."""

    manifest: Manifest
    manifest_bytes: bytes
    signature: bytes
    files: Mapping[str, bytes]

    def verify(self, public: bytes) -> None:
        """Raises BundleError where this key did not sign it. The files were compared when it was read."""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(self.signature, signed(self.manifest_bytes))
        except (InvalidSignature, ValueError):
            raise BundleError("签名无效 / the signature is not valid") from None

    def slot_files(self) -> dict[str, bytes]:
        """Path in a slot -> bytes, in the order to write them: the manifest, which says that a slot is whole, last."""
        return {**self.files, MANIFEST: self.manifest_bytes}


def signed(manifest: bytes) -> bytes:
    """What the signature is made over: one SHA-512 block, whatever the length of the manifest."""
    return SIGNED_PREFIX + hashlib.sha256(manifest).digest()


def manifest_of(files: Mapping[str, bytes], *, board: str, kind: str, version: Version, loader: int) -> Manifest:
    """The manifest of compiled files (path in the slot -> bytes)."""
    listed = tuple((path, len(data), hashlib.sha256(data).hexdigest()) for path, data in sorted(files.items()))
    abi = {data[1] for data in files.values()}  # byte 1 of an .mpy file is the version of its format
    if len(abi) != 1:
        raise BundleError(f".mpy 版本不一致 / files of more than one .mpy version: {sorted(abi)}")
    return Manifest(board=board, kind=kind, version=version, mpy=abi.pop(), loader=loader, files=listed)


def pack(manifest: Manifest, signature: bytes, files: Mapping[str, bytes]) -> bytes:
    """The bundle as it travels. Same input, same bytes. Raises BundleError."""
    text = manifest.encode()
    if len(signature) != 64 or len(text) > MAX_MANIFEST:
        raise BundleError("签名或清单长度有误 / wrong length of signature or manifest")
    body = b"".join(files[path] for path, _, _ in manifest.files)
    return MAGIC + len(text).to_bytes(4, "big") + signature + text + body


def read(data: bytes) -> Bundle:
    """A bundle whose files are what its manifest says. Raises BundleError."""
    if len(data) < HEAD_BYTES or data[:4] != MAGIC:
        raise BundleError("不是程序包 / not a bundle")
    at = HEAD_BYTES + int.from_bytes(data[4:8], "big")
    text = data[HEAD_BYTES:at]
    manifest = Manifest.decode(text)
    files: dict[str, bytes] = {}
    for path, size, digest in manifest.files:
        files[path], at = data[at : at + size], at + size
        if hashlib.sha256(files[path]).hexdigest() != digest:
            raise BundleError(f"文件损坏 / a file is damaged: {path}")
    if at != len(data):
        raise BundleError("程序包长度有误 / the bundle has the wrong length")
    return Bundle(manifest=manifest, manifest_bytes=text, signature=data[8:HEAD_BYTES], files=files)


def first_state(version: Version) -> bytes:
    """/slots.json of a board that a technician has just given slot a."""
    return json.dumps({"slot": "a", "trial": None, "fails": 0, "lowest": list(version)}).encode()


def parse_version(text: str) -> Version:
    """1.4.0 as a triple that can be compared. Raises BundleError."""
    try:
        first, second, third = (int(part) for part in text.split("."))
    except ValueError:
        raise BundleError(f"版本应为 1.4.0 的形式 / a version looks like 1.4.0, not {text!r}") from None
    if min(first, second, third) < 0:
        raise BundleError(f"版本应为 1.4.0 的形式 / a version looks like 1.4.0, not {text!r}")
    return first, second, third

"""Everything for a day without internet in one folder: images, bundles, keys to check them, and a digest of each file.

stick.json has the digests; with a signing key stick.sig signs it, so that nobody can change a file and its digest.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from firmware.kit import bundle as bundles
from firmware.kit import images as image_files
from firmware.kit.bundle import Bundle, BundleError
from firmware.kit.texts import KitError

MANIFEST, SIGNATURE = "stick.json", "stick.sig"
KEYS = "update_keys.bin"
FORMAT = 1
KEY_BYTES = 32
_SIGNED_PREFIX = b"gwstick1:"  # no signature of a bundle can pass for one of a stick


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What boards are written from. Everything in it was checked when it was read."""

    keys: bytes
    bundles: dict[tuple[str, str], Bundle]  # (board, kind)
    images: dict[str, image_files.Image]  # chip or board
    extras: dict[str, bytes]  # kind "handheld": /screen.bin

    def bundle(self, board: str, kind: str) -> Bundle:
        """Raises KitError stick_incomplete."""
        found = self.bundles.get((board, kind))
        if found is None:
            raise KitError("stick_incomplete", f"no bundle for {kind} on {board}")
        return found

    def image(self, board: str) -> image_files.Image | None:
        """The image of a board, None where there is none."""
        return self.images.get(board) or self.images.get(image_files.CHIP_OF_BOARD[board])


def digest(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack(folder: Path, files: list[Path], keys: bytes, signing: Ed25519PrivateKey | None, made: str) -> list[str]:
    """Copy images (.bin, .uf2), bundles (.gwb) and more into a stick; every one is checked. Names of what is on it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / KEYS).write_bytes(keys)
    names = [KEYS]
    for path in files:
        name = _place(path) + path.name
        (folder / name).parent.mkdir(exist_ok=True)
        if path.resolve() != (folder / name).resolve():
            shutil.copyfile(path, folder / name)
        names.append(name)
    listed = {name: {"sha256": digest(folder / name), "bytes": (folder / name).stat().st_size} for name in names}
    text = json.dumps({"format": FORMAT, "made": made, "files": listed}, indent=1, sort_keys=True).encode()
    (folder / MANIFEST).write_bytes(text)
    (folder / SIGNATURE).unlink(missing_ok=True)
    if signing is not None:
        (folder / SIGNATURE).write_bytes(signing.sign(_signed(text)))
    load(folder, keys)
    return names


def _place(path: Path) -> str:
    if path.suffix in (".bin", ".uf2") and path.name != "screen.bin":
        image_files.load(path)
        return "images/"
    if path.suffix == ".gwb":
        return "bundles/"
    return "more/"


def _signed(text: bytes) -> bytes:
    return _SIGNED_PREFIX + hashlib.sha256(text).digest()


def verify(folder: Path, keys: bytes | None = None) -> list[str]:
    """Complaints about a stick, empty where every file is what was packed. `keys`: who may have signed it."""
    try:
        text = (folder / MANIFEST).read_bytes()
        listed = {str(name): str(entry["sha256"]) for name, entry in json.loads(text)["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [f"{MANIFEST}: missing or damaged"]
    found = [] if keys is None else _signature_complaints(folder, text, keys)
    for name, wanted in sorted(listed.items()):
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            found.append(f"{name}: outside of the stick")
        elif not path.is_file():
            found.append(f"{name}: missing")
        elif digest(path) != wanted:
            found.append(f"{name}: damaged")
    return found


def _signature_complaints(folder: Path, text: bytes, keys: bytes) -> list[str]:
    try:
        signature = (folder / SIGNATURE).read_bytes()
    except OSError:
        return [f"{SIGNATURE}: the stick is not signed"]
    for at in range(0, len(keys), KEY_BYTES):
        try:
            Ed25519PublicKey.from_public_bytes(keys[at : at + KEY_BYTES]).verify(signature, _signed(text))
        except (InvalidSignature, ValueError):
            continue
        return []
    return [f"{SIGNATURE}: not signed with your key"]


def load(folder: Path, keys: bytes | None = None) -> Supply:
    """Everything on a stick that is whole. Raises KitError stick_damaged or bad_signature.

    Bundles must be signed with one of `keys`; without, with those on the stick.
    """
    complaints = verify(folder)
    if complaints:
        raise KitError("stick_damaged", "; ".join(complaints))
    trusted = keys or (folder / KEYS).read_bytes()
    listed = sorted(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"])
    loaded = [read_bundle(folder / name, trusted) for name in listed if name.endswith(".gwb")]
    made = [image_files.load(folder / name) for name in listed if name.startswith("images/")]
    extras = {"handheld": (folder / "more/screen.bin").read_bytes()} if "more/screen.bin" in listed else {}
    return Supply(
        keys=trusted,
        bundles={(b.manifest.board, b.manifest.kind): b for b in loaded},
        images={image.chip: image for image in made},
        extras=extras,
    )


def read_bundle(path: Path, keys: bytes) -> Bundle:
    """A bundle signed with one of the keys. Raises KitError."""
    try:
        bundle = bundles.read(path.read_bytes())
    except (OSError, BundleError) as error:
        raise KitError("stick_damaged", f"{path.name}: {error}") from None
    for at in range(0, len(keys), KEY_BYTES):
        try:
            bundle.verify(keys[at : at + KEY_BYTES])
        except BundleError:
            continue
        return bundle
    raise KitError("bad_signature", path.name)

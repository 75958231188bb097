"""Bundles of endpoint software, served piece by piece to the endpoints that ask."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from protocol import pieces
from protocol.errors import PayloadError

FOLDER = "bundles"
KEPT = 12  # of the last orders; an endpoint that slept through so many is ordered a newer one
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Bundles:
    """Files named by their SHA-256 in the folder `bundles` of the data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    def piece(self, payload: bytes) -> bytes | None:
        """The piece that a `fetch` asks for; None where there is no such bundle or offset. Raises PayloadError."""
        digest, offset = pieces.decode_fetch(payload)
        if not _DIGEST.fullmatch(digest):
            raise PayloadError("bad_id", "'id' must be the SHA-256 of a bundle")
        path = self._folder / digest
        if not path.is_file():
            return None
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(min(offset, size))
            data = file.read(pieces.BUNDLE_PIECE_BYTES)
        return pieces.encode({"id": digest, "offset": offset, "size": size}, data) if data else None


def shelve(bundle: Path, data_dir: Path) -> dict[str, object]:
    """Put a bundle where the gateway serves it from; its digest and size."""
    digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(bundle, folder / f"{digest}.new")
    (folder / f"{digest}.new").replace(folder / digest)
    stored = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for old in stored[:-KEPT]:
        old.unlink(missing_ok=True)
    return {"sha256": digest, "size": bundle.stat().st_size}

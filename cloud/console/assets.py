"""The console's own files and the vendored ones, compressed once and cached for ever under their fingerprint."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
STATIC = HERE / "static"
MEDIA = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
KEPT = 500  # default: more files than there are, so that an application built again packs none again
VENDORED = ("vendor/htmx.min.js", "vendor/idiomorph-ext.min.js", "vendor/echarts.common.min.js", "vendor/leaflet.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file, ready to send."""

    media: str
    plain: bytes
    packed: bytes
    tag: str


class Assets:
    """Every file that may be asked for; nothing else is ever read from disk."""

    def __init__(self, root: Path = STATIC) -> None:
        self._assets = {
            path.relative_to(root).as_posix(): _load(path, path.stat().st_mtime_ns)
            for path in sorted(root.rglob("*"))
            if path.suffix in MEDIA
        }

    @property
    def complete(self) -> bool:
        """True where scripts/vendor.py has done its work."""
        return all(name in self._assets for name in VENDORED)

    @property
    def version(self) -> str:
        """Of all files together."""
        return hashlib.sha256("".join(asset.tag for asset in self._assets.values()).encode()).hexdigest()[:12]

    def get(self, name: str) -> Asset | None:
        """The file, None where there is none."""
        return self._assets.get(name)

    def url(self, name: str) -> str:
        """Address that changes with the content."""
        asset = self._assets.get(name)
        return f"/static/{name}?v={asset.tag}" if asset else f"/static/{name}"


@lru_cache(maxsize=KEPT)
def _load(path: Path, _changed_ns: int) -> Asset:
    plain = path.read_bytes()
    return Asset(
        media=MEDIA[path.suffix],
        plain=plain,
        packed=gzip.compress(plain, 9, mtime=0),
        tag=hashlib.sha256(plain).hexdigest()[:12],
    )

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
# Sent as one: they are used together, and each alone would cost a request
TOGETHER = {
    "map_all.css": ("vendor/leaflet.css", "map.css", "map_marks.css"),
    "map_all.js": (
        "map_base.js", "map_view.js", "map_marks.js", "map_devices.js", "map_layers.js", "map_time.js",
        "map_tracks.js", "map_small.js",
    ),
}  # fmt: skip
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
        self._assets |= {
            name: _joined([self._assets[part] for part in parts if part in self._assets])
            for name, parts in TOGETHER.items()
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
    return _packed(MEDIA[path.suffix], path.read_bytes())


def _joined(parts: list[Asset]) -> Asset:
    return _packed(parts[0].media, b"\n".join(part.plain for part in parts))


@lru_cache(maxsize=KEPT)
def _packed(media: str, plain: bytes) -> Asset:
    return Asset(
        media=media,
        plain=plain,
        packed=gzip.compress(plain, 9, mtime=0),
        tag=hashlib.sha256(plain).hexdigest()[:12],
    )

"""Tiles of a folder z/x/y.png, or of one .mbtiles file: offline, read-only, nothing is fetched from anywhere."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from domain.datum import DATUMS
from runtime.settings import SettingsError

SUFFIXES = (".png", ".webp", ".jpg", ".jpeg")
TILE_MAX = 1 << 21  # bytes; a default, a tile has some ten thousand
ZOOM_MAX = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One picture."""

    body: bytes
    media: str


class Source(Protocol):
    """Where pictures come from."""

    zooms: tuple[int, int]

    def get(self, z: int, x: int, y: int) -> bytes | None:
        """The tile counted from the north-west; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """What lies under the map."""

    source: Source
    datum: str
    attribution: str

    def get(self, z: int, x: int, y: int) -> Tile | None:
        """A tile, None for what is not there, is no tile of a world of that zoom, or is no picture."""
        if not (0 <= z <= ZOOM_MAX and 0 <= x < 2**z and 0 <= y < 2**z):
            return None
        body = self.source.get(z, x, y)
        media = media_of(body) if body and len(body) <= TILE_MAX else None
        return Tile(body=body, media=media) if body and media else None


class Folder:
    """z/x/y.png. Only numbers ever become a path."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        zooms = sorted(int(one.name) for one in self._root.iterdir() if one.is_dir() and one.name.isdecimal())
        if not zooms:
            raise SettingsError(f"{root} holds no tiles: expected folders z/x/ with y.png, as tile programs write them")
        self.zooms = (zooms[0], min(zooms[-1], ZOOM_MAX))

    def get(self, z: int, x: int, y: int) -> bytes | None:
        """The file, whatever its kind; none that leads out of the folder by a link."""
        for suffix in SUFFIXES:
            path = self._root / str(z) / str(x) / f"{y}{suffix}"
            with suppress(OSError):
                if path.resolve().is_relative_to(self._root):
                    with path.open("rb") as file:
                        return file.read(TILE_MAX + 1)
        return None


class MbTiles:
    """A file of the MBTiles 1.3 specification; its rows count from the south."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            low, high, one = self._db.execute(
                "SELECT min(zoom_level), max(zoom_level), (SELECT tile_data FROM tiles LIMIT 1) FROM tiles"
            ).fetchone()
        except sqlite3.Error as error:
            raise SettingsError(f"{path} cannot be read as MBTiles ({error}); give a file of pictures") from None
        if one is None or media_of(one) is None:
            raise SettingsError(f"{path} holds no pictures; vector tiles are not drawn: give PNG, WebP or JPEG tiles")
        self.zooms = (low, min(high, ZOOM_MAX))

    def get(self, z: int, x: int, y: int) -> bytes | None:
        """The row."""
        query = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
        with self._lock:
            row = self._db.execute(query, (z, x, 2**z - 1 - y)).fetchone()
        return bytes(row[0]) if row else None


def media_of(body: bytes) -> str | None:
    """By how it begins; None for what is none of the three."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if body[:4] == b"RIFF" and body[8:12] == b"WEBP" else None


def open_tiles(path: Path | None, datum: str, attribution: str) -> Tiles | None:
    """None where no tiles are set. Raises SettingsError."""
    if datum not in DATUMS:
        raise SettingsError(f"TILES_DATUM cannot be {datum!r}; one of {', '.join(DATUMS)}")
    if path is None:
        return None
    if not path.exists():
        raise SettingsError(f"TILES: there is no {path}; give a folder z/x/y.png or an .mbtiles file")
    source: Source = Folder(path) if path.is_dir() else MbTiles(path)
    return Tiles(source=source, datum=datum, attribution=attribution)

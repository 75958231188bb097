"""A reserve on the disk of the readings: on a full one nothing could be forgotten, because forgetting writes first."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

log = structlog.get_logger()
NAME = "history-reserve"
BYTES = 32_000_000  # DuckDB writes its log, 16 MB at most, into the file and needs room for both; a default of ours
LOW_BYTES = 64_000_000  # less than this is free, the reserve aside: the disk counts as full


class Ballast:
    """A file that takes room while there is room, and gives it to who makes more."""

    def __init__(self, folder: Path, size: int = BYTES, low: int = LOW_BYTES) -> None:
        self._path = folder / NAME
        self._size, self._low = size, low

    def free(self) -> int:
        """Bytes for everybody, the reserve aside."""
        return shutil.disk_usage(self._path.parent).free

    @property
    def low(self) -> bool:
        """True where the disk is as good as full."""
        return self.free() < self._low

    def fill(self) -> None:
        """Take the room, unless it is scarce already or taken."""
        if self._path.exists() and self._path.stat().st_size >= self._size:
            return
        try:
            if self.free() < self._low + self._size:
                return
            self._take()
        except OSError as error:
            self._path.unlink(missing_ok=True)
            log.warning("no_reserve", why=str(error), remedy="free disk space under data_dir")

    @contextmanager
    def lent(self) -> Iterator[None]:
        """The room is free meanwhile, and taken again as far as it is still there."""
        self._path.unlink(missing_ok=True)
        try:
            yield
        finally:
            try:
                self._take()
            except OSError:
                self._path.unlink(missing_ok=True)

    def _take(self) -> None:
        with self._path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, self._size)

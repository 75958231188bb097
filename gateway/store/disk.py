"""The disk under the database: a reserve that is given up in need, and the question whether it takes anything."""

from __future__ import annotations

import os
import sqlite3
from enum import StrEnum
from pathlib import Path

import structlog

from gateway.store.schema import DATABASE

log = structlog.get_logger()

RESERVE, PROBE = "reserve", "probe"  # files beside the database
REFUSALS = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


class Footing(StrEnum):
    """What the database stands on."""

    FIRM = "firm"
    TIGHT = "tight"  # the reserve is given up: the file may not grow, history makes room for what matters
    AFLOAT = "afloat"  # the disk takes nothing: work goes on in memory and nothing is acknowledged


class DiskSign(StrEnum):
    """What tells us."""

    REFUSED = "refused"  # a commit failed
    LANDED = "landed"  # what was in memory is committed
    ROOM = "room"  # the reserve could be taken again


MOVES: dict[tuple[Footing, DiskSign], Footing] = {
    (Footing.FIRM, DiskSign.REFUSED): Footing.AFLOAT,
    (Footing.TIGHT, DiskSign.REFUSED): Footing.AFLOAT,
    (Footing.AFLOAT, DiskSign.REFUSED): Footing.AFLOAT,
    (Footing.AFLOAT, DiskSign.LANDED): Footing.TIGHT,
    (Footing.TIGHT, DiskSign.ROOM): Footing.FIRM,
}


class IllegalFooting(Exception):
    """This pair is not in the table."""


def move(footing: Footing, sign: DiskSign) -> Footing:
    """What the database stands on after a sign. Raises IllegalFooting."""
    if (footing, sign) not in MOVES:
        raise IllegalFooting(f"{footing} does not know {sign}")
    return MOVES[footing, sign]


def takes_nothing(error: BaseException) -> bool:
    """True where an error says that the disk does not take writing, not that a statement was wrong."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in REFUSALS


class Disk:
    """The folder of the database; `reserve_bytes` are kept from everybody else while there is room."""

    def __init__(self, folder: Path, reserve_bytes: int) -> None:
        self._folder = folder
        self._reserve_bytes = reserve_bytes

    def give_reserve(self) -> None:
        """Free the reserve, for what matters."""
        try:
            (self._folder / RESERVE).unlink(missing_ok=True)
        except OSError as error:
            log.warning("reserve_not_given", why=str(error))

    def take_reserve(self) -> bool:
        """Keep the reserve, where twice as much is free; True where it is held."""
        if not self._reserve_bytes or self._holds_reserve():
            return True
        if self.free_bytes() < 2 * self._reserve_bytes:
            return False
        return self._fill(RESERVE, self._reserve_bytes)

    def takes(self, size: int) -> bool:
        """True where so many bytes could be written just now."""
        taken = self._fill(PROBE, size)
        try:
            (self._folder / PROBE).unlink(missing_ok=True)
        except OSError:
            return False
        return taken

    def free_bytes(self) -> int:
        """What the file system would still give us; 0 where the folder itself cannot be reached."""
        try:
            room = os.statvfs(self._folder)
        except OSError:
            return 0
        return room.f_bavail * room.f_frsize

    def log_bytes(self) -> int:
        """How long the write-ahead log is. It grows for as long as any program holds an old view of the database."""
        try:
            return (self._folder / f"{DATABASE}-wal").stat().st_size
        except OSError:
            return 0

    def _holds_reserve(self) -> bool:
        try:
            return (self._folder / RESERVE).stat().st_size == self._reserve_bytes
        except OSError:
            return False

    def _fill(self, name: str, size: int) -> bool:
        path = self._folder / name
        try:
            with path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)
                os.fsync(file.fileno())
        except OSError:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                log.warning("probe_stays", why=str(error))
            return False
        return True

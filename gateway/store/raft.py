"""When the disk takes nothing: one open transaction carries the work in memory until it can be committed.

Jobs go on and see what those before them did; nothing of it is durable, so nothing of it may be acknowledged. The
process may die: endpoints still have every sample, and send it again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Protocol, TypeVar

import structlog

from gateway.store.disk import Disk, DiskSign, Footing, move
from gateway.store.schema import used_pages

log = structlog.get_logger()
T = TypeVar("T")

LAND_EVERY_S = 1.0
RESERVE_EVERY_S = 10.0
MEMORY_BYTES = 64_000_000  # what the open transaction may add; then history makes room, counted
SPARE_PAGES = 64
KNOWN_PAGES = 4_096  # the pages that are written again and again: 16 MB hold the states of 10,000 endpoints
LOG_PAGES, TIGHT_LOG_PAGES = (
    1_000,
    64,
)  # of the write-ahead log before it is put into the file; SQLite's default is 1000
_DISTRUST = 2  # pages that one changed row may touch, on average


class Relief(Protocol):
    """Makes room in the database."""

    def __call__(self, db: sqlite3.Connection, pages: int) -> None:
        """Give up so many pages of the least important, or all there is of it."""


class Raft:
    """Stands between the writer and the disk. Used in the writer's thread; `footing` may be read from anywhere."""

    def __init__(self, disk: Disk, relief: Relief | None, now_s: Callable[[], float]) -> None:
        self._disk = disk
        self._relief = relief
        self._now_s = now_s
        self._next_try_s = 0.0
        self._limit_pages = 0  # of the database, while it may not grow
        self._changes = 0
        self.footing = Footing.FIRM
        self.refusals = 0

    def refused(self, error: BaseException) -> None:
        """The disk takes nothing: give up the reserve, and work in memory until it does."""
        log.error("disk_takes_nothing", why=str(error))
        self.refusals += 1
        self.footing = move(self.footing, DiskSign.REFUSED)
        self._disk.give_reserve()
        self._next_try_s = 0.0

    def cast_off(self, db: sqlite3.Connection, error: BaseException) -> None:
        """A commit failed: from here work goes on in one open transaction."""
        self.refused(error)
        if db.in_transaction:
            db.execute("ROLLBACK")
        _shrink_log(db)
        self._embark(db)

    def _embark(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA cache_spill = OFF")  # or it would write before it is asked to
        db.execute("BEGIN IMMEDIATE")
        self._limit_pages = used_pages(db) + MEMORY_BYTES // _page_size(db)
        self._changes = db.total_changes

    def carry(self, db: sqlite3.Connection, work: Callable[[], T]) -> T:
        """Do the work of one batch; where it raises, the batch is undone and what was carried before is kept."""
        if not db.in_transaction:  # an error of the disk took all of it; endpoints send again
            self._embark(db)
        db.execute("SAVEPOINT batch")
        done = False
        try:
            result = work()
            self.bound(db)
            done = True
        finally:
            if db.in_transaction:
                if not done:
                    db.execute("ROLLBACK TO batch")
                db.execute("RELEASE batch")
        return result

    def bound(self, db: sqlite3.Connection) -> None:
        """While the file may not grow: make room within it."""
        if self.footing is Footing.FIRM or self._relief is None:
            return
        excess = used_pages(db) - self._limit_pages
        if excess > 0:
            self._relief(db, excess + SPARE_PAGES)

    def may_try(self) -> bool:
        """True at most once a second."""
        due = self._now_s() >= self._next_try_s
        if due:
            self._next_try_s = self._now_s() + LAND_EVERY_S
        return due

    def try_to_land(self, db: sqlite3.Connection) -> None:
        """Commit what is carried, where the disk takes it again. Raises sqlite3.Error where it did not after all."""
        if db.in_transaction and self.may_try() and self._disk.takes(self._owed_bytes(db)):
            db.execute("COMMIT")
            db.execute("PRAGMA cache_spill = ON")
            self.ashore(db)

    def ashore(self, db: sqlite3.Connection) -> None:
        """All that was carried is durable, in this database."""
        self.footing = move(self.footing, DiskSign.LANDED)
        db.execute(f"PRAGMA wal_autocheckpoint = {TIGHT_LOG_PAGES}")
        _shrink_log(db)
        self._limit_pages = used_pages(db)
        self._next_try_s = self._now_s() + RESERVE_EVERY_S
        log.warning("disk_takes_again", free_bytes=self._disk.free_bytes())

    def try_to_stand(self, db: sqlite3.Connection) -> None:
        """Take the reserve again, where there is room: then all is as it was."""
        if self.footing is Footing.TIGHT and self._now_s() >= self._next_try_s:
            self._next_try_s = self._now_s() + RESERVE_EVERY_S
            if self._disk.take_reserve():
                self.footing = move(self.footing, DiskSign.ROOM)
                db.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
                log.info("disk_has_room", free_bytes=self._disk.free_bytes())

    def _owed_bytes(self, db: sqlite3.Connection) -> int:
        """An upper bound of what a commit writes."""
        touched = _DISTRUST * (db.total_changes - self._changes) + SPARE_PAGES
        most = MEMORY_BYTES // _page_size(db) + KNOWN_PAGES
        return min(touched, most) * _page_size(db)


def _page_size(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA page_size").fetchone()[0])


def _shrink_log(db: sqlite3.Connection) -> None:
    """Put the write-ahead log into the file and cut it off, as far as there is room for that."""
    try:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        log.warning("log_not_cut", why=str(error))

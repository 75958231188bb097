"""An open file and what is remembered of it. All of this is read from the file again at every opening."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

from cloud.history.duck import layout
from cloud.history.duck.converting import convert
from cloud.history.port import Level

NEVER_MS = -1
BROKEN = (
    "The file of readings cannot be read now: look at its disk. Readings that come are kept by the gateways meanwhile. "
    "读数文件暂时无法读取：请检查磁盘。其间的读数由网关保存。"
)
Pair = tuple[str, str]


class OldSeries(ValueError):
    """The file has another layout; nothing was changed."""


class OpenFile:
    """Who holds the lock for writing may change it; the others only read."""

    def __init__(self, root: duckdb.DuckDBPyConnection) -> None:
        self.root = root  # only for cursors: a connection serves one thread at a time
        self.db = root.cursor()  # of who writes
        rows = self.db.execute("SELECT id, device, channel, first_ms, last_ms FROM series ORDER BY id").fetchall()
        self.ids: dict[Pair, int] = {(row[1], row[2]): row[0] for row in rows}
        self.first_ms = np.array([row[3] for row in rows], np.int64)
        self.last_ms = np.array([row[4] for row in rows], np.int64)
        found = self.db.execute("SELECT id, quality FROM qualities").fetchall()
        self.qualities: dict[str, int] = {quality: number for number, quality in found}
        self.floor = layout.floor_of(self.db, Level.RAW)
        self.too_late = _fact(self.db, "too_late")
        self.owed: Counter[int] = Counter()  # readings by stretch that are not in the roll-ups yet
        self.changes: Counter[int] = Counter()  # appends by stretch
        self.newest_ms = self.owed_since_ms = 0  # receipt of the newest reading, and of the oldest that is owed
        self.next_load = 1
        self._look_at_loads()

    def _look_at_loads(self) -> None:
        """What was appended and not folded yet; a crash may lie between."""
        query = "SELECT stretch, folded, tidy FROM stretches WHERE level = ?"
        for stretch, folded, _ in self.db.execute(query, [Level.RAW]).fetchall():
            table = layout.table_of(Level.RAW, stretch)
            (newest,) = self.db.execute(f"SELECT max(load) FROM {table}").fetchall()[0]
            self.next_load = max(self.next_load, folded + 1, (newest or 0) + 1)
            if (newest or 0) > folded:
                self._take_in(stretch, folded)

    def _take_in(self, stretch: int, folded: int) -> None:
        rows = self.db.execute(
            f"""SELECT series, min(at_ms), max(at_ms), count(*), min(received_ms), max(received_ms)
            FROM {layout.table_of(Level.RAW, stretch)} WHERE load > {folded} GROUP BY series"""
        ).fetchall()
        for series, first_ms, last_ms, count, oldest_ms, newest_ms in rows:
            self.saw(np.array([series]), np.array([first_ms, last_ms]))
            self.owes(stretch, count, oldest_ms, newest_ms)

    def grow(self, pairs: dict[Pair, int]) -> None:
        """Channels that are in the file now."""
        self.ids.update(pairs)
        self.first_ms = np.concatenate([self.first_ms, np.full(len(pairs), layout.ENDLESS_MS, np.int64)])
        self.last_ms = np.concatenate([self.last_ms, np.full(len(pairs), NEVER_MS, np.int64)])

    def saw(self, series: npt.NDArray[np.int64], at_ms: npt.NDArray[np.int64]) -> None:
        """Readings of these times are in the file now."""
        if len(series) != len(at_ms):
            series = np.repeat(series, len(at_ms))
        np.minimum.at(self.first_ms, series, at_ms)
        np.maximum.at(self.last_ms, series, at_ms)

    def owes(self, stretch: int, count: int, oldest_ms: int, newest_ms: int) -> None:
        """So many readings more to fold."""
        if not self.owed.total():
            self.owed_since_ms = oldest_ms
        self.owed_since_ms = min(self.owed_since_ms, oldest_ms)
        self.newest_ms = max(self.newest_ms, newest_ms)
        self.owed[stretch] += count

    def lag_ms(self) -> int:
        """By how much the roll-ups are behind the newest reading, by the times of receipt."""
        return max(self.newest_ms - self.owed_since_ms, 0) if self.owed.total() else 0


@contextmanager
def cursor(file: OpenFile) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of one's own for a while."""
    db = file.root.cursor()
    try:
        yield db
    finally:
        with suppress(duckdb.Error):
            db.close()


def open_file(path: Path) -> OpenFile:
    """The file, made where there is none, converted where an older program made it. Raises OldSeries."""
    root = layout.connect(path)
    try:
        _prepare(root, path)
        return OpenFile(root)
    except (duckdb.Error, OldSeries):
        root.close()
        raise


def _prepare(root: duckdb.DuckDBPyConnection, path: Path) -> None:
    tables = layout.tables(root)
    if "readings" in tables and not convert(root, path):
        raise OldSeries(
            f"{path} was made by an older program and cannot be continued; move it away and start again: a new "
            f"one is made. {path} 由旧版本程序创建，无法继续使用；请把它移到别处后重新启动，程序会新建一个。"
        )
    if not tables:
        layout.lay_out(root)
    if _fact(root, "version") != layout.VERSION:
        raise OldSeries(
            f"{path} was made by a newer program: install that one again, or move the file away. "
            f"{path} 由更新版本的程序创建：请重新安装该版本，或把文件移到别处。"
        )


def _fact(db: duckdb.DuckDBPyConnection, name: str) -> int:
    return int(db.execute("SELECT value FROM facts WHERE name = ?", [name]).fetchall()[0][0])

"""What is old: forgotten by whole stretches, put in order for reading, and copied."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb

from cloud.history.duck import layout
from cloud.history.port import DAY_MS, HOUR_MS, Keep, Level, NotStored

QUIET_MS = HOUR_MS  # a stretch that ended so long ago gets few readings more; a default of ours
LATE_ROWS = 10_000  # and so many of them, or a fiftieth, make it worth another turn
LATE_PART = 50
ROW_BYTES = 50  # of a copy and of the log that it passes through, generously; 6 to 8 are left
Stretch = tuple[Level, int]
LIVE = (
    "{folder} is where the readings are now, and a copy would take their place: name another folder. "
    "{folder} 正是读数文件所在目录，备份会覆盖它：请指定别的目录。"
)
IN_USE = (
    "{folder} has a readings file with its log ({name}.wal), so a program has it open or was killed: name an empty "
    "folder. {folder} 中的读数文件正在使用或未正常关闭（有 {name}.wal）：请指定空目录。"
)


class Overtaken(Exception):
    """Readings came for a stretch that was to be put in order: at the next look."""


def forgotten(db: duckdb.DuckDBPyConnection, keep: Keep, now_ms: int) -> list[Stretch]:
    """Stretches that ended before what is kept begins."""
    found = []
    for level, days in keep.days.items():
        query = "SELECT stretch FROM stretches WHERE level = ? ORDER BY stretch"
        for (stretch,) in db.execute(query, [level]).fetchall() if days else []:
            if layout.end_ms(level, stretch) <= now_ms - days * DAY_MS:
                found.append((level, int(stretch)))
    return found


def forget(db: duckdb.DuckDBPyConnection, level: Level, stretch: int) -> int:
    """One transaction; how many rows went."""
    table = layout.table_of(level, stretch)
    with layout.transaction(db):
        (rows,) = db.execute(f"SELECT count(*) FROM {table}").fetchall()[0]
        db.execute(f"DROP TABLE {table}")
        db.execute("DELETE FROM stretches WHERE level = ? AND stretch = ?", [level, stretch])
        db.execute("DELETE FROM floors WHERE level = ? AND stretch <= ?", [level, stretch + 1])
        db.execute("INSERT INTO floors VALUES (?, ?)", [level, max(stretch + 1, layout.floor_of(db, level))])
    return int(rows)


def open_again(db: duckdb.DuckDBPyConnection, now_ms: int) -> int:
    """The first stretch of readings that is taken. A clock that was far ahead is right again: tomorrow, then."""
    tomorrow = layout.stretch_of(Level.RAW, now_ms) + 1
    if layout.floor_of(db, Level.RAW) > tomorrow + 1:
        with layout.transaction(db):
            db.execute("UPDATE floors SET stretch = ? WHERE level = ? AND stretch > ?", [tomorrow, Level.RAW, tomorrow])
    return layout.floor_of(db, Level.RAW)


def untidy(db: duckdb.DuckDBPyConnection, now_ms: int) -> list[Stretch]:
    """What is over and not in the order in which it is read, the oldest first."""
    found = []
    query = "SELECT level, stretch, folded, tidy, late FROM stretches ORDER BY stretch"
    for name, stretch, _, tidy, late in db.execute(query).fetchall():
        level = Level(name)
        if layout.end_ms(level, stretch) + QUIET_MS > now_ms:
            continue
        if not tidy or _much(db, level, stretch, late):
            found.append((level, int(stretch)))
    return found


def _much(db: duckdb.DuckDBPyConnection, level: Level, stretch: int, late: int) -> bool:
    table = layout.table_of(level, stretch)
    if level is Level.RAW:
        (late,) = db.execute(f"SELECT count(*) FROM {table} WHERE load > 0").fetchall()[0]
    (rows,) = db.execute(f"SELECT count(*) FROM {table}").fetchall()[0]
    return bool(late > max(LATE_ROWS, rows // LATE_PART))


def has_room(db: duckdb.DuckDBPyConnection, file: Path, level: Level, stretch: int) -> bool:
    """True where a second copy of a stretch fits into the file and onto its disk."""
    (rows,) = db.execute(f"SELECT count(*) FROM {layout.table_of(level, stretch)}").fetchall()[0]
    block, unused = db.execute("SELECT block_size, free_blocks FROM pragma_database_size()").fetchall()[0]
    return bool(rows * ROW_BYTES <= unused * block + shutil.disk_usage(file.parent).free)


def sort(db: duckdb.DuckDBPyConnection, level: Level, stretch: int) -> None:
    """The second of three steps of tidying, inside a transaction; it takes long and holds nobody up.

    Raises Overtaken where a reading is not in the roll-ups yet: its load would be forgotten, and so would it.
    """
    table = layout.table_of(level, stretch)
    raw = level is Level.RAW
    if raw:
        query = f"SELECT max(load) > any_value(folded) FROM {table}, stretches WHERE level = ? AND stretch = ?"
        if db.execute(query, [level, stretch]).fetchall()[0][0]:
            raise Overtaken
    columns = "* REPLACE (0::BIGINT AS load)" if raw else "*"
    order = layout.RAW_ORDER if raw else layout.ROLLED_ORDER
    db.execute(f"CREATE TABLE tidy_{table} AS SELECT {columns} FROM {table} ORDER BY {order}")


def swap(db: duckdb.DuckDBPyConnection, level: Level, stretch: int) -> None:
    """The last step: the sorted table takes the place of the other."""
    table = layout.table_of(level, stretch)
    db.execute(f"DROP TABLE {table}")
    db.execute(f"ALTER TABLE tidy_{table} RENAME TO {table}")
    query = "UPDATE stretches SET tidy = true, late = 0, folded = 0 WHERE level = ? AND stretch = ?"
    db.execute(query, [level, stretch])


def copy(db: duckdb.DuckDBPyConnection, live: Path, folder: Path) -> Path:
    """Everything as of now into a file of its own, while others write. Raises NotStored for a folder that is in use."""
    folder.mkdir(parents=True, exist_ok=True)
    made, unfinished = folder / live.name, folder / f"{live.name}.part"
    if folder.samefile(live.parent) or (made.exists() and made.samefile(live)):
        raise NotStored(LIVE.format(folder=folder))
    if made.with_name(f"{live.name}.wal").exists():
        raise NotStored(IN_USE.format(folder=folder, name=live.name))
    unfinished.unlink(missing_ok=True)
    (here,) = db.execute("SELECT current_database()").fetchall()[0]
    db.execute(f"ATTACH '{_quoted(unfinished)}' AS copied")
    try:
        db.execute(f'COPY FROM DATABASE "{here}" TO copied')
    finally:
        db.execute("DETACH copied")
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    return unfinished.replace(made)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

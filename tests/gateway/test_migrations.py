"""Schemas only grow, so that the release before works on the newer one; and a copy is kept before each migration."""

from __future__ import annotations

import itertools
import sqlite3
from pathlib import Path

import pytest

from gateway.store.schema import DATABASE, SCHEMAS, migrate, open_database
from gateway.store.schema_copy import PATTERN, keep_before

NUMBERS = sorted(SCHEMAS)


def shape(db: sqlite3.Connection) -> dict[str, dict[str, tuple[str, int]]]:
    """table -> column -> (type, place in the primary key)."""
    names = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall()
    return {
        name: {column: (kind, key) for _, column, kind, _, _, key in db.execute(f"PRAGMA table_info({name})")}
        for (name,) in names
    }


def at(number: int) -> sqlite3.Connection:
    """An empty database of a schema."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db, {n: text for n, text in SCHEMAS.items() if n <= number})
    return db


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise(NUMBERS)))
def test_a_migration_takes_nothing_away(before: int, after: int) -> None:
    """Every table and column of before is there, and a row as an older release writes it still goes in."""
    old, new = at(before), at(after)
    newer = shape(new)
    for table, columns in shape(old).items():
        assert columns.items() <= newer[table].items(), table
        needed = [
            name
            for _, name, _, not_null, default, key in new.execute(f"PRAGMA table_info({table})")
            if not_null and default is None and not key
        ]
        assert set(needed) <= set(columns), f"{table}: an older release cannot write {needed}"
    old.close()
    new.close()


def test_a_newer_database_is_left_as_it_is(tmp_path: Path) -> None:
    """What a rolled-back release finds."""
    db, _ = open_database(tmp_path / DATABASE)
    db.execute("CREATE TABLE of_tomorrow (n)")
    db.execute(f"PRAGMA user_version = {max(NUMBERS) + 1}")
    db.close()
    db, moved = open_database(tmp_path / DATABASE)

    assert moved is None
    assert db.execute("PRAGMA user_version").fetchone() == (max(NUMBERS) + 1,)
    assert "of_tomorrow" in shape(db)
    db.close()


def test_a_copy_of_before_is_kept_and_only_one(tmp_path: Path) -> None:
    """With what stood in it; a first start and one without a migration make none."""
    path = tmp_path / DATABASE
    db, _ = open_database(path, {n: SCHEMAS[n] for n in NUMBERS[:2]})
    db.execute("INSERT INTO counters VALUES ('before', 7)")
    db.close()
    assert not list(tmp_path.glob(PATTERN))
    (tmp_path / "before-schema-1.sqlite").write_text("older")
    open_database(path)[0].close()
    open_database(path)[0].close()
    (copy,) = tmp_path.glob(PATTERN)
    kept = sqlite3.connect(copy)

    assert copy.name == f"before-schema-{max(NUMBERS)}.sqlite"
    assert kept.execute("SELECT n FROM counters WHERE name = 'before'").fetchone() == (7,)
    assert kept.execute("PRAGMA user_version").fetchone() == (NUMBERS[1],)
    kept.close()


def test_no_room_for_a_copy_stops_nothing(tmp_path: Path) -> None:
    """A folder that is gone stands for a disk that says no."""
    db = at(NUMBERS[0])

    assert keep_before(db, tmp_path / "gone" / DATABASE, max(NUMBERS)) is None
    db.close()

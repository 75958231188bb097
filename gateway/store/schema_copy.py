"""A copy of the database beside itself before its schema is migrated: the last way back where a migration goes wrong.

The usual way back needs none of it: schemas only grow, so that the release before works on the newer one.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import structlog

log = structlog.get_logger()

NAME = "before-schema-{number}.sqlite"
PATTERN = "before-schema-*.sqlite"


def keep_before(db: sqlite3.Connection, path: Path, newest: int) -> Path | None:
    """Copy `path` where its schema is older than `newest`; only the newest copy stays. It never stands in the way."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if not 0 < version < newest:
        return None
    copy = path.with_name(NAME.format(number=newest))
    try:
        if shutil.disk_usage(path.parent).free < 2 * path.stat().st_size:
            log.warning("no_room_to_copy_before_migration", schema=version)
            return None
        fresh = copy.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with closing(sqlite3.connect(fresh)) as target:
            db.backup(target)
        for old in path.parent.glob(PATTERN):
            old.unlink()
        fresh.replace(copy)
    except (OSError, sqlite3.Error) as error:
        log.warning("not_copied_before_migration", why=str(error))
        return None
    log.info("copied_before_migration", to=copy.name, schema=version)
    return copy

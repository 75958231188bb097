"""The gateway's database, read beside a running gateway without disturbing it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from gateway.adapters.foreign import rows_beside
from gateway.beliefs.endpoint_rows import EndpointRows
from gateway.beliefs.memory import Memory
from gateway.beliefs.site_book import shelves_in
from gateway.ops import judge, runs
from gateway.ops.findings import Finding, bad, good, warning
from gateway.ops.overview import bytes_of
from gateway.ops.words import size
from gateway.site_file.site import Site
from gateway.store.counters import all_counters
from gateway.store.outbox import debt
from gateway.store.quarantine import by_reason
from gateway.store.schema import DATABASE, SCHEMAS, is_torn

CHECK_S = 20.0  # a larger database is looked at in part
STEPS = 100_000  # of sqlite between two looks at the time


def database(folder: Path) -> list[Finding]:
    """Sound, of a schema that we know, and whether another one had to be put aside."""
    path = folder / DATABASE
    findings = []
    torn = tuple(sorted(found.name for found in folder.glob(f"{DATABASE}.torn-*") if found.suffix != ".sqlite"))
    if torn:
        findings.append(warning("database", "database_torn", count=len(torn), names=torn))
    if not path.exists():
        return [*findings, good("database", "database_none")]
    try:
        with closing(_open(path)) as db:
            return findings + list(_soundness(db, path))
    except sqlite3.DatabaseError as error:
        code = "database_damaged" if is_torn(error) else "database_failing"
        return [*findings, bad("database", code, why=str(error))]


def contents(folder: Path, site: Site | None, now_ms: int, *, running: bool) -> list[Finding]:
    """What the database says of endpoints, queue and starts; nothing where it cannot be read."""
    path = folder / DATABASE
    if not path.exists():
        return []
    try:
        with closing(_open(path)) as db:
            owed = debt(db)
            found = judge.outbox(owed.pending, owed.oldest_ms, all_counters(db), now_ms)
            found += [judge.quarantine(by_reason(db)), judge.shelved(shelves_in(db), now_ms)]
            found.append(judge.starts(runs.newest(db), now_ms))
            if site is not None and running:
                rows = EndpointRows(site, Memory(site))
                rows.foreign = rows_beside(site)
                found += judge.endpoints(rows.everything(db, watching=True))
            return found
    except sqlite3.DatabaseError:
        return []  # told by `database`


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _soundness(db: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > max(SCHEMAS):
        yield warning("database", "database_newer", found=version, known=max(SCHEMAS))
    deadline_s = time.monotonic() + CHECK_S
    db.set_progress_handler(lambda: time.monotonic() > deadline_s, STEPS)
    try:
        (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:
        if time.monotonic() <= deadline_s:
            raise
        yield good("database", "database_large", size=size(bytes_of(path)))
        return
    finally:
        db.set_progress_handler(None, 0)
    if said == "ok":
        yield good("database", "database_good", size=size(bytes_of(path)))
    else:
        yield bad("database", "database_damaged", why=said)

"""Opening the store: migrate, then hand out transactions. What is right on SQLite is right on PostgreSQL.

SQLite knows one writer. On PostgreSQL a write that does not say what it touches waits for all others, so whatever is
right with one writer is right with twenty; the hot paths name their sites and wait only for writers of the same.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from cloud.store import documents, locks
from runtime.backoff import delay_s

BUSY_MS = 5000  # a second process (a backup) may hold the file for a moment
HASTY_MS = 100  # what is not worth waiting for waits this long
POOL = 10  # connections of one worker, and half as many more at a peak; PostgreSQL's own default is 100 for all
# a worker whose machine loses its power must not hold its locks: the server ends it within half a minute
SESSION = {
    "lock_timeout": "15s",
    "idle_in_transaction_session_timeout": "30s",
    "statement_timeout": "60s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
CONNECT_TIMEOUT_S = 10
TRIES = 5
# deadlock, serialisation failure, lock not available, the server shuts down, starts, or has no connection left
TRANSIENT = {"40P01", "40001", "55P03", "57P01", "57P02", "57P03", "53300"}
_MIGRATIONS = Path(__file__).parent / "migrations"

T = TypeVar("T")


def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _on_begin
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    # a deferred transaction that turns into a writer may fail with SQLITE_BUSY at once; an immediate one waits
    options = connection.get_execution_options()
    hasty = options.get("hasty", False)
    try:
        if hasty:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={HASTY_MS}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("write", False) else "BEGIN")
    finally:
        if hasty:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_MS}")


def make_engine(url: str) -> Engine:
    """An engine for the store; on SQLite: WAL, synchronous=FULL, foreign keys on. Raises ValueError."""
    parsed = make_url(url)
    name = parsed.get_backend_name()
    if name == "sqlite":
        engine = create_engine(parsed, json_serializer=documents.dump, hide_parameters=True)
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
        return engine
    if name != "postgresql":
        raise ValueError(f"database {name}: the store runs on sqlite and postgresql; use one of them")
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        json_serializer=documents.dump,
        hide_parameters=True,  # the text of an error goes into the log; hashes and names must not
        pool_size=POOL,
        max_overflow=POOL // 2,
        pool_pre_ping=True,  # a server that was started again is no fault of the first who asks
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in SESSION.items()),
            "connect_timeout": CONNECT_TIMEOUT_S,
        },
    )


def migrate(engine: Engine) -> None:
    """Bring the schema up to date, all of it or nothing; a newer schema than this program knows is an error."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        locks.take(connection, locks.MIGRATION)  # of several workers that start together, one does it
        if MigrationContext.configure(connection).get_current_revision() == _head():
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@cache
def _head() -> str | None:
    """The newest revision that this program knows; each is a module of its own, read once a process."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def is_transient(error: DBAPIError) -> bool:
    """True for what may work the next time: nothing was committed, and nobody is to blame."""
    state = getattr(error.orig, "sqlstate", None)
    return state in TRANSIENT or error.connection_invalidated or "database is locked" in str(error.orig)


class Store:
    """Transactions on the incident store; safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.shared = engine.dialect.name == "postgresql"  # several processes may use it at once
        self._writer = engine.execution_options(write=True)
        self._hasty = engine.execution_options(write=True, hasty=True)
        self._reader = engine
        if self.shared:
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def write(self, sites: Iterable[str] | None = None) -> Iterator[Session]:
        """A transaction that changes something: all of it or nothing.

        Without `sites` it is the only writer; with them, the only one that touches these sites.
        """
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            locks.claim(session, sites)
            yield session

    def run(self, work: Callable[[Session], T], sites: Iterable[str] | None = None) -> T:
        """`work` in a write transaction, again where the database asks for it; so it must change nothing but rows."""
        sites = None if sites is None else list(sites)
        for attempt in range(TRIES):
            try:
                with self.write(sites) as session:
                    return work(session)
            except DBAPIError as error:
                if attempt == TRIES - 1 or not is_transient(error):
                    raise
                time.sleep(delay_s(attempt))
        raise AssertionError("unreachable")

    def attempt(self, work: Callable[[Session], object], sites: Iterable[str] | None) -> bool:
        """`work` in a write transaction, unless the database cannot be written at once: then False, and no error."""
        try:
            with Session(self._hasty) as session, session.begin():
                if self.shared:
                    session.execute(text(f"SET LOCAL lock_timeout = {HASTY_MS}"))
                locks.claim(session, sites)
                work(session)
        except (DBAPIError, PoolTimeout):
            return False
        return True

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view."""
        with Session(self._reader) as session:
            yield session

    def close(self) -> None:
        """Release the connections."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """The store at a database URL, migrated."""
    engine = make_engine(url)
    migrate(engine)
    return Store(engine)

"""A private PostgreSQL server for tests: Debian's, on a socket in a folder of its own, gone when the tests are over."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from scripts.system_parts import find_postgres

START_TIMEOUT_S = 20.0
SYSTEM_USER = "postgres"  # Debian's; the server refuses to be root
_END_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
_EMPTY = """
DO $$ DECLARE name text; BEGIN
    SET LOCAL session_replication_role = replica;  -- in any order, whatever refers to what
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END $$"""
# no test survives the machine: what a power cut does to a real one is PostgreSQL's own promise
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "autovacuum": "off",
    "logging_collector": "off",
}


class Postgres:
    """One server process; `kill` and `start` come back with the same data."""

    def __init__(self, settings: dict[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gw-pg-"))  # short: the path of a socket has 107 bytes
        self._settings = {**SETTINGS, **(settings or {})}
        self._user = SYSTEM_USER if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        self._bin = find_postgres()

    def make(self) -> None:
        """Make an empty cluster."""
        if self._user:
            shutil.chown(self.folder, self._user)
        options = ("--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8")
        self._run(self._program("initdb"), "-D", str(self.folder / "data"), *options)

    def start(self) -> None:
        """Return once it answers. Raises RuntimeError with its log where it does not."""
        given = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [self._program("postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), *given]
        with (self.folder / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, user=self._user, cwd=self.folder)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start: " + (self.folder / "postgres.log").read_text())
            time.sleep(0.02)

    def kill(self) -> None:
        """End it without a goodbye to anybody (SIGQUIT: its own way to crash, so that its children go too)."""
        self._end(signal.SIGQUIT)

    def remove(self) -> None:
        """End it and delete everything."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        """For SQLAlchemy and for the centre's DATABASE_URL."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self.folder))}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A plain connection that commits each statement."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True)

    def create(self, template: str = "template0") -> str:
        """A new database made as a copy of `template`; its name."""
        name = f"t{next(self._numbers)}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def empty(self, database: str) -> None:
        """Delete every row and end what is still connected: ten times as fast as a new copy."""
        with self.connect() as connection:
            connection.execute(_END_OTHERS, [database])
        with self.connect(database) as connection:
            connection.execute(_EMPTY)

    def rename(self, database: str, name: str) -> None:
        """Give a database another name, so that nobody finds it; ends who is in it."""
        with self.connect() as connection:
            connection.execute(_END_OTHERS, [database])
            connection.execute(f"ALTER DATABASE {database} RENAME TO {name}".encode())

    def drop(self, database: str) -> None:
        """Delete a database, whoever is still in it."""
        self._say(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def _say(self, statement: str) -> None:
        with self.connect() as connection:
            connection.execute(statement.encode())

    def _program(self, name: str) -> str:
        if self._bin is None:
            raise FileNotFoundError("PostgreSQL")
        return str(self._bin / name)

    def _run(self, *command: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, user=self._user, cwd=self.folder, check=False)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr}")

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.wait(START_TIMEOUT_S)
        self._process = None


@contextmanager
def running(settings: dict[str, str] | None = None) -> Iterator[Postgres]:
    """A server as a context."""
    server = Postgres(settings)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.remove()

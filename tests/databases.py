"""Databases that are migrated once per test process: each test finds one that is new to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.postgres import Postgres

SQLITE = "sqlite"
POSTGRES = pytest.param("postgresql", marks=pytest.mark.postgres)
BOTH = (SQLITE, POSTGRES)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file without a row."""
    path = tmp_path_factory.mktemp("template") / "incidents.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> str:
    """The name of a migrated database; emptied before each test that uses it."""
    name = postgres.create()
    _migrate(postgres.url(name))
    return name


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An empty store of this test in a file, `incidents.db` in its folder."""
    path = tmp_path / "incidents.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Postgres, migrated_postgres: str) -> str:
    """An empty store of this test on PostgreSQL."""
    postgres.empty(migrated_postgres)
    return postgres.url(migrated_postgres)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty store of this test: the test runs once on each database."""
    name = "sqlite_url" if request.param == SQLITE else "postgres_url"
    return str(request.getfixturevalue(name))


def _migrate(url: str) -> None:
    from cloud.store.engine import open_store  # tests of boards and domains need not pay for it

    open_store(url).close()

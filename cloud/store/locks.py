"""Who may write at the same time, by PostgreSQL's advisory locks; on SQLite there is one writer anyway.

All are taken at the beginning, in one order, so that no two writers wait for each other; the server gives them back
when the transaction ends, however it ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

ALL = 1  # every writer: shared by those that name their sites, alone by one that does not
MIGRATION = 2
_SPACE = 0x6777  # "gw": keeps our small numbers apart from other programs' in the same database

_EXCLUSIVE = text("SELECT pg_advisory_xact_lock(:space, :name)")
_SHARED = text("SELECT pg_advisory_xact_lock_shared(:space, :name)")
_SITES = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")


def take(connection: Connection | Session, name: int) -> None:
    """Wait until nobody else has it; held to the end of the transaction."""
    if _on_postgresql(connection):
        connection.execute(_EXCLUSIVE, {"space": _SPACE, "name": name})


def claim(session: Session, sites: Iterable[str] | None) -> None:
    """Become the only writer, or the only one of `sites`."""
    if not _on_postgresql(session):
        return
    if sites is None:
        take(session, ALL)
        return
    session.execute(_SHARED, {"space": _SPACE, "name": ALL})
    session.execute(_SITES, {"keys": sorted(map(_key, set(sites)))})


def _key(site: str) -> int:
    """Two sites with the same key only wait for each other."""
    return int.from_bytes(hashlib.blake2b(site.encode(), digest_size=8).digest(), "big", signed=True)


def _on_postgresql(connection: Connection | Session) -> bool:
    bind = connection.get_bind() if isinstance(connection, Session) else connection
    return bind.dialect.name == "postgresql"

"""The database cannot be written: who reads goes on reading, and the log holds nobody's secrets."""

from __future__ import annotations

import sqlite3
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cloud.trust.principals import Grant
from cloud.trust.sessions import IDLE_MS, MINUTE_MS
from cloud.trust.tokens import NewToken
from domain.people import Role
from tests.cloud.conftest import Centre
from tests.cloud.test_trust import GOOD, ready, trust_of


def test_who_is_logged_in_stays_so(sqlite_centre: Centre) -> None:
    """A writer that hangs: nobody waits for 'last seen', and nobody is logged out for it while he is there."""
    trust = trust_of(sqlite_centre)
    secret = trust.log_in(ready(trust), GOOD, "")
    token = trust.tokens.make(NewToken(name="wall", grants=(Grant(role=Role.OPERATOR),)), by="test")
    hangs = sqlite3.connect(str(sqlite_centre.store.engine.url.database), isolation_level=None)
    hangs.execute("BEGIN IMMEDIATE")
    began_s = time.monotonic()
    for _ in range(2):
        sqlite_centre.clock.go((IDLE_MS - MINUTE_MS) / 1000)
        assert trust.sessions.of(secret) is not None
        assert trust.by_token(token) is not None
    assert time.monotonic() - began_s < 4  # the store's own patience is 5 s for each
    hangs.execute("ROLLBACK")
    hangs.close()
    sqlite_centre.clock.go(MINUTE_MS / 1000)
    assert trust.sessions.of(secret) is not None
    assert trust.by_token(token) is not None
    now_ms = sqlite_centre.clock.now_ms()
    assert trust.tokens.rows()[0].used_at_ms == now_ms
    sqlite_centre.clock.go(IDLE_MS / 1000)
    assert trust.sessions.of(secret) is None


def test_an_attempt_is_a_transaction(centre: Centre) -> None:
    """On both databases: done where nothing is in the way, and said where it cannot be."""
    assert centre.store.attempt(lambda session: session.execute(text("SELECT 1")), ["here"])
    assert not centre.store.attempt(lambda session: session.execute(text("SELECT nothing")), ["here"])
    with centre.store.write() as session:
        session.execute(text("SELECT 1"))
        assert not centre.store.attempt(lambda session: session.execute(text("SELECT 1")), ["here"])


def test_errors_of_the_database_hold_no_values(centre: Centre) -> None:
    """Their text goes into the log."""
    with pytest.raises(DBAPIError) as failed, centre.store.write() as session:
        session.execute(text("SELECT :word FROM nowhere"), {"word": "secret-hash"})
    assert "secret-hash" not in str(failed.value)

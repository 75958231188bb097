"""Alembic's way in: runs on the connection that `cloud.store.engine.migrate` gives it."""

from __future__ import annotations

from alembic import context

from cloud.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()

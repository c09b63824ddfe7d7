"""Run by Alembic: upgrades over the connection that `store.database.migrate` hands over."""

from __future__ import annotations

from alembic import context

import store.statement_schema  # noqa: F401 - its tables are the metadata's
from store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

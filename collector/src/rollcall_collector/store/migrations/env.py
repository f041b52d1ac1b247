"""Runs migrations on the connection that the caller holds, so that they share its transaction."""

from alembic import context

from rollcall_collector.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()

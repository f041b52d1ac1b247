"""What the collector must remember between starts."""

from sqlalchemy import Column, Table, Text

from rollcall_collector.store.tables.metadata import metadata

kept_settings = Table(
    "kept_settings",  # what the collector must remember between starts: secrets it made, marks of jobs
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

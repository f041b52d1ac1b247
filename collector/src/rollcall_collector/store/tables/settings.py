"""What the collector must remember between starts."""

from sqlalchemy import JSON, BigInteger, Column, Table, Text

from rollcall_collector.store.tables.metadata import metadata

kept_settings = Table(
    "kept_settings",  # what the collector must remember between starts: secrets it made, marks of jobs
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
part_runs = Table(
    "part_runs",  # how each part that works by itself fared last: a job, an ingest, the mirror
    metadata,
    Column("part", Text, primary_key=True),
    Column("began_us", BigInteger, nullable=False),
    Column("noted_us", BigInteger, nullable=False),
    Column("told", JSON, nullable=False),  # what it says of itself, by name; counts began when the part did
    Column("trouble", Text, nullable=False, server_default=""),  # empty: it is well
)

"""What is kept of each publisher, what was refused, what a device dropped, what the mirror is still to get."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from rollcall_collector.store.tables.metadata import Key, metadata

watermarks = Table(
    "watermarks",
    metadata,
    Column("epoch_key", Key, primary_key=True),
    Column("publisher", ForeignKey("publishers.publisher"), nullable=False),
    Column("epoch", Text, nullable=False),
    Column("upto", BigInteger, nullable=False),  # every seq up to here is kept or refused
    Column("ranges", Text, nullable=False, server_default="[]"),  # sparse ranges above it: [[first, last], …]
    UniqueConstraint("publisher", "epoch"),
)
refusals = Table(
    "refusals",
    metadata,
    Column("refusal", Key, primary_key=True),
    Column("received_us", BigInteger, nullable=False),
    Column("publisher", Text, nullable=False),  # as the topic names it: it may be nobody we know
    Column("epoch", Text),
    Column("seq", BigInteger),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("size", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),  # its first 2 KiB
    Index("ix_refusals_received_us", "received_us"),
)
gaps = Table(
    "gaps",
    metadata,
    Column("gap", Key, primary_key=True),
    Column("device", ForeignKey("devices.device"), nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)

mirror_outbox = Table(
    "mirror_outbox",
    metadata,
    Column("line", Key, primary_key=True),
    Column("body", Text, nullable=False),  # InfluxDB line protocol
)

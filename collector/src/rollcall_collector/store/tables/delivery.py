"""What is kept of each publisher, what was refused, dropped or lost, what the mirror is still to get."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from rollcall_collector.store.tables.metadata import Key, metadata

watermarks = Table(
    "watermarks",
    metadata,
    Column("epoch_key", Key, primary_key=True),
    Column("publisher", ForeignKey("publishers.publisher"), nullable=False),
    Column("epoch", Text, nullable=False),
    Column("upto", BigInteger, nullable=False),  # every seq up to here is kept or refused
    Column("ranges", Text, nullable=False, server_default="[]"),  # sparse ranges above it: [[first, last], …]
    Column("is_copy", Boolean, nullable=False, server_default=false()),  # its outbox was an older copy
    Column("is_followed", Boolean, nullable=False, server_default=false()),  # another run went on after it
    Column("moved_on", Integer),  # the last day on which it settled anything
    UniqueConstraint("publisher", "epoch"),
)
copies = Table(
    "copies",  # publishers whose state folder was put back to an older copy, or is in use twice
    metadata,
    Column("publisher", ForeignKey("publishers.publisher"), primary_key=True),
    Column("set_backs", Integer, nullable=False, server_default="0"),
    Column("set_back_us", BigInteger),  # the last time; rounded to the day outside school hours
    Column("shared", Integer, nullable=False, server_default="0"),
    Column("shared_us", BigInteger),
)
put_offs = Table(
    "put_offs",  # publishers that said far more than they may
    metadata,
    Column("publisher", ForeignKey("publishers.publisher"), primary_key=True),
    Column("began_us", BigInteger, nullable=False),
    Column("until_us", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),  # how often it was cut off
    Column("not_read", BigInteger, nullable=False),  # its messages that were dropped unread
    Column("is_cut", Boolean, nullable=False),  # brokers refuse it for now
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
restores = Table(
    "restores",  # how often the store came back from a backup
    metadata,
    Column("restore", Key, primary_key=True),
    Column("backup_us", BigInteger, nullable=False),  # of when it then was
    Column("restored_us", BigInteger, nullable=False),
    Column("closed_us", BigInteger),  # a person has seen to it
    Column("closed_by", Text),
)
restore_marks = Table(
    "restore_marks",  # up to which number each outbox was settled in the backup
    metadata,
    Column("restore", ForeignKey("restores.restore"), primary_key=True),
    Column("epoch_key", ForeignKey("watermarks.epoch_key", ondelete="CASCADE"), primary_key=True, index=True),
    Column("highest", BigInteger, nullable=False),
)
mirror_outbox = Table(
    "mirror_outbox",
    metadata,
    Column("parcel", Key, primary_key=True),
    Column("kept_us", BigInteger, nullable=False),  # when its facts were kept
    Column("lines", Integer, nullable=False),
    Column("size", Integer, nullable=False),  # bytes of the body
    Column("body", LargeBinary, nullable=False),  # its facts (`store.keeping.parcel`)
    sqlite_autoincrement=True,  # a number that was seen and removed must not come again
)

"""Who tells of a device where that is more than its own agent, and what each of several publishers said of it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from rollcall_collector.store.tables.metadata import Key, metadata

device_publishers = Table(
    "device_publishers",  # of a device that only its own agent tells of there is no row
    metadata,
    Column("teller", Key, primary_key=True),
    Column("device", ForeignKey("devices.device"), nullable=False),
    Column("publisher", ForeignKey("publishers.publisher"), nullable=False),
    Column("apart_on", Integer),  # the day since which words are kept apart: when the second began to tell
    Column("is_first", Boolean, nullable=False, server_default=false()),  # all before that day was this one's word
    Column("last_heard_us", BigInteger),
    Column("inventory", Text),  # JSON as the wire has it: what this publisher said last
    Column("inventory_us", BigInteger),
    Column("inventory_epoch_key", BigInteger),
    Column("inventory_seq", BigInteger),
    Column("vitals", Text),
    Column("vitals_us", BigInteger),
    Column("vitals_epoch_key", BigInteger),
    Column("vitals_seq", BigInteger),
    UniqueConstraint("device", "publisher"),
)
device_publisher_days = Table(
    "device_publisher_days",  # of a device with several publishers: the sums that are not to be added up twice
    metadata,
    Column("device", BigInteger, primary_key=True),
    Column("publisher", BigInteger, primary_key=True),
    Column("on", Integer, primary_key=True),
    Column("reports", Integer, nullable=False),
    Column("awake_seconds", Float),
)
bridge_checks = Table(
    "bridge_checks",  # what each bridge's check of its own service found last
    metadata,
    Column("publisher", ForeignKey("publishers.publisher"), primary_key=True),
    Column("service", Text, nullable=False),  # the bridge's name on the command line, such as google
    Column("checked_us", BigInteger, nullable=False),
    Column("checks", Text, nullable=False),  # JSON: subject, says, way_out, is_fault of each
    Column("round_seconds", Float),  # how long its last whole round took
)
roll_callers = Table(
    "roll_callers",  # bridges that can ask their devices: when each came last for whom to call
    metadata,
    Column("publisher", ForeignKey("publishers.publisher"), primary_key=True),
    Column("asked_us", BigInteger, nullable=False),
)
roll_calls = Table(
    "roll_calls",  # devices behind a bridge that somebody needs to know of now
    metadata,
    Column("device", ForeignKey("devices.device"), primary_key=True),
    Column("called_us", BigInteger, nullable=False),
    Column("needed_us", BigInteger, nullable=False),  # the lesson or the moment it is needed for
)
tellings = Table(
    "tellings",  # of a device with several publishers: each one's word about a start or failure, and which fact it is
    metadata,
    Column("telling", Key, primary_key=True),
    Column("device", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),  # boot, or channel/code
    Column("told_on", Integer, nullable=False),
    Column("told_us", BigInteger, nullable=False),
    Column("is_day_only", Boolean, nullable=False),
    Column("publisher", BigInteger, nullable=False),
    Column("name", Text),  # a start's boot_id
    Column("fact", BigInteger, nullable=False),  # the key in boots or failures
    Column("said", Text, nullable=False),  # JSON: the columns of that fact, as this publisher gave them
    Index("ix_tellings_device_subject_told_on", "device", "subject", "told_on"),
)

"""What devices reported, and the newest each said."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, Table, Text, UniqueConstraint, text

from rollcall_collector.model.day_field import DayField
from rollcall_collector.model.fact import DAY_FIELDS
from rollcall_collector.store.tables.metadata import Key, metadata


def _column_type(field: DayField) -> type[Float[float] | Integer]:
    if field.type is float:
        return Float
    return Integer if field.roll_up.is_small else BigInteger


IS_HURT = text("failures + unclean_stops > 0")
"""Of a day: as its index has it, and so as questions must."""
IS_NO_RETURN = text("failures.channel = 'management' AND failures.code = 'restart_no_return'")
"""It restarted, and did not come back by itself: few, and in an index of their own."""

boots = Table(
    "boots",
    metadata,
    Column("boot", Key, primary_key=True),
    Column("device", BigInteger, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("booted_us", BigInteger, nullable=False),
    Column("booted_on", Integer, nullable=False),
    Column("is_day_only", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("start_kind", Text, nullable=False),
    Column("firmware_seconds", Float),
    Column("loader_seconds", Float),
    Column("kernel_seconds", Float),
    Column("userspace_seconds", Float),
    Column("to_login_seconds", Float),
    Column("os_version", Text),
    Column("previous_stop", Text, nullable=False),
    Column("stop_cause", Text, nullable=False),
    Column("stop_code", Text),
    UniqueConstraint("device", "boot_id"),  # the only index: it counts a start once and finds a device's starts
)
failures = Table(
    "failures",
    metadata,
    Column("failure", Key, primary_key=True),
    Column("device", BigInteger, nullable=False),
    Column("epoch_key", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("occurred_us", BigInteger, nullable=False),
    Column("occurred_on", Integer, nullable=False),
    Column("is_day_only", Boolean, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("boot_id", Text),
    Column("evidence", Text, nullable=False, server_default="{}"),
    UniqueConstraint("device", "epoch_key", "seq"),
    Index("ix_failures_no_return", "device"),  # WHERE IS_NO_RETURN: see teachers
)
device_days = Table(
    "device_days",  # one row a device and active day: exposure, the 30-day bars, the vitals' roll-up
    metadata,
    Column("device", BigInteger, primary_key=True),
    Column("on", Integer, primary_key=True),
    *(Column(one.name, _column_type(one), nullable=one.is_optional) for one in DAY_FIELDS),
    Index("ix_device_days_hurt", "on", "device"),  # WHERE IS_HURT: see teachers
)
device_states = Table(
    "device_states",  # the newest of each kind a device sent; its number guards it against replays
    metadata,
    Column("device", BigInteger, primary_key=True),
    Column("last_heard_us", BigInteger),
    Column("inventory", Text),  # JSON as the wire has it
    Column("inventory_epoch_key", BigInteger),
    Column("inventory_seq", BigInteger),
    Column("vitals", Text),
    Column("vitals_us", BigInteger),
    Column("vitals_epoch_key", BigInteger),
    Column("vitals_seq", BigInteger),
)

"""What pages read of the whole fleet, kept beside the facts; `store/kept/README.md` says from what each is made."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, Table, Text, false

from rollcall_collector.store.tables.metadata import metadata

day_counts = Table(
    "day_counts",  # devices and reports of a day, by the site and model that the devices have now; triggers keep it
    metadata,
    Column("on", Integer, primary_key=True, autoincrement=False),
    Column("site", BigInteger, primary_key=True, autoincrement=False),  # 0: none
    Column("model", Text, primary_key=True),  # empty: not known
    Column("writer", BigInteger, primary_key=True, autoincrement=False),  # its rows add up; 0 but on PostgreSQL
    Column("active", BigInteger, nullable=False),
    Column("hurt", BigInteger, nullable=False),  # of them: failed, or stopped uncleanly
    Column("reports", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
start_bands = Table(
    "start_bands",  # how long the devices of a model take to start, week by week, as the last judging left it
    metadata,
    Column("model", Text, primary_key=True),
    Column("week", Integer, primary_key=True, autoincrement=False),  # Mondays, counted from that before 1970-01-01
    Column("low_seconds", Float, nullable=False),
    Column("middle_seconds", Float, nullable=False),
    Column("high_seconds", Float, nullable=False),
    Column("devices", Integer, nullable=False),
)
start_band_changes = Table(
    "start_band_changes",  # of which weeks starts were told, changed or moved since their band was made; by triggers
    metadata,
    Column("model", Text, primary_key=True),
    Column("week", Integer, primary_key=True, autoincrement=False),
    Column("writer", BigInteger, primary_key=True, autoincrement=False),  # 0 but on PostgreSQL
    Column("changes", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
plan_changes = Table(
    "plan_changes",  # how often anything changed that a plan is made from; triggers count it
    metadata,
    Column("writer", BigInteger, primary_key=True, autoincrement=False),  # 0 but on PostgreSQL
    Column("changes", BigInteger, nullable=False),
)
presence = Table(
    "presence",  # where each device belongs, when it was heard and what it told of its battery; triggers keep it
    metadata,
    Column("site", BigInteger, primary_key=True, autoincrement=False),  # 0: none
    Column("cart", BigInteger, primary_key=True, autoincrement=False),  # 0: none
    Column("device", BigInteger, primary_key=True, autoincrement=False, unique=True),
    Column("is_retired", Boolean, nullable=False),
    Column("heard_us", BigInteger),
    Column("told_us", BigInteger),
    Column("level_percent", Float),
    Column("is_charging", Boolean, nullable=False, server_default=false()),  # as it said last, with its level
    Column("is_plugged_in", Boolean, nullable=False, server_default=false()),
    sqlite_with_rowid=False,
)

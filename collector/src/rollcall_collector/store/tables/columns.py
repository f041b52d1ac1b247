"""Facts as columns, kept beside their rows so that a night reads only what is new; all of it can be made anew."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table

from rollcall_collector.store.tables.metadata import Key, metadata

kept_bands = Table(
    "kept_bands",  # some hundred devices by their keys: which of their facts stand in columns
    metadata,
    Column("band", Integer, primary_key=True, autoincrement=False),
    Column("form", Integer, nullable=False),  # of the columns; those of another form are made anew
    Column("since_on", Integer, nullable=False),  # days from this one …
    Column("until_on", Integer, nullable=False),  # … up to this one (excluded) are there
    Column("last_boot", BigInteger, nullable=False),  # and starts up to this key
)
kept_columns = Table(
    "kept_columns",
    metadata,
    Column("band", Integer, primary_key=True, autoincrement=False),
    Column("month", Integer, primary_key=True, autoincrement=False),  # thirty days, counted from 1970-01-01
    Column("days", LargeBinary, nullable=False),
    Column("starts", LargeBinary, nullable=False),
)
late_changes = Table(
    "late_changes",  # days and starts that changed after they may have been taken into columns
    metadata,
    Column("change", Key, primary_key=True),
    Column("device", BigInteger, nullable=False),
    Column("on", Integer, nullable=False),
    Column("boot", BigInteger),  # NULL: the day
    sqlite_autoincrement=True,  # a number that was seen and removed must not come again
)

"""What pages read of the whole fleet, kept beside the facts; `store/kept/README.md` says from what each is made."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

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

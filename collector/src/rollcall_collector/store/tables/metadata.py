"""The one collection of tables, how their keys are named, and the key that counts by itself."""

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# An autoincrementing key: SQLite gives one only to a column spelled INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")

"""Tells a database that is lost for a moment from a value that it will never take."""

import sqlite3

import psycopg
import sqlalchemy as sa

from rollcall_collector.store.keeping.keeper import StaleError

_WRONG_VALUES = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    psycopg.IntegrityError,
    psycopg.DataError,
    OverflowError,
    UnicodeEncodeError,
)
_LOST = (StaleError, sqlite3.DatabaseError, psycopg.Error, sa.exc.SQLAlchemyError)


def is_wrong_value(error: Exception) -> bool:
    """Whether the same batch would fail again for ever, because of what one message holds."""
    # A database that refuses every change, because it has moved, says that by triggers.
    is_refusal = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CONSTRAINT_TRIGGER
    return isinstance(error, _WRONG_VALUES) and not is_refusal


def is_store_lost(error: Exception) -> bool:
    """Whether the same batch may succeed later: the disk was full, the lock taken, the server away."""
    return isinstance(error, _LOST) and not is_wrong_value(error)

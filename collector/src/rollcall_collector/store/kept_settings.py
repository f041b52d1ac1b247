"""Remembers what the collector itself made, such as its own broker password and the mark of the last change."""

import secrets
from collections.abc import Callable

from sqlalchemy import Connection, Engine, select, update

from rollcall_collector.store.putting import insert_into
from rollcall_collector.store.tables import kept_settings

_CREDENTIALS_MARK = "credentials.mark"
TELLERS_MARK = "tellers.mark"
"""Changes whenever somebody begins to tell of a device that others tell of too."""
LATE_BEFORE = "columns.late_before_on"
"""Changes of days before this one are noted (`store.keeping.late_changes`); there is none before the first night."""
COLUMNS_READER = "columns.reader"
"""Who brings the columns up to date: whoever began last."""


def get_or_create(engine: Engine, name: str, make: Callable[[], str]) -> str:
    """The kept value; on first use the one that `make` gives. Two that ask at once get the same value."""
    with engine.begin() as connection:
        found = get_setting(connection, name)
        if found is not None:
            return found
        insert_setting(connection, name, make())
        kept = get_setting(connection, name)
    assert kept is not None
    return kept


def read_setting(engine: Engine, name: str) -> str | None:
    """The kept value, or None."""
    with engine.connect() as connection:
        return get_setting(connection, name)


def get_setting(connection: Connection, name: str) -> str | None:
    """The kept value, or None, in the caller's transaction."""
    found = connection.execute(select(kept_settings.c.value).where(kept_settings.c.name == name)).scalar_one_or_none()
    return None if found is None else str(found)


def insert_setting(connection: Connection, name: str, value: str) -> None:
    """Keep a value where there is none yet, in the caller's transaction."""
    connection.execute(
        insert_into(connection, kept_settings)
        .values(name=name, value=value)
        .on_conflict_do_nothing(index_elements=["name"])
    )


def write_setting(engine: Engine, name: str, value: str) -> None:
    """Keep a value, in place of an earlier one."""
    with engine.begin() as connection:
        put_setting(connection, name, value)


def put_setting(connection: Connection, name: str, value: str) -> None:
    """Keep a value, in place of an earlier one, in the caller's transaction."""
    statement = insert_into(connection, kept_settings).values(name=name, value=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    )


def mark_credentials(connection: Connection) -> None:
    """Say, in the transaction that changes who may speak, that brokers must read the credentials anew.

    It is also the lock that lets one such change happen at a time, on both databases: call it before reading.
    """
    put_setting(connection, _CREDENTIALS_MARK, secrets.token_hex(8))


def mark_tellers(connection: Connection) -> None:
    """Say, in the transaction that adds who tells of a device, that ingest must read that anew."""
    put_setting(connection, TELLERS_MARK, secrets.token_hex(8))


def lock_credentials(connection: Connection) -> None:
    """Keep other enrollments out until this transaction ends, where no credential changes: brokers need not look."""
    same = update(kept_settings).where(kept_settings.c.name == _CREDENTIALS_MARK).values(value=kept_settings.c.value)
    if connection.execute(same).rowcount == 0:
        mark_credentials(connection)


def read_credentials_mark(engine: Engine) -> str | None:
    """A random word that differs after every change of who may speak."""
    return read_setting(engine, _CREDENTIALS_MARK)

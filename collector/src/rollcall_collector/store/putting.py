"""Puts rows in the place of earlier ones with the same key, in the words of either database."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import registry


def put_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of all columns, each in the place of the one with its key."""
    if rows:
        connection.execute(_statement(connection.dialect.name, table), list(rows))


def put_tuples(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """The same of many rows of numbers and texts, all columns in their order: the driver is given them as they are."""
    if rows:
        connection.exec_driver_sql(_text(connection.dialect.name, table), list(rows))


def insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return _insert(connection.dialect.name, table)


def _insert(dialect: str, table: Table) -> Any:
    # Each brings its drivers along: SQLite's commands would load PostgreSQL's, a twentieth of what a short verb costs.
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


@cache
def _text(dialect: str, table: Table) -> str:
    """Of `put_rows`, with a place for each column's value."""
    driver, style = ("sqlite", "qmark") if dialect == "sqlite" else ("postgresql.psycopg", "format")
    return str(_statement(dialect, table).compile(dialect=registry.load(driver)(paramstyle=style)))


@cache
def _statement(dialect: str, table: Table) -> Insert:
    insert = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    others = {column.name: insert.excluded[column.name] for column in table.c if column.name not in keys}
    put: Insert = insert.on_conflict_do_update(index_elements=keys, set_=others)
    return put

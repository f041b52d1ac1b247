"""Writes many rows by one statement: one after the other on SQLite, on PostgreSQL each column as one array."""

# ruff: noqa: S608  # texts and names of `statements`; every value is a parameter

from collections.abc import Sequence
from typing import Any

from sqlalchemy import make_url

from rollcall_collector.store.tables import metadata

_POSTGRESQL = make_url("postgresql+psycopg://").get_dialect()()


class AtOnce(str):
    """A statement whose parameters are arrays: a statement a row would cost PostgreSQL twice what the rows do."""

    __slots__ = ()


def at_once(text: str, table: str, columns: Sequence[str]) -> AtOnce:
    """This INSERT or UPDATE of one row as one of many. Each `?` is a value as this column of the table holds it."""
    types = [metadata.tables[table].c[one].type.compile(_POSTGRESQL) for one in columns]
    names = [f"v{place}" for place in range(len(columns))]
    rows = f"unnest({', '.join(f'%s::{one}[]' for one in types)}) AS new ({', '.join(names)})"
    if text.startswith("INSERT"):
        return AtOnce(text.replace(f"VALUES ({marks(columns)})", f"SELECT * FROM {rows}"))
    change, condition = text.replace("?", "{}").format(*names).split(" WHERE ")
    return AtOnce(f"{change} FROM {rows} WHERE {condition}")


def marks(columns: Sequence[str]) -> str:
    """A `?` for each column."""
    return ", ".join("?" * len(columns))


def write_rows(cursor: Any, statement: str, rows: Sequence[Sequence[Any]]) -> int:
    """Write the rows in their order; returns how many were added or changed."""
    if not rows:
        return 0
    if isinstance(statement, AtOnce):
        cursor.execute(statement, [_array(column) for column in zip(*rows, strict=True)])
    else:
        cursor.executemany(statement, rows)
    return int(cursor.rowcount)


def _array(column: Sequence[Any]) -> str:
    # By hand: psycopg's own way to write a list takes three times as long.
    return f"{{{','.join([_element(value) for value in column])}}}"


def _element(value: Any) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return "NULL" if value is None else repr(value)

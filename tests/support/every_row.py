"""Fills every table of a store, whatever tables there are, and reads all of a store apart from the product's own ways."""

import json
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    LargeBinary,
    Table,
    Text,
    cast,
    insert,
    select,
)

from rollcall_collector.store.moving.marks import MARK
from rollcall_collector.store.tables import metadata

ROWS = 3


def fill_every_table(engine: Engine, *, beginning_at: int = 1) -> None:
    """Rows in each table of a SQLite store: a full one, one with nothing where nothing may be, one with JSON's null.

    Where a trigger has made one already, that stays.
    """
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            for number in range(beginning_at, beginning_at + ROWS):
                connection.execute(insert(table).prefix_with("OR IGNORE").values(_row(table, number)))


def every_row(engine: Engine) -> dict[str, set[str]]:
    """Every row of every table, as text, but the mark of a move; none twice, since each has its key."""
    with engine.connect() as connection:
        return {table.name: _rows(connection, table) for table in metadata.sorted_tables}


def _rows(connection: Connection, table: Table) -> set[str]:
    # JSON as text, for a column may hold NULL or JSON's null.
    columns = [cast(one, Text) if isinstance(one.type, JSON) else one for one in table.c]
    return {repr(tuple(row)) for row in connection.execute(select(*columns)) if row[0] != MARK}


def _row(table: Table, number: int) -> dict[str, Any]:
    return {
        one.name: None if one.nullable and number % 2 == 0 else _value(one, number)
        for one in table.c
        if not (one.nullable and number % 2 == 0 and isinstance(one.type, JSON))
    }


def _value(column: Column[Any], number: int) -> Any:
    values = {
        JSON: {"ü": [number, None, 0.1, "\u2028"]} if number % 3 else None,  # as JSON's null
        Boolean: number % 2 == 1,
        Float: number / 3,
        Integer: number,
        LargeBinary: bytes([0, number, 255]),
        Text: "\t\n"
        + json.dumps(f"{column.name} \\N 'é' {number}", ensure_ascii=False),  # some texts are read as JSON
    }
    kind = Integer if column.foreign_keys else type(column.type)
    return next(value for one, value in values.items() if issubclass(kind, one))

"""Reads rows of any table alike on both databases: in the order of their keys, each value as both say it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Any, TypeAlias

from sqlalchemy import JSON, ColumnElement, Connection, Select, Table, Text, and_, cast, select, true, tuple_

from rollcall_collector.store.moving.marks import MARK
from rollcall_collector.store.tables import kept_settings, metadata

TABLES: tuple[Table, ...] = tuple(metadata.sorted_tables)
Values: TypeAlias = tuple[Any, ...]
_DIGEST_BYTES = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class TableSum:
    """How many rows, and a checksum that does not depend on their order: the digests of all rows added up, 64 bits."""

    rows: int = 0
    checksum: int = 0

    def plus(self, rows: Sequence[Values]) -> "TableSum":
        """With these rows too."""
        return self._changed(rows, 1)

    def minus(self, rows: Sequence[Values]) -> "TableSum":
        """Without these rows."""
        return self._changed(rows, -1)

    def _changed(self, rows: Sequence[Values], sign: int) -> "TableSum":
        added = sum(map(_digest, rows))
        return TableSum(
            rows=self.rows + sign * len(rows), checksum=(self.checksum + sign * added) % (1 << 8 * _DIGEST_BYTES)
        )


def batches(
    read: Callable[[Values | None], list[Values]], table: Table, after: Values | None, limit: int
) -> Iterator[list[Values]]:
    """All rows behind this key, as `read` brings at most `limit` of them behind a key."""
    rows = read(after)
    while rows:
        yield rows
        rows = read(key_of(table, rows[-1])) if len(rows) == limit else []


def read_after(connection: Connection, table: Table, limit: int, after: Values | None) -> list[Values]:
    """The next rows behind this key, at most `limit`, in the order of the keys; from the first one without a key."""
    keys = tuple(table.primary_key.columns)
    query = _select(table).where(_but_marks(table)).order_by(*keys).limit(limit)
    return _rows(connection, table, query if after is None else query.where(tuple_(*keys) > tuple_(*after)))


def read_those(connection: Connection, table: Table, keys: Sequence[Values]) -> list[Values]:
    """The rows of these keys that are there."""
    return _rows(connection, table, _select(table).where(those(table, keys)))


def those(table: Table, keys: Sequence[Values]) -> ColumnElement[bool]:
    """What picks the rows of these keys; the mark of the move itself is never one of them."""
    return and_(tuple_(*table.primary_key.columns).in_(keys), _but_marks(table))


def key_of(table: Table, row: Values) -> Values:
    """The row's key."""
    return tuple(row[place] for place in _key_places(table))


def speakable(values: Iterable[Any]) -> Values:
    """These values as PostgreSQL takes them: its texts have no U+0000, which SQLite kept."""
    return tuple(one.replace("\0", "") if isinstance(one, str) else one for one in values)


def _digest(row: Values) -> int:
    return int.from_bytes(blake2b(repr(row).encode(), digest_size=_DIGEST_BYTES).digest())


def _but_marks(table: Table) -> ColumnElement[bool]:
    return kept_settings.c.name != MARK if table is kept_settings else true()


@cache
def _select(table: Table) -> Select[Any]:
    # JSON as the text it is kept as: read as values, NULL and JSON's null would be one.
    return select(*(cast(one, Text).label(one.name) if isinstance(one.type, JSON) else one for one in table.c))


@cache
def _key_places(table: Table) -> tuple[int, ...]:
    return tuple(place for place, one in enumerate(table.c) if one.primary_key)


@cache
def _text_places(table: Table) -> tuple[int, ...]:
    return tuple(place for place, one in enumerate(table.c) if isinstance(one.type, Text))


def _rows(connection: Connection, table: Table, query: Select[Any]) -> list[Values]:
    rows = [tuple(row) for row in connection.execute(query).all()]
    texts = _text_places(table)
    for place, row in enumerate(rows):
        if any("\0" in row[text] for text in texts if row[text]):
            rows[place] = speakable(row)
    return rows

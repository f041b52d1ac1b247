"""What belongs to a cart beside its devices, such as the code stuck on it: moved along with it, and brought back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from rollcall_collector.store.tables import carts, devices

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by the name of their table, as JSON can hold them."""


def remember(connection: Connection, cart_keys: Sequence[int]) -> Rows:
    """All that belongs to these carts."""
    return {
        table.name: [
            dict(row._mapping)  # noqa: SLF001  # public name
            for row in connection.execute(select(table).where(column.in_(cart_keys)).order_by(_key(table)))
        ]
        for table, column in _tables()
    }


def point_elsewhere(connection: Connection, cart: int, same: int) -> None:
    """What belongs to the cart is its namesake's then, unless that has its own."""
    for table, column in _tables():
        for key in connection.execute(select(_key(table)).where(column == cart)).scalars().all():
            one = _key(table) == key
            if not _fits(connection, update(table).where(one).values({column.name: same})):
                connection.execute(delete(table).where(one))


def bring_back(connection: Connection, rows: Rows, again: Mapping[int, int]) -> None:
    """Give each cart its own again: `again` says which cart it is now. What was taken since stays where it is."""
    for table, column in _tables():
        for row in rows.get(table.name, ()):
            cart = {column.name: again[row[column.name]]}
            is_there = {name: value for name, value in row.items() if name in _SAYS_WHICH}
            moved = update(table).where(*(table.c[name] == value for name, value in is_there.items())).values(cart)
            if not _fits(connection, moved):
                own = {name: value for name, value in row.items() if name != _key(table).name}
                _fits(connection, insert(table).values(own | cart))


_SAYS_WHICH = frozenset({"code", "complaint", "secret_hash", "said_us"})
"""What makes a row the very same: SQLite gives the key of one that is gone to a newcomer."""


def _tables() -> Iterator[tuple[Table, Column[Any]]]:
    for table in carts.metadata.tables.values():
        for column in table.columns:
            if table is not devices and any(key.column is carts.c.cart for key in column.foreign_keys):
                yield table, column


def _key(table: Table) -> Column[Any]:
    (key,) = table.primary_key.columns
    return key


def _fits(connection: Connection, change: Any) -> bool:
    """Whether it was done; not, where something else stands in its place, or nothing to change."""
    try:
        with connection.begin_nested():
            return bool(connection.execute(change).rowcount)
    except IntegrityError:
        return False

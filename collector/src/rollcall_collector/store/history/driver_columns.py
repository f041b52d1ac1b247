"""Takes the database's answers column by column, as the driver gives them, in parts."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select

_PART = 20_000
_NAN = float("nan")


class Codes(dict[str | None, int]):
    """Numbers names as they are first met, from 0 on."""

    def __missing__(self, name: str | None) -> int:
        self[name] = code = len(self) - 1
        return code


def columns_of(connection: Connection, query: Select[Any]) -> Iterator[tuple[Sequence[Any], ...]]:
    """The answer column by column, in parts: millions of rows are never held as objects at once.

    As the driver gives them: SQLAlchemy's rows would double the time, and these types need no conversion. Not from its
    cursor itself: a streamed result has taken the first row off it already.
    """
    with connection.execute(query, execution_options={"stream_results": True}) as result:
        while part := result.cursor_strategy.fetchmany(result, result.cursor, _PART):
            yield tuple(zip(*part, strict=True))


def extend(columns: Sequence["array[Any]"], values: Sequence[Iterable[Any]]) -> None:
    """Append values column by column."""
    for column, more in zip(columns, values, strict=True):
        column.extend(more)


def floats(values: Sequence[float | None]) -> list[float]:
    """What is not known as NaN."""
    return [_NAN if value is None else value for value in values]

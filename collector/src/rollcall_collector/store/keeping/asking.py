"""Asks one database in the words of both: texts are written for SQLite, PostgreSQL marks its values otherwise."""

from collections.abc import Sequence
from typing import Any


class Ask:
    """Executes a statement on a cursor. The texts come from this folder alone; every value is a parameter."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self._is_sqlite = is_sqlite

    def __call__(self, cursor: Any, text: str, *values: Any) -> Any:
        """The cursor, after this statement."""
        return cursor.execute(self._put(text), values)

    def many(self, cursor: Any, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """This statement once a row; nothing where there is none."""
        if rows:
            cursor.executemany(self._put(text), rows)

    def locked(self, cursor: Any, text: str, *values: Any) -> Any:
        """The same, and nobody else may change these rows until the transaction ends; SQLite has one writer anyway."""
        return self(cursor, text if self._is_sqlite else f"{text} FOR UPDATE", *values)

    def _put(self, text: str) -> str:
        return text if self._is_sqlite else text.replace("?", "%s")

"""Takes a change of places back, once."""

from datetime import datetime

from sqlalchemy import Connection

from rollcall_collector.errors import StoreError
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.places.changes import find_change, mark_undone
from rollcall_collector.store.places.merging import bring_back, name_back
from rollcall_collector.store.places.moves import put_back


def undo_change(connection: Connection, scope: Scope, change: int, now: datetime) -> int:
    """Take it back; returns how many devices are where they were.

    Raises UnknownNameError for a change that is not in scope, StoreError for one that was taken back already, that
    changes what only who sees all may change, or whose place was taken since.
    """
    made, before = find_change(connection, scope, change)
    mark_undone(connection, change, now)
    if made.kind == "move":
        return put_back(connection, scope, made, before)
    if not scope.is_all:
        raise StoreError(
            "a site's name stands in the lists of the whole district: somebody who sees all must change it"
        )
    return name_back(connection, made) if made.kind == "rename" else bring_back(connection, made, before)

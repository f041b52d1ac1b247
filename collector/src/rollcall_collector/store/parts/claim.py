"""Lets one process at a time ingest a share of the fleet; whoever is killed has let go.

On PostgreSQL each bucket is an advisory lock of the very session that commits what is kept: with the session the
buckets are gone, and nothing can be written without them. On SQLite it is a lock on an empty file beside the store.
"""

import os
from typing import Any

from sqlalchemy import Engine

from rollcall_collector.errors import StoreError
from rollcall_collector.store.parts.share import Share
from rollcall_collector.store.parts.turn import lock_beside

_LOCKS = 0x726F6C6C
"""The first key of every bucket's lock; the second is the bucket."""
# One by one in rising order, and none after the first refusal: of two who come at once, one gets all it asks for.
_TAKE = "SELECT bucket FROM unnest(%s::int[]) bucket WHERE NOT pg_try_advisory_lock(%s, bucket) LIMIT 1"
_WHO = (
    "SELECT application_name, coalesce(host(client_addr), 'this computer')"
    " FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND objsubid = 2 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
# A computer that vanishes says no goodbye: the server asks it, and gives its buckets free after half a minute.
_VANISHED = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4"


class ShareTakenError(StoreError):
    """Another process ingests what this one was told to."""

    def __init__(self, share: Share, by: str) -> None:
        super().__init__(f"share {share} is taken by {by}: stop that one, or start another share with --share K/N")
        self.share = share


class Claim:
    """A share of the fleet, taken by whoever opens a connection for it and held until that is closed."""

    def __init__(self, engine: Engine, share: Share) -> None:
        self._engine = engine
        self._share = share
        self._file: int | None = None

    def take(self, cursor: Any) -> None:
        """Take the whole share in this session, outside of any transaction. Raises ShareTakenError: then close it."""
        if self._engine.dialect.name == "sqlite":
            self._file = lock_beside(self._engine, "ingest")
            if self._file is None:
                raise ShareTakenError(self._share, "another 'rollcall ingest', 'serve' or 'up' of this store")
            return
        cursor.execute(_VANISHED)
        cursor.execute("SELECT set_config('application_name', %s, false)", (f"rollcall ingest {self._share}",))
        taken = cursor.execute(_TAKE, (list(self._share.buckets), _LOCKS)).fetchone()
        if taken is not None:
            found = cursor.execute(_WHO, (_LOCKS, *taken)).fetchone()
            raise ShareTakenError(self._share, "another process" if found is None else f"'{found[0]}' on {found[1]}")

    def let_go(self) -> None:
        """Let others have it; on PostgreSQL the end of the session has done so."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

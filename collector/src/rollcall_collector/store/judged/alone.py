"""Lets one judging at a time at a store, whichever process it runs in; whoever is killed has let go."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from rollcall_collector.errors import StoreError


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Judge as the only one. Raises StoreError where another judging is under way."""
    busy = StoreError("a judging of this store is under way already: wait until it is done")
    if engine.dialect.name == "sqlite":
        # A file of its own: to close SQLite's own would open SQLite's locks on it.
        with Path(f"{engine.url.database}.judging").open("w", encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise busy from None
            yield
        return
    # Outside of any transaction: a night waits for those that are open.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(text("SELECT pg_try_advisory_lock(hashtext('judging'))")).scalar_one():
            raise busy
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(hashtext('judging'))"))

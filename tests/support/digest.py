"""One hash of everything a store keeps, so that a test can say that nothing changed."""

import hashlib

from sqlalchemy import Engine, select

from rollcall_collector.store.tables import metadata


def digest_of(engine: Engine) -> dict[str, tuple[int, str]]:
    """Of every table its number of rows and the hash of all of them."""
    found = {}
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            found[table.name] = len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found

"""Opens the store for one verb, with its tables up to date, and closes it again."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from rollcall_collector.config import CollectorSettings, local_zone
from rollcall_collector.model.school import School
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.kept_school import read_school


@contextmanager
def opened_store(settings: CollectorSettings) -> Iterator[Engine]:
    """The store of these settings."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database_url)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


def school_now(settings: CollectorSettings, connection: Connection) -> School:
    """The school as it holds now: the settings file, then what people entered, then this machine's zone."""
    return read_school(connection, settings.school, usual_zone=local_zone())


def school_kept(settings: CollectorSettings, engine: Engine) -> School:
    """The same, for who has no connection yet."""
    with engine.connect() as connection:
        return school_now(settings, connection)

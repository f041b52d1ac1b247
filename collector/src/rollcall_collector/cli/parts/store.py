"""Opens the store for one verb, with its tables up to date, and closes it again."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from rollcall_collector.config import CollectorSettings
from rollcall_collector.model.school import read_clock
from rollcall_collector.model.site import NewSite
from rollcall_collector.store.database import migrate, open_database


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


def new_site(settings: CollectorSettings) -> NewSite:
    """What a site gets that is only named so far."""
    return NewSite(
        zone=settings.zone,
        opens_minute=read_clock(settings.school.opens),
        closes_minute=read_clock(settings.school.closes),
    )

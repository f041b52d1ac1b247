"""Opens the store for one verb, with its tables up to date, and closes it again."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from rollcall_collector.cli.parts.patience import Patience, explain_settings, first_line
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import StoreError
from rollcall_collector.model.school import read_clock
from rollcall_collector.model.site import NewSite
from rollcall_collector.store.database import migrate, open_database


@contextmanager
def opened_store(settings: CollectorSettings, patience: Patience | None = None) -> Iterator[Engine]:
    """The store of these settings. With patience it is waited for; else StoreError says that it does not answer."""
    engine = patience.wait(lambda: _open(settings)) if patience is not None else _open_now(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def _open(settings: CollectorSettings) -> Engine:
    settings.folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database_url)
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _open_now(settings: CollectorSettings) -> Engine:
    try:
        return _open(settings)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        explain_settings(error)
        raise StoreError(f"the store does not answer: {first_line(error)}: try again, or mend 'database'") from error


def new_site(settings: CollectorSettings) -> NewSite:
    """What a site gets that is only named so far."""
    return NewSite(
        zone=settings.zone,
        opens_minute=read_clock(settings.school.opens),
        closes_minute=read_clock(settings.school.closes),
    )

"""Opens the store for one verb, with its tables up to date, and closes it again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from rollcall_collector.cli.parts.patience import Patience, explain_settings, first_line
from rollcall_collector.config import CollectorSettings, local_zone
from rollcall_collector.errors import StoreError
from rollcall_collector.model.school import School
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.audit.noting import COMMAND_LINE, Author, in_the_name_of
from rollcall_collector.store.database import migrate, open_database
from rollcall_collector.store.entered_settings.kept_school import read_school
from rollcall_collector.store.sites import find_site, list_sites


@contextmanager
def opened_store(settings: CollectorSettings, patience: Patience | None = None) -> Iterator[Engine]:
    """The store of these settings. With patience it is waited for; else StoreError says that it does not answer."""
    engine = patience.wait(lambda: _open(settings)) if patience is not None else _open_now(settings)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def operated_store(settings: CollectorSettings) -> Iterator[Engine]:
    """The same for a verb by which somebody changes something: it is noted as done on the command line."""
    with opened_store(settings) as engine:
        yield in_the_name_of(engine, Author(name=COMMAND_LINE))


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


def school_now(settings: CollectorSettings, connection: Connection) -> School:
    """The school as it holds now: the settings file, then what people entered, then this machine's zone."""
    return read_school(connection, settings.school, usual_zone=local_zone())


def school_kept(settings: CollectorSettings, engine: Engine) -> School:
    """The same, for who has no connection yet."""
    with engine.connect() as connection:
        return school_now(settings, connection)


def scope_of(engine: Engine, names: list[str] | None) -> Scope:
    """The sites of these names, or all where none is named. Raises UnknownNameError."""
    if names is None:
        return Scope.all()
    with engine.connect() as connection:
        return Scope(sites=frozenset(find_site(connection, Scope.all(), name).site for name in names))


def site_words(engine: Engine) -> Callable[[Scope], str]:
    """How a scope is said: `all sites`, `no site`, or the names of its sites as they are now."""
    with engine.connect() as connection:
        sites = list_sites(connection, Scope.all())

    def say(scope: Scope) -> str:
        if scope.sites is None:
            return "all sites"
        return ", ".join(sorted(one.name for one in sites if one.site in scope.sites)) or "no site"

    return say

"""Opens the store: one SQLite file by default, PostgreSQL by its URL; brings its tables up to date."""

from importlib.resources import files
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text

from rollcall_collector.errors import StoreError
from rollcall_collector.store.moving.marks import check_mark

CONNECT_SECONDS = 10
_MIGRATIONS = files("rollcall_collector.store") / "migrations"


def open_database(url: str) -> Engine:
    """Connect to `sqlite:///file` or `postgresql+psycopg://…`. SQLite commits to the disk before it says so."""
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    patience = {"connect_timeout": CONNECT_SECONDS}
    if is_sqlite:
        patience = {} if "timeout" in parsed.query else {"timeout": 30}
    engine = create_engine(parsed, pool_pre_ping=not is_sqlite, connect_args=patience, json_deserializer=from_json)
    event.listen(engine, "connect", _set_pragmas if is_sqlite else _compile_nothing)
    return engine


def migrate(engine: Engine) -> None:
    """Bring every table to the newest revision; what is kept stays.

    Raises StoreError for a newer release's store, for one that has moved and for one that such a move still fills. One
    process at a time does it, whole or not at all: whoever comes meanwhile waits, and finds it done.
    """
    newest = newest_revision()
    with engine.connect() as connection:
        if _is_newest(connection, newest):
            return
    # Half of what a short verb costs is to load this, and after the first start nothing is left to do.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    with engine.begin() as connection:
        # Python's SQLite would commit each new table by itself.
        is_sqlite = engine.dialect.name == "sqlite"
        connection.exec_driver_sql(
            "BEGIN IMMEDIATE" if is_sqlite else "SELECT pg_advisory_xact_lock(hashtext('migrating'))"
        )
        if not _is_newest(connection, newest):
            config = Config()
            config.set_main_option("script_location", str(_MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def spare_memory(engine: Engine) -> None:
    """Have connections that are opened from now on keep little of SQLite's file in memory: for who reads it once."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA cache_size=-8192"))
        engine.dispose()


def newest_revision() -> str:
    """The revision to which this release brings the tables."""
    return max(file.name[:4] for file in (_MIGRATIONS / "versions").iterdir() if file.name[:4].isdecimal())


def revision_of(connection: Connection) -> str | None:
    """Of which revision the tables are; None for a store without any."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def _is_newest(connection: Connection, newest: str) -> bool:
    found = revision_of(connection)
    if found is not None and found > newest:
        raise StoreError(
            f"this store was written by a newer Rollcall (tables {found}, here they end with {newest}): "
            "install that release again, or restore the backup that was taken before it"
        )
    if found is not None:
        check_mark(connection)
    return found == newest


def _set_pragmas(connection: Any, _record: object) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "journal_size_limit=67108864",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _compile_nothing(connection: Any, _record: object) -> None:
    """PostgreSQL would compile Today's questions each time they are asked: half of its time for that page."""
    connection.execute("SET jit = off")
    connection.commit()

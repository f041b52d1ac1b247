"""Holds what is kept for pages against the facts, and makes it anew from them: a hand may have changed it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, bindparam, select, text

from rollcall_collector.store.instants import from_day
from rollcall_collector.store.kept.day_counts import count_anew, wrong_counts
from rollcall_collector.store.kept.presence import write_presence, wrong_presence
from rollcall_collector.store.kept.start_bands import all_have_changed, wrong_bands
from rollcall_collector.store.tables import devices

_ID = select(devices.c.device_id).where(devices.c.device == bindparam("key"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Discrepancies:
    """The days whose counts, the models whose bands and the devices whose presence is not what the facts give."""

    days: tuple[date, ...]
    models: tuple[str, ...]
    device_ids: tuple[str, ...]


def find_wrong(engine: Engine, since: date) -> Discrepancies:
    """Hold all that is kept, of bands those since this day, against the facts of one instant: reads every day."""
    with _one_instant(engine) as connection:
        days = sorted({on for on, _, _ in wrong_counts(connection)})
        keys = sorted(wrong_presence(connection))
        models = sorted({model for model, _ in wrong_bands(connection, since)})
        ids = [connection.execute(_ID, {"key": key}).scalar() or f"{key}, which is gone" for key in keys]
    return Discrepancies(days=tuple(map(from_day, days)), models=tuple(models), device_ids=tuple(ids))


def make_anew(connection: Connection) -> None:
    """Count every day again, and have every band made anew; whoever reports or moves devices meanwhile waits."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE device_days, devices, device_states IN SHARE ROW EXCLUSIVE MODE"))
    count_anew(connection)
    write_presence(connection)
    all_have_changed(connection)


@contextmanager
def _one_instant(engine: Engine) -> Iterator[Connection]:
    """A connection that sees nothing of what is written meanwhile."""
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if is_sqlite:  # Python's would begin at the first change only
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection

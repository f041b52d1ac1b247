"""Keeps facts as columns beside their rows, by band of devices and month: what they hold is packed by who reads them.

What stands here can be removed at any time: then it is made anew from the facts. A day stands in columns only while
every change of it is noted (`store.keeping.late_changes`): a night that reads columns and notes has read it.
"""

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update

from rollcall_collector.errors import StoreError
from rollcall_collector.store.kept_settings import COLUMNS_READER, LATE_BEFORE, get_setting, put_setting
from rollcall_collector.store.tables import kept_bands, kept_columns, late_changes

BAND = 512
"""Devices whose columns are kept together: as many as are worked on at once."""
MONTH_DAYS = 30
"""A month of columns: thirty days counted from 1970-01-01, so that it never moves."""
FAR_DAYS = 30
"""A mark so far ahead was set by a clock that was wrong."""
_WRITERS_SECONDS = 3_600
_WRITERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND xact_start <= :since AND application_name <> 'pg_dump'"
)
_PART = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptBand:
    """Which facts of a band's devices stand in columns.

    Days from `since_on` up to `until_on` (excluded), starts of those days and later up to the key `last_boot`.
    """

    band: int
    form: int
    since_on: int
    until_on: int
    last_boot: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LateChange:
    """A day, or a start that stood or stands on it, that was written after it may have been taken into columns."""

    change: int
    device: int
    on: int
    boot: int | None


def band_of(device: int) -> int:
    """The band of a device's key."""
    return device // BAND


def month_of(on: int) -> int:
    """The month of a day."""
    return on // MONTH_DAYS


def begin_reading(engine: Engine, reader: str, on: int) -> int:
    """Have every change of a day before this one noted from now on; returns before which day they are.

    From now on only this reader may write columns: of two at once, who began first had read less.

    Never lowered, or days would stand in columns whose changes nobody notes; but where the mark lies far ahead, all
    columns are removed with it. On PostgreSQL this waits until everybody who writes by an older mark has finished.
    """
    with engine.begin() as connection:
        held = get_setting(connection, LATE_BEFORE)
        before = on if held is None else max(on, int(held))
        if before > on + FAR_DAYS:
            forget_columns(connection)
            before = on
        if held is None or before != int(held):
            put_setting(connection, LATE_BEFORE, str(before))
        put_setting(connection, COLUMNS_READER, reader)
    return before


def is_reader(connection: Connection, reader: str) -> bool:
    """Whether nobody began after this reader; asked last in a transaction, which is not committed if so."""
    return get_setting(connection, COLUMNS_READER) == reader


def wait_for_writers(engine: Engine) -> None:
    """Come back when every transaction that is under way now has ended; SQLite has one writer, who sees the mark."""
    if engine.dialect.name == "sqlite":
        return
    deadline = time.monotonic() + _WRITERS_SECONDS
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        since = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        while connection.execute(_WRITERS, {"since": since}).scalar_one():
            if time.monotonic() > deadline:
                raise StoreError("a transaction has been open for an hour: end it, or the night cannot read the facts")
            time.sleep(0.05)


def forget_columns(connection: Connection) -> None:
    """Remove all columns: the next night makes them anew."""
    for table in (kept_columns, kept_bands):
        connection.execute(delete(table))


def read_bands(connection: Connection) -> dict[int, KeptBand]:
    """Every band that has columns, by its number."""
    return {row.band: KeptBand(**row._mapping) for row in connection.execute(select(kept_bands))}  # noqa: SLF001  # public name


def read_columns(connection: Connection, band: int) -> Iterator[tuple[int, bytes, bytes]]:
    """A band's months in their order: the month, its days and its starts as they were packed."""
    query = select(kept_columns.c.month, kept_columns.c.days, kept_columns.c.starts).where(kept_columns.c.band == band)
    for row in connection.execute(query.order_by(kept_columns.c.month)):
        yield row.month, row.days, row.starts


def read_changes(connection: Connection) -> tuple[LateChange, ...]:
    """Every late change that was not yet taken in, as they were noted."""
    rows = connection.execute(select(late_changes).order_by(late_changes.c.change))
    return tuple(LateChange(change=row[0], device=row[1], on=row[2], boot=row[3]) for row in rows)


def begin_band(connection: Connection, band: KeptBand) -> None:
    """Make a band's columns anew: what stood there is removed, and what it will hold is said."""
    connection.execute(delete(kept_columns).where(kept_columns.c.band == band.band))
    connection.execute(delete(kept_bands).where(kept_bands.c.band == band.band))
    connection.execute(insert(kept_bands).values(asdict(band)))


def keep_months(connection: Connection, band: int, months: Mapping[int, tuple[bytes, bytes]]) -> None:
    """Put these months' days and starts in the place of earlier ones."""
    if not months:
        return
    is_mine = (kept_columns.c.band == band) & kept_columns.c.month.in_(tuple(months))
    connection.execute(delete(kept_columns).where(is_mine))
    rows = [{"band": band, "month": month, "days": days, "starts": starts} for month, (days, starts) in months.items()]
    connection.execute(insert(kept_columns), rows)


def advance_bands(
    connection: Connection, bands: Collection[int], *, since_on: int, until_on: int, last_boot: int
) -> None:
    """Say what all these bands hold now; months before `since_on` are removed, and bands that are no more."""
    connection.execute(delete(kept_columns).where(kept_columns.c.month < month_of(since_on)))
    connection.execute(update(kept_bands).values(since_on=since_on, until_on=until_on, last_boot=last_boot))
    for table in (kept_columns, kept_bands):
        connection.execute(delete(table).where(table.c.band.not_in(tuple(bands))))


def remove_changes(connection: Connection, changes: Collection[int]) -> None:
    """Remove the notes of late changes that stand in columns now; one that came meanwhile has another number."""
    numbers = sorted(changes)
    for start in range(0, len(numbers), _PART):
        part = numbers[start : start + _PART]
        connection.execute(delete(late_changes).where(late_changes.c.change.in_(part)))


def count_columns(connection: Connection) -> tuple[int, int]:
    """How many months of bands are kept, and how many bytes they take."""
    size = func.length(kept_columns.c.days) + func.length(kept_columns.c.starts)
    count, total = connection.execute(select(func.count(), func.coalesce(func.sum(size), 0))).one()
    return int(count), int(total)

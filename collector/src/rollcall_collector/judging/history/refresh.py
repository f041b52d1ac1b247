"""Brings the kept columns up to date band by band: reads what is new, writes the months that changed."""

import secrets
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, Engine

from rollcall_collector.judge.arrays import Ints
from rollcall_collector.judging.history.months import (
    FORM,
    Month,
    as_array,
    day_number,
    days_by_month,
    starts_by_month,
)
from rollcall_collector.store.history.fact_rows import (
    DayRows,
    StartRows,
    days_at,
    days_of_band,
    days_since,
    newest_boot,
    starts_after,
    starts_at,
    starts_of_band,
)
from rollcall_collector.store.history.kept_columns import (
    BAND,
    MONTH_DAYS,
    KeptBand,
    LateChange,
    advance_bands,
    band_of,
    begin_band,
    begin_reading,
    is_reader,
    keep_months,
    month_of,
    read_bands,
    read_changes,
    read_columns,
    remove_changes,
    wait_for_writers,
)

OPEN_DAYS = 2
"""Today and yesterday change all day: they are read every night, and only then kept."""
FOR_EVER = 1 << 31
_GIVE_WAY_SECONDS = 0.02
"""Between two bands' writes on SQLite: ingest waits for its one writer."""


class _ByBand:
    """Finds the rows of one band among those of all."""

    def __init__(self, rows: DayRows | StartRows) -> None:
        self.rows = rows
        band = as_array(rows.device) // BAND
        self._order = np.argsort(band, kind="stable")
        self._band = band[self._order]

    def of(self, band: int) -> Ints:
        """The places of its rows."""
        low, high = np.searchsorted(self._band, [band, band + 1])
        return self._order[low:high]


@dataclass(frozen=True, kw_only=True, slots=True)
class _News:
    """What is newer than the columns or changed since, read at once for all bands that have any.

    Days before `before_on` and starts with keys up to `last_boot` are kept in columns from now on.
    """

    since_on: int
    before_on: int
    until_day: int
    last_boot: int
    kept: Mapping[int, KeptBand]
    reader: str
    changes: tuple[LateChange, ...]
    days: tuple[_ByBand, ...]
    starts: tuple[_ByBand, ...]

    @classmethod
    def read(
        cls, connection: Connection, *, reader: str, since_on: int, before_on: int, until_day: int, last_boot: int
    ) -> "_News":
        """What changes after the notes were read is noted again, so that nothing is missed in between."""
        changes = read_changes(connection)
        kept = {
            one.band: one for one in read_bands(connection).values() if one.form == FORM and one.since_on <= since_on
        }
        first_on = min((one.until_on for one in kept.values()), default=until_day)
        first_boot = min((one.last_boot for one in kept.values()), default=last_boot)
        late = [one for one in changes if one.on >= since_on]
        return cls(
            since_on=since_on,
            before_on=before_on,
            until_day=until_day,
            last_boot=last_boot,
            kept=kept,
            reader=reader,
            changes=changes,
            days=(
                _ByBand(days_at(connection, {(one.device, one.on) for one in late if one.boot is None})),
                _ByBand(days_since(connection, first_on, until=until_day)),
            ),
            starts=(
                _ByBand(starts_at(connection, {one.boot for one in late if one.boot is not None})),
                _ByBand(starts_after(connection, first_boot, last_boot=last_boot)),
            ),
        )

    def of(self, connection: Connection, band: int) -> tuple[list[_ByBand], list[_ByBand]]:
        """Where the news of a band stand; of one without columns that is everything."""
        if band in self.kept:
            return list(self.days), list(self.starts)
        days = days_of_band(connection, band, since=self.since_on, until=self.until_day)
        starts = starts_of_band(connection, band, since=self.since_on, last_boot=self.last_boot)
        return [_ByBand(days)], [_ByBand(starts)]


def refresh_bands(
    engine: Engine, keys: Iterable[int], *, since_on: int, until_day: int
) -> Iterator[tuple[int, Mapping[int, Month]]]:
    """Each band of these devices with its months: what was kept of them before `until_day` when this began.

    A band's months that changed are written before it is handed over, what they hold is said when all are: whoever is
    killed on the way brings the same news in again, which changes nothing.
    """
    since_on = month_of(since_on) * MONTH_DAYS
    reader = secrets.token_hex(8)
    before_on = begin_reading(engine, reader, until_day - OPEN_DAYS)
    with engine.connect() as connection:
        last_boot = newest_boot(connection)
    wait_for_writers(engine)
    with engine.connect() as connection:
        news = _News.read(
            connection,
            reader=reader,
            since_on=since_on,
            before_on=before_on,
            until_day=max(until_day, before_on),
            last_boot=last_boot,
        )
    bands = sorted({band_of(key) for key in keys})
    for band in bands:
        yield band, _refresh(engine, band, news)
    with _writing(engine, reader) as connection:
        advance_bands(connection, bands, since_on=since_on, until_on=before_on, last_boot=last_boot)
        remove_changes(connection, [one.change for one in news.changes])


@contextmanager
def _writing(engine: Engine, reader: str) -> Iterator[Connection]:
    """A transaction that is taken back where somebody else began to read meanwhile."""
    with engine.connect() as connection:
        yield connection
        if is_reader(connection, reader):
            connection.commit()


def _refresh(engine: Engine, band: int, news: _News) -> Mapping[int, Month]:
    with engine.connect() as connection:
        is_anew = band not in news.kept
        packed = () if is_anew else read_columns(connection, band)
        months = {month: Month.unpack(days, starts) for month, days, starts in packed}
        days, starts = news.of(connection, band)
    gone = [one for one in news.changes if band_of(one.device) == band and one.on >= news.since_on]
    changed = _put_starts(months, starts, band, [one for one in gone if one.boot is not None], since=news.since_on)
    changed |= _put_days(months, days, band, [one for one in gone if one.boot is None], until=news.before_on)
    if changed or is_anew:
        told = {month: months[month].pack() for month in sorted(changed)}
        with _writing(engine, news.reader) as connection:
            if is_anew:
                begin_band(connection, _band(band, news))
            keep_months(connection, band, told)
        if engine.dialect.name == "sqlite":
            time.sleep(_GIVE_WAY_SECONDS)
    _put_days(months, days, band, (), since=news.before_on)
    return months


def _band(band: int, news: _News) -> KeptBand:
    return KeptBand(band=band, form=FORM, since_on=news.since_on, until_on=news.before_on, last_boot=news.last_boot)


def _put_starts(
    months: dict[int, Month], news: Sequence[_ByBand], band: int, gone: Sequence[LateChange], *, since: int
) -> set[int]:
    """Bring starts into the months; returns the months that changed. Newer rows stand after older ones."""
    changed = set()
    keys_gone: dict[int, list[int]] = defaultdict(list)
    for one in gone:
        assert one.boot is not None
        keys_gone[month_of(one.on)].append(one.boot)
    for month, keys in keys_gone.items():
        if month in months:
            months[month] = months[month].with_starts(Month.empty().starts, (), keys)
            changed.add(month)
    for found in news:
        assert isinstance(found.rows, StartRows)
        chosen = found.of(band)
        chosen = chosen[as_array(found.rows.on)[chosen] >= since]
        for month, columns in starts_by_month(found.rows, chosen).items():
            months[month] = months.get(month, Month.empty()).with_starts(columns, found.rows.versions, ())
            changed.add(month)
    return changed


def _put_days(
    months: dict[int, Month],
    news: Sequence[_ByBand],
    band: int,
    gone: Sequence[LateChange],
    *,
    since: int = 0,
    until: int = FOR_EVER,
) -> set[int]:
    """Bring days of a span into the months; returns the months that changed."""
    changed = set()
    numbers: dict[int, list[int]] = defaultdict(list)
    for one in gone:
        numbers[month_of(one.on)].append(day_number(one.device, one.on))
    for month, keys in numbers.items():
        if month in months:
            months[month] = months[month].with_days(Month.empty().days, np.array(keys, dtype=np.int64))
            changed.add(month)
    for found in news:
        assert isinstance(found.rows, DayRows)
        chosen = found.of(band)
        on = as_array(found.rows.on)[chosen]
        for month, columns in days_by_month(found.rows, chosen[(on >= since) & (on < until)]).items():
            months[month] = months.get(month, Month.empty()).with_days(columns, np.zeros(0, dtype=np.int64))
            changed.add(month)
    return changed

"""Keeps how fast the devices of a model start, week by week: the band behind a device's own starts.

A judging makes the bands of those weeks anew of which starts were told, changed or moved to another model since; which
these are is noted by triggers on `device_days` and `devices` (the migration `what_pages_read`). A model of which
nothing is kept yet is read from its days.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from statistics import quantiles
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, literal, select

from rollcall_collector.store.instants import from_day, to_day
from rollcall_collector.store.tables import day_counts, device_days, devices, start_band_changes, start_bands

DEVICES_MIN = 5
"""A band of fewer devices would show single ones."""
_NAMES = ("model", "week", "writer", "changes")
_FORGET = delete(start_band_changes).where(
    *(start_band_changes.c[name] == bindparam(f"seen_{name}") for name in _NAMES)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """The middle four fifths of the model's slowest starts a day, in the week that begins on this day."""

    week_on: date
    low_seconds: float
    middle_seconds: float
    high_seconds: float
    devices: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BandChange:
    """That starts of a model changed in a week: as often as its writer had noted when this was read."""

    model: str
    week: int
    writer: int
    changes: int


def week_of(on: date) -> int:
    """A day's week: Mondays, counted from that before 1970-01-01, which was a Thursday."""
    return (to_day(on) + 3) // 7


def read_bands(connection: Connection, model: str, *, since: date, until: date) -> tuple[Band, ...]:
    """The band of each week with starts of at least five devices of the model, oldest first."""
    first, last = week_of(since), week_of(until)
    found = kept_bands_of(connection, model) or bands_anew(connection, [model], first, last).get(model, {})
    return tuple(band for week, band in sorted(found.items()) if first <= week <= last and band.devices >= DEVICES_MIN)


def kept_bands_of(connection: Connection, model: str) -> dict[int, Band]:
    """The bands of a model by week, as the last judging left them."""
    rows = connection.execute(select(start_bands).where(start_bands.c.model == model)).mappings()
    return {row["week"]: _read_band(row) for row in rows}


def bands_anew(connection: Connection, models: Collection[str], first: int, last: int) -> dict[str, dict[int, Band]]:
    """The bands of these models and weeks as the days have them, however few devices they are of."""
    days = device_days.c
    rows = connection.execute(
        select(devices.c.model, days.device, days.on, days.to_login_seconds_max)
        .select_from(devices.join(device_days, days.device == devices.c.device))
        .where(
            devices.c.model.in_(sorted(models)),
            days.on.between(first * 7 - 3, last * 7 + 3),
            days.to_login_seconds_max.is_not(None),
        )
    )
    starts: dict[tuple[str, int], list[tuple[int, float]]] = defaultdict(list)
    for model, device, on, seconds in rows:
        starts[model, (on + 3) // 7].append((device, seconds))
    found: dict[str, dict[int, Band]] = defaultdict(dict)
    for (model, week), those in starts.items():
        found[model][week] = _band(week, those)
    return found


def read_changes(connection: Connection, since: date) -> dict[int, list[BandChange]]:
    """What changed since the bands were made, by week; of weeks before this day nothing is kept."""
    query = select(*(start_band_changes.c[name] for name in _NAMES))
    found: dict[int, list[BandChange]] = defaultdict(list)
    for row in connection.execute(query.where(start_band_changes.c.week >= week_of(since))):
        found[row.week].append(BandChange(**row._mapping))  # noqa: SLF001  # public name
    return found


def keep_bands(connection: Connection, changed: Iterable[BandChange], made: Mapping[str, Mapping[int, Band]]) -> None:
    """Put these bands in the place of those that changed; what changed again meanwhile is made again next time."""
    seen = list(changed)
    for model, week in {(one.model, one.week) for one in seen}:
        is_mine = (start_bands.c.model == model) & (start_bands.c.week == week)
        connection.execute(delete(start_bands).where(is_mine))
        band = made.get(model, {}).get(week)
        if band is not None:
            values: dict[str, Any] = asdict(band) | {"model": model, "week": week}
            del values["week_on"]
            connection.execute(insert(start_bands).values(values))
    told = [{f"seen_{name}": value for name, value in asdict(one).items()} for one in seen]
    connection.execute(_FORGET, told)


def forget_bands(connection: Connection, before: date) -> None:
    """Remove the bands of weeks before this day's, and what changed in them."""
    for table in (start_bands, start_band_changes):
        connection.execute(delete(table).where(table.c.week < week_of(before)))


def wrong_bands(connection: Connection, since: date) -> set[tuple[str, int]]:
    """Models and weeks whose band is not what the days give, but those that the next judging makes anew.

    Reads every start since then, a week at a time.
    """
    kept = connection.execute(select(start_bands)).mappings().all()
    bands = {(row["model"], row["week"]): _read_band(row) for row in kept}
    changed = {(row.model, row.week) for row in connection.execute(select(start_band_changes))}
    models = set(connection.execute(select(devices.c.model).where(devices.c.model.is_not(None))).scalars())
    newest = connection.execute(select(func.max(day_counts.c.on))).scalar()
    last = max([week for _, week in bands], default=0) if newest is None else week_of(from_day(newest))
    wrong: set[tuple[str, int]] = set()
    for week in range(week_of(since), last + 1):
        anew = {(model, week): found[week] for model, found in bands_anew(connection, models, week, week).items()}
        held = {key: band for key, band in bands.items() if key[1] == week}
        wrong |= {key for key in {*anew, *held} if anew.get(key) != held.get(key)}
    return wrong - changed


def all_have_changed(connection: Connection) -> None:
    """Have the next judging make every band anew; until then models are read from their days."""
    connection.execute(delete(start_bands))
    connection.execute(delete(start_band_changes))
    told = (
        select(devices.c.model, (device_days.c.on + 3) // 7, literal(0), literal(1))
        .join(devices, devices.c.device == device_days.c.device)
        .where(device_days.c.to_login_seconds_max.is_not(None), devices.c.model.is_not(None))
    )
    connection.execute(insert(start_band_changes).from_select(_NAMES, told.distinct()))


def _read_band(row: RowMapping) -> Band:
    numbers = {name: row[name] for name in ("low_seconds", "middle_seconds", "high_seconds", "devices")}
    return Band(week_on=_monday(row["week"]), **numbers)


def _band(week: int, starts: list[tuple[int, float]]) -> Band:
    took = [seconds for _, seconds in starts]
    tenths = quantiles(took, n=10, method="inclusive") if len(took) > 1 else took * 9
    return Band(
        week_on=_monday(week),
        low_seconds=tenths[0],
        middle_seconds=tenths[4],
        high_seconds=tenths[8],
        devices=len({device for device, _ in starts}),
    )


def _monday(week: int) -> date:
    return from_day(week * 7 - 3)

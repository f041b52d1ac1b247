"""Reads how fast the other devices of a model start, week by week: the band behind a device's own starts."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from statistics import quantiles

from sqlalchemy import Connection, select

from rollcall_collector.store.instants import from_day, to_day
from rollcall_collector.store.tables import device_days, devices

DEVICES_MIN = 5
"""A band of fewer devices would show single ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """The middle four fifths of the model's slowest starts a day, in the week that begins on this day."""

    week_on: date
    low_seconds: float
    middle_seconds: float
    high_seconds: float
    devices: int


def read_bands(connection: Connection, model: str, *, since: date, until: date) -> tuple[Band, ...]:
    """The band of each week with starts of at least five devices of the model, oldest first."""
    rows = connection.execute(
        select(device_days.c.device, device_days.c.on, device_days.c.to_login_seconds_max)
        .select_from(devices.join(device_days, device_days.c.device == devices.c.device))
        .where(
            devices.c.model == model,
            device_days.c.on.between(to_day(since), to_day(until)),
            device_days.c.to_login_seconds_max.is_not(None),
        )
    )
    # Day 0 was a Thursday: weeks begin on Monday.
    weeks: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for row in rows:
        weeks[(row.on + 3) // 7].append((row.device, row.to_login_seconds_max))
    found = (_band(week, starts) for week, starts in sorted(weeks.items()))
    return tuple(band for band in found if band.devices >= DEVICES_MIN)


def _band(week: int, starts: list[tuple[int, float]]) -> Band:
    took = [seconds for _, seconds in starts]
    tenths = quantiles(took, n=10, method="inclusive") if len(took) > 1 else took * 9
    return Band(
        week_on=from_day(week * 7 - 3),
        low_seconds=tenths[0],
        middle_seconds=tenths[4],
        high_seconds=tenths[8],
        devices=len({device for device, _ in starts}),
    )

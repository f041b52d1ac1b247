"""Removes what is older than the settings say; starts, failures, active days and decisions stay for ever."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from rollcall_collector.store.devices import every_key
from rollcall_collector.store.retention import forget_readings, remove_ended, remove_refusals

log = structlog.get_logger(__name__)

BATCH = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """How long what is not a fact is kept. None: for ever."""

    refusals_days: int = 90
    readings_days: int | None = 1100


@dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """What one cleaning removed."""

    refusals: int = 0
    ended: int = 0


def clean_up(engine: Engine, retention: Retention, now: datetime) -> Removed:
    """Remove what is too old; starts, stops, failures, active days and decisions stay."""
    with engine.begin() as connection:
        refusals = remove_refusals(connection, now - timedelta(days=retention.refusals_days))
        ended = remove_ended(connection, now)
    removed = Removed(refusals=refusals, ended=ended)
    if removed != Removed():
        log.info("store.cleaned", refusals=refusals, ended=ended)
    return removed


def forget_old_readings(engine: Engine, retention: Retention, now: datetime) -> int:
    """Empty daily readings that are too old, a few hundred devices a transaction. Returns how many days."""
    if retention.readings_days is None:
        return 0
    before = (now - timedelta(days=retention.readings_days)).date()
    with engine.connect() as connection:
        keys = every_key(connection)
    forgotten = 0
    for start in range(0, len(keys), BATCH):
        with engine.begin() as connection:
            forgotten += forget_readings(connection, before, keys[start : start + BATCH])
    if forgotten:
        log.info("readings.forgotten", days=forgotten)
    return forgotten

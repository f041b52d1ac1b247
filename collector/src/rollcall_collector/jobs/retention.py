"""Removes what is older than the settings say; starts, failures, active days and decisions stay for ever."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from rollcall_collector.store.audit.reading import remove_entries
from rollcall_collector.store.devices import every_key
from rollcall_collector.store.kept.day_counts import join_writers
from rollcall_collector.store.retention import (
    forget_readings,
    forget_words,
    remove_ended,
    remove_epochs,
    remove_refusals,
)

log = structlog.get_logger(__name__)

BATCH = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """What one cleaning removed."""

    refusals: int = 0
    ended: int = 0
    epochs: int = 0
    audited: int = 0


def clean_up(engine: Engine, now: datetime, *, refusals_days: int, audit_days: int) -> Removed:
    """Remove refusals and audit entries older than so many days, and sign-ins and tokens that ended; facts stay."""
    with engine.begin() as connection:
        refusals = remove_refusals(connection, now - timedelta(days=refusals_days))
        ended = remove_ended(connection, now)
        epochs = remove_epochs(connection, now)
        audited = remove_entries(connection, now - timedelta(days=audit_days))
        join_writers(connection, now.date())
    removed = Removed(refusals=refusals, ended=ended, epochs=epochs, audited=audited)
    if removed != Removed():
        log.info("store.cleaned", refusals=refusals, ended=ended, epochs=epochs, audited=audited)
    return removed


def forget_old_readings(engine: Engine, now: datetime, *, readings_days: int) -> int:
    """Empty daily readings older than so many days, a few hundred devices a transaction. Returns how many days.

    Who of several publishers told of days that nobody tells of any more is forgotten with them.
    """
    before = (now - timedelta(days=readings_days)).date()
    with engine.connect() as connection:
        keys = every_key(connection)
    forgotten = 0
    for start in range(0, len(keys), BATCH):
        with engine.begin() as connection:
            forgotten += forget_readings(connection, before, keys[start : start + BATCH])
            forget_words(connection, now, keys[start : start + BATCH])
    if forgotten:
        log.info("readings.forgotten", days=forgotten)
    return forgotten

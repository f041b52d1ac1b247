"""Writes the mirror anew from the store: every start and failure, as when they arrived, and the fleet as it is."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, select

from rollcall_collector.mirror.answers import Answer
from rollcall_collector.mirror.delivery import LINES_MAX, Delivered, Delivery, NotNowError
from rollcall_collector.mirror.standing import cart_lines, fleet_lines
from rollcall_collector.store.keeping.lines import Record, boot_record, failure_record, write_line
from rollcall_collector.store.tables import boots, devices, failures, sites


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """So many of all lines are brought; `trouble` is what keeps the next from it for now."""

    done: int
    all_of_it: int
    trouble: str = ""


def rebuild(
    engine: Engine,
    write: Callable[[Sequence[str]], Answer],
    now: datetime,
    *,
    stop: threading.Event,
    say: Callable[[Progress], None],
) -> Delivered:
    """Bring everything, waiting while InfluxDB is away, until done or `stop` is set.

    Killed, it may begin again: a line that is there already is written over by its like. What arrives meanwhile goes
    its usual way. Single vitals are not in the store; they stand only in the mirror.
    """
    delivery = Delivery(write)
    found = Delivered()
    with engine.connect() as connection:
        standing = [*fleet_lines(connection, now), *cart_lines(connection, now)]
        facts = sum(connection.execute(select(func.count()).select_from(one)).scalar_one() for one in _COUNTED)
    all_of_it = len(standing) + facts
    for lines in _parcels(engine, standing):
        tries = 0
        while not stop.is_set():
            try:
                brought = delivery.deliver(lines)
            except NotNowError as error:
                say(Progress(done=found.taken + found.refused, all_of_it=all_of_it, trouble=str(error)))
                stop.wait(error.pause_seconds(tries))
                tries += 1
                continue
            found.taken += brought.taken
            found.refused += brought.refused
            found.said = brought.said or found.said
            say(Progress(done=found.taken + found.refused, all_of_it=all_of_it))
            break
    return found


_COUNTED = (boots, failures)
_SUBJECT = devices.c.device_id, devices.c.platform, sites.c.name.label("site")


def _parcels(engine: Engine, standing: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(standing), LINES_MAX):
        yield standing[start : start + LINES_MAX]
    yield from _walk(engine, _of_devices(boots), boots.c.boot, _boot)
    yield from _walk(engine, _of_devices(failures), failures.c.failure, _failure)


def _of_devices(facts: Any) -> Select[Any]:
    placed = facts.join(devices, devices.c.device == facts.c.device).outerjoin(sites, sites.c.site == devices.c.site)
    return select(facts, *_SUBJECT).select_from(placed)


def _walk(engine: Engine, query: Select[Any], key: Any, record_of: Callable[[Any], Record]) -> Iterator[list[str]]:
    """The facts by their keys, some thousand at a time: nothing is held open while InfluxDB is written to."""
    last = -1
    while True:
        with engine.connect() as connection:
            rows = _read(connection, query.where(key > last))
        if not rows:
            return
        yield [write_line(record_of(row)) for row in rows]
        last = getattr(rows[-1], key.name)


def _read(connection: Connection, query: Select[Any]) -> Sequence[Any]:
    ordered = query.order_by(query.selected_columns[0]).limit(LINES_MAX)
    return connection.execute(ordered).all()


def _whose(row: Any) -> tuple[str, str | None, str | None]:
    return row.device_id, row.site, row.platform


def _boot(row: Any) -> Record:
    return boot_record(_whose(row), row, row.booted_us, is_day_only=bool(row.is_day_only))


def _failure(row: Any) -> Record:
    return failure_record(_whose(row), row, row.occurred_us, row.seq, is_day_only=bool(row.is_day_only))

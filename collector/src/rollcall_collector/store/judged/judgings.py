"""Keeps each judging of the fleet as it was, and the numbers of the last one by device."""

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from operator import attrgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, delete, insert, select

from rollcall_collector.errors import UnknownNameError
from rollcall_collector.model.judgement import Judgement, JudgingRun, StartJudgement
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.history.driver_columns import columns_of
from rollcall_collector.store.instants import from_day, from_us, to_day, to_us
from rollcall_collector.store.judged.own_models import ModelKey, models_in
from rollcall_collector.store.putting import put_tuples
from rollcall_collector.store.scoping import of_devices
from rollcall_collector.store.tables import judgements, judging_runs, start_judgements

Row: TypeAlias = tuple[Any, ...]
"""The values of all columns in their order, which is that of the fields of what is judged."""
_PART = 500
_NUMBERS = (
    judging_runs.c.run,
    judging_runs.c.judged_us,
    judging_runs.c.until_on,
    judging_runs.c.digest,
    judging_runs.c.version,
    judging_runs.c.devices,
    judging_runs.c.incidents,
    judging_runs.c.history_days,
    judging_runs.c.is_enough,
    judging_runs.c.replace,
    judging_runs.c.watch,
    judging_runs.c.parameters,
    judging_runs.c.shapes,
    judging_runs.c.gap_days,
    judging_runs.c.shocks,
)


def keep_run(connection: Connection, run: JudgingRun, *, document: str, models: Sequence[Mapping[str, Any]]) -> int:
    """Keep a judging with its printed form and its report on models; returns its number (`run.run` is not used)."""
    row = {name: value for name, value in asdict(run).items() if name not in {"run", "judged_at", "until_on"}}
    kept = connection.execute(
        insert(judging_runs)
        .values(
            **row | {"shocks": [dict(one) for one in run.shocks]},
            judged_us=to_us(run.judged_at),
            until_on=to_day(run.until_on),
            models=[dict(one) for one in models],
            document=zlib.compress(document.encode(), 9),
        )
        .returning(judging_runs.c.run)
    )
    return int(kept.scalar_one())


def list_runs(connection: Connection, scope: Scope, *, at_most: int = 100) -> tuple[JudgingRun, ...]:
    """The newest judgings, newest first; of what struck whole models, what struck models in scope."""
    rows = connection.execute(select(*_NUMBERS).order_by(judging_runs.c.run.desc()).limit(at_most))
    models = models_in(connection, scope)
    return tuple(_run(row, models) for row in rows)


def last_run(connection: Connection, scope: Scope) -> JudgingRun | None:
    """The newest judging; None before the first."""
    return next(iter(list_runs(connection, scope, at_most=1)), None)


def print_run(connection: Connection, scope: Scope, run: int) -> str:
    """The judging as it was printed when it was made, byte for byte. Raises UnknownNameError for an unknown number.

    It names every device there was: who does not see all sites is told of none.
    """
    found = connection.execute(select(judging_runs.c.document).where(judging_runs.c.run == run)).scalar()
    if found is None or not scope.is_all:
        raise UnknownNameError(f"unknown judging {run}: `rollcall judge --list` names them")
    return zlib.decompress(found).decode()


def last_models(connection: Connection, scope: Scope) -> tuple[Mapping[str, Any], ...]:
    """The newest judging's report on the models in scope; empty before the first."""
    found = connection.execute(select(judging_runs.c.models).order_by(judging_runs.c.run.desc()).limit(1)).scalar()
    models = models_in(connection, scope)
    return tuple(one for one in found or () if models is None or (one["platform"], one["model"]) in models)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedJudgements:
    """All rows of devices whose numbers are not as they were, by table; of those in `gone` some are no more."""

    failures: Mapping[int, Sequence[Row]]
    failures_gone: AbstractSet[int]
    starts: Mapping[int, Sequence[Row]]
    starts_gone: AbstractSet[int]


def changed_judgements(
    connection: Connection, keys: Collection[int], rows: Iterable[Row], starts: Iterable[Row]
) -> ChangedJudgements:
    """Of these devices' numbers, those that the store has not; some hundred devices a call."""
    changed, gone = _changed(connection, judgements, keys, rows)
    changed_starts, starts_gone = _changed(connection, start_judgements, keys, starts)
    return ChangedJudgements(failures=changed, failures_gone=gone, starts=changed_starts, starts_gone=starts_gone)


def write_judgements(connection: Connection, keys: Collection[int], changed: ChangedJudgements) -> None:
    """Put what changed of these devices in the place of earlier numbers."""
    for table, by_device, gone in (
        (judgements, changed.failures, changed.failures_gone),
        (start_judgements, changed.starts, changed.starts_gone),
    ):
        chosen = [key for key in keys if key in by_device]
        if fewer := [key for key in chosen if key in gone]:
            connection.execute(delete(table).where(table.c.device.in_(fewer)))
        put_tuples(connection, table, [row for key in chosen for row in by_device[key]])


def replace_judgements(
    connection: Connection, keys: Collection[int], rows: Iterable[Judgement], starts: Iterable[StartJudgement]
) -> None:
    """Put the numbers of these devices in the place of earlier ones; a few hundred devices a call."""
    told_starts = map(attrgetter(*StartJudgement.__slots__), starts)
    write_judgements(connection, keys, changed_judgements(connection, keys, rows, told_starts))


def _changed(
    connection: Connection, table: Table, keys: Collection[int], found: Iterable[Row]
) -> tuple[dict[int, list[Row]], set[int]]:
    told: dict[int, list[Row]] = defaultdict(list)
    for row in found:
        told[row[0]].append(row)
    held: dict[int, list[Row]] = defaultdict(list)
    for columns in columns_of(connection, select(table).where(table.c.device.in_(tuple(keys)))):
        for row in zip(*columns, strict=True):
            held[row[0]].append(row)
    changed = {key: told[key] for key in keys if set(held[key]) != set(told[key])}
    own = len(table.primary_key)
    gone = {key for key in changed if {row[:own] for row in held[key]} - {row[:own] for row in told[key]}}
    return changed, gone


def change_judgements(connection: Connection, rows: Iterable[Judgement]) -> None:
    """Put these rows in the place of the same device's and channel's; all others stay."""
    for one in rows:
        connection.execute(
            delete(judgements).where(judgements.c.device == one.device, judgements.c.channel == one.channel)
        )
        connection.execute(insert(judgements).values(one))


def device_judgements(connection: Connection, scope: Scope, device: int) -> tuple[Judgement, ...]:
    """What the last judging said of one device, the channel that speaks most against it first."""
    query = (
        select(judgements)
        .where(judgements.c.device == device)
        .order_by(judgements.c.probability.desc(), judgements.c.channel)
    )
    rows = connection.execute(of_devices(query, scope, judgements.c.device))
    return tuple(Judgement._make(row) for row in rows)


def every_judgement(connection: Connection, *, least_observed: int = 0) -> Iterator[Judgement]:
    """The last judging of every device and channel with so many incidents or more, by device."""
    query = (
        select(judgements)
        .where(judgements.c.observed >= least_observed)
        .order_by(judgements.c.device, judgements.c.channel)
    )
    for part in connection.execute(query).partitions(_PART):
        for row in part:
            yield Judgement._make(row)


def start_judgements_by_device(
    connection: Connection, scope: Scope, keys: Collection[int] | None = None
) -> dict[int, StartJudgement]:
    """How devices start, by key; of all of them, or of these few hundred."""
    query = select(start_judgements)
    if keys is not None:
        query = query.where(start_judgements.c.device.in_(tuple(keys)))
    rows = connection.execute(of_devices(query, scope, start_judgements.c.device))
    return {row.device: StartJudgement(**row._mapping) for row in rows}  # noqa: SLF001  # SQLAlchemy's public name


def _run(row: Any, models: set[ModelKey] | None) -> JudgingRun:
    return JudgingRun(
        run=row.run,
        judged_at=from_us(row.judged_us),
        until_on=from_day(row.until_on),
        digest=row.digest,
        version=row.version,
        devices=row.devices,
        incidents=row.incidents,
        history_days=row.history_days,
        is_enough=row.is_enough,
        replace=row.replace,
        watch=row.watch,
        parameters=row.parameters,
        shapes=row.shapes,
        gap_days=row.gap_days,
        shocks=tuple(one for one in row.shocks if models is None or (one["platform"], one["model"]) in models),
    )

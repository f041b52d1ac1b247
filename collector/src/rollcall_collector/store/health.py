"""Reads whether Rollcall itself is well: what was kept lately, what was refused, who has fallen silent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, func, select, text

from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.kept.day_counts import count_reports
from rollcall_collector.store.kept_settings import write_setting
from rollcall_collector.store.scoping import of_devices, of_publishers
from rollcall_collector.store.tables import device_states, gaps, kept_settings, publishers, refusals

LAST_BACKUP = "backup.last_us"
REPORT_DAYS = 14


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusalCount:
    """Reports of one publisher that were refused for one reason, and the newest of them."""

    publisher: str
    reason: str
    count: int
    last_at: datetime
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wellbeing:
    """The collector's own state. `reports_by_day` counts reports by the day they tell of, oldest first."""

    publishers: Mapping[str, int]
    reports_by_day: tuple[tuple[date, int], ...]
    last_heard_at: datetime | None
    refused: tuple[RefusalCount, ...]
    reports_dropped: int
    database_bytes: int
    last_backup_at: datetime | None


def read_wellbeing(connection: Connection, scope: Scope, *, today: date, since: datetime) -> Wellbeing:
    """How the collector is now; what was refused or dropped counts from `since`, reports from 14 days ago.

    Publishers, reports and refusals are those in scope; the database and its backup are everybody's.
    """
    return Wellbeing(
        publishers=count_publishers(connection, scope),
        reports_by_day=_reports_by_day(connection, scope, today),
        last_heard_at=last_heard(connection, scope),
        refused=list_refused(connection, scope, since=since),
        reports_dropped=_dropped(connection, scope, since),
        database_bytes=read_size(connection),
        last_backup_at=_last_backup(connection),
    )


def is_answering(connection: Connection) -> bool:
    """Whether the database answers a question about its own tables; raises what its driver raises where not."""
    connection.execute(select(publishers.c.publisher).limit(1))
    return True


def count_publishers(connection: Connection, scope: Scope) -> dict[str, int]:
    """How many publishers, not revoked, are in each state; `never` for those that never connected."""
    state = func.coalesce(publishers.c.state, "never")
    query = (
        select(state.label("state"), func.count().label("publishers"))
        .where(publishers.c.revoked_us.is_(None))
        .group_by(state)
    )
    rows = connection.execute(of_devices(query, scope, publishers.c.device))
    return {row.state: row.publishers for row in rows}


def last_heard(connection: Connection, scope: Scope) -> datetime | None:
    """When any device was heard last."""
    query = of_devices(select(func.max(device_states.c.last_heard_us)), scope, device_states.c.device)
    newest = connection.execute(query).scalar()
    return None if newest is None else from_us(newest)


def list_refused(
    connection: Connection, scope: Scope, *, since: datetime, at_most: int = 50
) -> tuple[RefusalCount, ...]:
    """What was refused since then, folded by publisher and reason, most first."""
    folded = (
        select(
            refusals.c.publisher,
            refusals.c.reason,
            func.count().label("refused"),
            func.max(refusals.c.refusal).label("refusal"),
        )
        .where(refusals.c.received_us >= to_us(since))
        .group_by(refusals.c.publisher, refusals.c.reason)
        .order_by(func.count().desc(), refusals.c.publisher)
        .limit(at_most)
    )
    newest = of_publishers(folded, scope, refusals.c.publisher).subquery()
    rows = connection.execute(
        select(newest.c.refused, refusals.c.publisher, refusals.c.reason, refusals.c.received_us, refusals.c.detail)
        .join(refusals, refusals.c.refusal == newest.c.refusal)
        .order_by(newest.c.refused.desc(), refusals.c.publisher)
    )
    return tuple(
        RefusalCount(
            publisher=row.publisher,
            reason=row.reason,
            count=row.refused,
            last_at=from_us(row.received_us),
            detail=row.detail,
        )
        for row in rows
    )


def _reports_by_day(connection: Connection, scope: Scope, today: date) -> tuple[tuple[date, int], ...]:
    days = [today - timedelta(days=back) for back in range(REPORT_DAYS - 1, -1, -1)]
    counted = count_reports(connection, scope, since=days[0], until=today)
    return tuple((on, counted.get(on, 0)) for on in days)


def _dropped(connection: Connection, scope: Scope, since: datetime) -> int:
    query = select(func.coalesce(func.sum(gaps.c.count), 0)).where(gaps.c.received_us >= to_us(since))
    return int(connection.execute(of_devices(query, scope, gaps.c.device)).scalar_one())


def read_size(connection: Connection) -> int:
    """How many bytes the store takes."""
    asked = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if connection.dialect.name == "sqlite"
        else "SELECT pg_database_size(current_database())"
    )
    return int(connection.execute(text(asked)).scalar_one())


def note_backup(engine: Engine, now: datetime) -> None:
    """Remember that a backup was made now, so that the Health page can say how old the last one is."""
    write_setting(engine, LAST_BACKUP, str(to_us(now)))


def _last_backup(connection: Connection) -> datetime | None:
    query = select(kept_settings.c.value).where(kept_settings.c.name == LAST_BACKUP)
    noted = connection.execute(query).scalar_one_or_none()
    return None if noted is None else from_us(int(noted))

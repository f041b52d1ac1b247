"""Says which flags the judge opened and which it closed since an instant: what is new since yesterday."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from rollcall_collector.model.scope import Scope
from rollcall_collector.model.verdict import Verdict
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.scoping import within
from rollcall_collector.store.tables import devices, flags, judging_runs, sites


@dataclass(frozen=True, kw_only=True, slots=True)
class FlagChange:
    """One flag that was opened or closed, and when."""

    device_id: str
    device_name: str
    site: str | None
    finding: str
    verdict: Verdict
    sentence: str
    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FlagNews:
    """How many flags of devices in service were opened and closed since `since`, and the newest of each."""

    since: datetime
    opened_count: int
    opened: tuple[FlagChange, ...]
    closed_count: int
    closed: tuple[FlagChange, ...]


def read_news(connection: Connection, scope: Scope, now: datetime, *, at_most: int = 50) -> FlagNews | None:
    """What changed within a day, or since the last judging where that is longer ago.

    None until a judging lies before that: all that the first one finds is new to nobody.
    What was opened and closed again in between is told as closed.
    """
    last = connection.execute(select(func.max(judging_runs.c.judged_us))).scalar()
    since = to_us(now - timedelta(days=1)) if last is None else min(to_us(now - timedelta(days=1)), int(last))
    if not has_judged_before(connection, from_us(since)):
        return None
    is_closed = flags.c.state == "closed"
    opened_count, opened = _read(connection, _since(scope, flags.c.opened_us, since).where(~is_closed), at_most)
    closed_count, closed = _read(connection, _since(scope, flags.c.closed_us, since).where(is_closed), at_most)
    return FlagNews(
        since=from_us(since), opened_count=opened_count, opened=opened, closed_count=closed_count, closed=closed
    )


def has_judged_before(connection: Connection, since: datetime) -> bool:
    """Whether a judging lies before: else all that the first one found would be new."""
    first = connection.execute(select(func.min(judging_runs.c.judged_us))).scalar()
    return first is not None and int(first) < to_us(since)


def _since(scope: Scope, changed: ColumnElement[Any], since: int) -> Select[Any]:
    query: Select[Any] = (
        select(
            devices.c.device_id,
            func.coalesce(devices.c.asset_tag, devices.c.serial_number, devices.c.device_id).label("device_name"),
            sites.c.name.label("site"),
            flags.c.finding,
            flags.c.verdict,
            flags.c.sentence,
            changed.label("changed_us"),
            func.count().over().label("total"),
        )
        .select_from(
            flags.join(devices, devices.c.device == flags.c.device).outerjoin(sites, sites.c.site == devices.c.site)
        )
        .where(changed >= since, devices.c.retired_on.is_(None))
        .order_by(changed.desc(), flags.c.flag)
    )
    return within(query, scope, devices.c.site)


def _read(connection: Connection, query: Select[Any], at_most: int) -> tuple[int, tuple[FlagChange, ...]]:
    rows = connection.execute(query.limit(at_most)).all()
    return (rows[0].total if rows else 0), tuple(_change(row) for row in rows)


def _change(row: Any) -> FlagChange:
    return FlagChange(
        device_id=row.device_id,
        device_name=row.device_name,
        site=row.site,
        finding=row.finding,
        verdict=row.verdict,
        sentence=row.sentence,
        changed_at=from_us(row.changed_us),
    )

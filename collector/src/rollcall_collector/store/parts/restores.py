"""Remembers that this store came back from a backup, and reckons which acknowledged reports are therefore not in it.

A device forgets what was acknowledged. What it reported between the backup and the loss of the store before is gone,
but its next number tells how much: where it goes on with 121 and 100 was the last in the backup, 20 are missing.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from rollcall_collector.errors import StoreError, UnknownNameError
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.instants import from_us, to_us
from rollcall_collector.store.keeping import Watermark
from rollcall_collector.store.kept_settings import get_setting, write_setting
from rollcall_collector.store.scoping import of_devices
from rollcall_collector.store.tables import gaps, publishers, restore_marks, restores, watermarks

BACKUP_BEGAN = "backup.began_us"
HEARD_WITHIN = timedelta(days=28)
"""Who was silent for longer before the backup is not waited for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Restore:
    """The store was put back, at `restored_at`, to how it was at `backup_at`. Closed once a person has seen to it."""

    restore: int
    backup_at: datetime
    restored_at: datetime
    closed_at: datetime | None
    closed_by: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """Reports that were acknowledged and are not here, so far as later numbers tell, and of how many publishers.

    Of those `unheard`, which had spoken lately before the backup, nothing can be told yet.
    """

    reports: int
    publishers: int
    unheard: int


def note_backup_begins(engine: Engine, now: datetime) -> None:
    """Have the copy that is about to be made say of when it is."""
    with suppress(SQLAlchemyError):  # a full disk is no reason not to copy what is on it: the copy then seems older
        write_setting(engine, BACKUP_BEGAN, str(to_us(now)))


def note_restore(engine: Engine, now: datetime) -> Restore:
    """Remember that this store was a backup until now, and up to which number each outbox is settled in it."""
    with engine.begin() as connection:
        began = get_setting(connection, BACKUP_BEGAN)
        newest_us = connection.execute(select(func.max(publishers.c.last_heard_us))).scalar()
        backup_us = int(began) if began is not None else newest_us or 0  # of before backups said it themselves
        made = insert(restores).values(backup_us=backup_us, restored_us=to_us(now)).returning(restores)
        row = connection.execute(made).one()
        kept = connection.execute(select(watermarks)).all()
        marks = [{"restore": row.restore, "epoch_key": one.epoch_key, "highest": _mark(one).highest} for one in kept]
        if marks:
            connection.execute(insert(restore_marks), marks)
    return _restore(row)


def list_restores(connection: Connection, *, closed_since: datetime | None = None) -> tuple[Restore, ...]:
    """Those that nobody has seen to, the newest first; also those closed since then, where that is said."""
    wanted: ColumnElement[bool] = restores.c.closed_us.is_(None)
    if closed_since is not None:
        wanted |= restores.c.closed_us >= to_us(closed_since)
    rows = connection.execute(select(restores).where(wanted).order_by(restores.c.restore.desc()))
    return tuple(_restore(row) for row in rows)


def close_restore(connection: Connection, scope: Scope, restore: int, *, author: str, now: datetime) -> None:
    """Somebody has seen to it. One that is closed stays as it is. Raises UnknownNameError, StoreError."""
    _find(connection, scope, restore)
    is_open = (restores.c.restore == restore) & restores.c.closed_us.is_(None)
    connection.execute(update(restores).where(is_open).values(closed_us=to_us(now), closed_by=author))


def reopen_restore(connection: Connection, scope: Scope, restore: int) -> None:
    """Not yet, after all. Raises UnknownNameError, StoreError."""
    _find(connection, scope, restore)
    connection.execute(update(restores).where(restores.c.restore == restore).values(closed_us=None, closed_by=None))


def count_missing(connection: Connection, scope: Scope, restore: Restore) -> Missing:
    """What is missing of publishers in scope, as of now: it grows as they speak again, until the next restore."""
    lost: dict[int, int] = defaultdict(int)
    spoke: dict[int, bool] = defaultdict(bool)
    heard_since_us = to_us(restore.backup_at - HEARD_WITHIN)
    for row in _marked(connection, scope, restore):
        mark = _mark(row)
        until = mark.highest if row.until is None else row.until
        lost[row.publisher] += count_unsettled(mark.spans, after=row.was_highest, until=until)
        if (row.last_heard_us or 0) >= heard_since_us:
            spoke[row.publisher] |= mark.highest > row.was_highest
    dropped = _dropped(connection, scope, restore)
    return Missing(
        reports=max(0, sum(lost.values()) - dropped),
        publishers=sum(count > 0 for count in lost.values()),
        unheard=sum(not one for one in spoke.values()),
    )


def count_unsettled(spans: Sequence[tuple[int, int]], *, after: int, until: int) -> int:
    """How many numbers above `after`, up to `until`, are in none of these inclusive ranges."""
    settled = sum(max(0, min(last, until) - max(first, after + 1) + 1) for first, last in spans)
    return max(0, until - after) - settled


def _marked(connection: Connection, scope: Scope, restore: Restore) -> Sequence[Any]:
    later = restore_marks.alias()
    until = (
        select(func.min(later.c.highest))
        .where(later.c.epoch_key == restore_marks.c.epoch_key, later.c.restore > restore.restore)
        .scalar_subquery()
    )
    query = (
        select(
            watermarks,
            restore_marks.c.highest.label("was_highest"),
            until.label("until"),
            publishers.c.last_heard_us,
        )
        .select_from(restore_marks.join(watermarks).join(publishers))
        .where(restore_marks.c.restore == restore.restore, publishers.c.revoked_us.is_(None))
    )
    return connection.execute(of_devices(query, scope, publishers.c.device)).all()


def _dropped(connection: Connection, scope: Scope, restore: Restore) -> int:
    """What devices since said they had to drop out of the midst of others: its numbers never come, either."""
    is_torn = gaps.c.count < gaps.c.last_seq - gaps.c.first_seq + 1
    query = select(func.coalesce(func.sum(gaps.c.count), 0)).where(
        gaps.c.received_us >= to_us(restore.restored_at), is_torn, gaps.c.reason != "damaged"
    )
    return int(connection.execute(of_devices(query, scope, gaps.c.device)).scalar_one())


def _find(connection: Connection, scope: Scope, restore: int) -> None:
    if not scope.is_all:
        raise StoreError("what a restore lost is the whole district's: somebody who sees all must close it")
    if connection.execute(select(restores.c.restore).where(restores.c.restore == restore)).first() is None:
        raise UnknownNameError(f"unknown restore {restore}: the page Health shows those there were")


def _mark(row: Any) -> Watermark:
    return Watermark(publisher=row.publisher, epoch=row.epoch, upto=row.upto, ranges=row.ranges)


def _restore(row: Any) -> Restore:
    return Restore(
        restore=row.restore,
        backup_at=from_us(row.backup_us),
        restored_at=from_us(row.restored_us),
        closed_at=None if row.closed_us is None else from_us(row.closed_us),
        closed_by=row.closed_by,
    )

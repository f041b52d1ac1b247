"""What goes when the outbox is full or old: the oldest vitals first, then the oldest others, and it is said."""

import sqlite3
from dataclasses import dataclass
from typing import Literal

from rollcall_wire import Body, Gap, Vitals

BYTES_MAX = 64 << 20
AGE_DAYS_MAX = 400
ROW_BYTES = 16
"""What a row costs beside its body, roughly."""
_FREED_PART = 8
"""An overflow frees an eighth of the outbox at once, so that gap reports stay few."""
_CLOCK_TRUSTED_FROM = 20_454
"""2026-01-01. A row from before Rollcall existed has a wrong clock, not a great age."""

_VITALS, _OTHERS, _GAPS = 0, 1, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropped:
    """Rows that had to go. `freed_bytes` counts as the outbox counts."""

    first_seq: int
    last_seq: int
    count: int
    freed_bytes: int
    reason: Literal["too_large", "too_old"]


def rank_of(body: Body) -> int:
    """What goes first when room is short. A gap report never does: it is small, and it speaks for many."""
    if isinstance(body, Vitals):
        return _VITALS
    return _GAPS if isinstance(body, Gap) else _OTHERS


def drop(
    connection: sqlite3.Connection, *, held_bytes: int, bytes_max: int, today: int | None, age_days_max: int
) -> list[Dropped]:
    """Delete what waited too long by today, if ages are looked at now, and then what is too much."""
    aged = None if today is None else drop_aged(connection, today=today, age_days_max=age_days_max)
    held_bytes -= aged.freed_bytes if aged else 0
    excess = drop_excess(connection, held_bytes=held_bytes, bytes_max=bytes_max)
    return [one for one in (aged, excess) if one is not None]


def drop_excess(connection: sqlite3.Connection, *, held_bytes: int, bytes_max: int) -> Dropped | None:
    """Delete the oldest vitals, then the oldest others, until a part of the outbox is free again."""
    if held_bytes <= bytes_max:
        return None
    wanted = held_bytes - bytes_max + bytes_max // _FREED_PART
    parts: list[tuple[int, int, int, int]] = []
    for rank in (_VITALS, _OTHERS):
        wanted -= sum(part[3] for part in parts[-1:])
        if wanted > 0 and (part := _drop_oldest(connection, rank, wanted)):
            parts.append(part)
    if not parts:
        return None
    firsts, lasts, counts, freed = zip(*parts, strict=True)
    return Dropped(
        first_seq=min(firsts), last_seq=max(lasts), count=sum(counts), freed_bytes=sum(freed), reason="too_large"
    )


def drop_aged(connection: sqlite3.Connection, *, today: int, age_days_max: int) -> Dropped | None:
    """Delete what has waited too long."""
    where = "rank < ? AND added_on >= ? AND added_on < ?"
    asked = (_GAPS, _CLOCK_TRUSTED_FROM, today - age_days_max)
    first, last, count, freed = connection.execute(
        f"SELECT min(seq), max(seq), count(*), sum(length(body) + ?) FROM reports WHERE {where}",  # noqa: S608  # fixed
        (ROW_BYTES, *asked),
    ).fetchone()
    if not count:
        return None
    connection.execute(f"DELETE FROM reports WHERE {where}", asked)  # noqa: S608  # the condition is fixed above
    return Dropped(first_seq=first, last_seq=last, count=count, freed_bytes=freed, reason="too_old")


def _drop_oldest(connection: sqlite3.Connection, rank: int, wanted: int) -> tuple[int, int, int, int] | None:
    first = last = count = freed = 0
    for seq, size in connection.execute(
        "SELECT seq, length(body) + ? FROM reports WHERE rank = ? ORDER BY seq", (ROW_BYTES, rank)
    ):
        first, last, count, freed = first or seq, seq, count + 1, freed + size
        if freed >= wanted:
            break
    if not count:
        return None
    connection.execute("DELETE FROM reports WHERE rank = ? AND seq <= ?", (rank, last))
    return first, last, count, freed

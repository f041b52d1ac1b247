"""Remembers a move in both stores, so that nothing else opens the new one too early or the old one too late."""

import json
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from rollcall_collector.errors import MoveError
from rollcall_collector.store.kept_settings import get_setting, put_setting

MARK = "store.move"


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaving:
    """What the old store knows: the move's name, and where it goes (without a password)."""

    move: str
    to: str
    is_moved: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Filling:
    """What the new store knows: from where it is filled, how far, and what stands aside until it is whole."""

    move: str
    origin: str
    revision: str
    table: str | None = None
    """Which table is being copied; None before the first."""
    after: tuple[str | int, ...] | None = None
    """The key of its last row that is there; None before the first."""
    copied: int = 0
    """Rows so far, of all tables."""
    constraints: tuple[tuple[str, str, str], ...] = ()
    """Foreign keys to be put back: table, name, definition."""
    sums: tuple[tuple[str, int, int], ...] = ()
    """Once it is whole: table, rows, checksum."""


def read_mark(connection: Connection) -> Leaving | Filling | None:
    """The move that a store is part of; None for most."""
    kept = get_setting(connection, MARK)
    if kept is None:
        return None
    told = json.loads(kept)
    if "to" in told:
        return Leaving(**told)
    return Filling(
        **told
        | {
            "after": None if told["after"] is None else tuple(told["after"]),
            "constraints": tuple(map(tuple, told["constraints"])),
            "sums": tuple(map(tuple, told["sums"])),
        }
    )


def put_mark(connection: Connection, mark: Leaving | Filling) -> None:
    """Write the mark in the caller's transaction, in place of an earlier one."""
    put_setting(connection, MARK, json.dumps(asdict(mark)))


def check_mark(connection: Connection) -> None:
    """Raise MoveError for a store that has moved away, and for one that is still being filled."""
    mark = read_mark(connection)
    if isinstance(mark, Filling):
        raise MoveError(
            f"this store is still being filled from {mark.origin}",
            "'rollcall migrate' there goes on with it; where the move was given up, drop this database",
        )
    if mark is not None and mark.is_moved:
        raise moved_to(mark.to)


def moved_to(place: str) -> MoveError:
    """What a store that has moved says to whoever wants to use it."""
    return MoveError(
        f"this store has moved to {place}", "set 'database' to that; 'rollcall migrate --back' opens this one again"
    )

"""Lets one judging at a time at a store, whichever process it runs in; whoever is killed has let go."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from rollcall_collector.errors import StoreError
from rollcall_collector.store.parts.turn import Turn


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Judge as the only one. Raises StoreError where another judging is under way."""
    turn = Turn(engine, "judging")
    if not turn.is_ours():
        raise StoreError("a judging of this store is under way already: wait until it is done")
    try:
        yield
    finally:
        turn.let_go()

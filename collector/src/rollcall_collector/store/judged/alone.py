"""Lets one judging at a time at a store, whichever process it runs in; whoever is killed has let go."""

from contextlib import AbstractContextManager

from sqlalchemy import Engine

from rollcall_collector.store.parts.turn import hold_turn


def alone(engine: Engine) -> AbstractContextManager[None]:
    """Judge as the only one. Raises StoreError where another judging is under way."""
    taken = "a judging of this store is under way already: wait until it is done"
    return hold_turn(engine, "judging", if_taken=taken)

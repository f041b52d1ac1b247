"""Fills a SQLite store once for all benchmarks that look for it in the same place."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from rollcall_collector.store.database import migrate, open_database


def filled_once(store: Path, fill: Callable[[Engine], object]) -> Path:
    """This store, filled if it does not stand yet; one whose filling was killed is never taken for filled."""
    if store.exists():
        return store
    store.parent.mkdir(parents=True, exist_ok=True)
    began, half = time.perf_counter(), store.with_suffix(".half")
    for left in store.parent.glob(f"{half.name}*"):
        left.unlink()
    engine = open_database(f"sqlite:///{half}")
    migrate(engine)
    fill(engine)
    engine.dispose()
    half.rename(store)
    weight, took = store.stat().st_size / 1e6, time.perf_counter() - began
    print(f"{store.stem} filled in {took:.0f} s, {weight:,.0f} MB", flush=True)
    return store

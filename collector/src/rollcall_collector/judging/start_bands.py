"""Makes the bands of model and week anew of which starts changed since the last judging, a week at a time."""

from datetime import date, timedelta

from sqlalchemy import Engine

from rollcall_collector.store.kept.start_bands import bands_anew, forget_bands, keep_bands, read_changes

SHOWN_DAYS = 420
"""A device's page shows the last 400 days."""


def refresh_start_bands(engine: Engine, today: date) -> None:
    """Bring every band up to date. A week is written at once; whoever is killed on the way goes on the next time.

    What changed is read before the days: what changes in between counts as changed once more.
    """
    since = today - timedelta(days=SHOWN_DAYS)
    with engine.begin() as connection:
        forget_bands(connection, since)
    with engine.connect() as connection:
        changed = read_changes(connection, since)
    for week, those in sorted(changed.items()):
        with engine.connect() as connection:
            made = bands_anew(connection, {one.model for one in those}, week, week)
        with engine.begin() as connection:
            keep_bands(connection, those, made)

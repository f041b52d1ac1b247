"""Opens the store for one verb, with its tables up to date, and closes it again."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from rollcall_collector.config import CollectorSettings
from rollcall_collector.judge.minutes import MinutesTable
from rollcall_collector.judge.prices import Prices
from rollcall_collector.model.site import NewSite
from rollcall_collector.procurement import PlanSettings
from rollcall_collector.store.database import migrate, open_database
from rollcall_wire.codes import PLATFORMS


@contextmanager
def opened_store(settings: CollectorSettings) -> Iterator[Engine]:
    """The store of these settings."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.database_url)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


def new_site(settings: CollectorSettings) -> NewSite:
    """What a site gets that is only named so far."""
    return NewSite(
        zone=settings.zone, opens_minute=minutes(settings.school.opens), closes_minute=minutes(settings.school.closes)
    )


def plan_settings(settings: CollectorSettings) -> PlanSettings:
    """By which minutes and prices a budget is planned."""
    said = settings.prices
    by_platform = {name: getattr(said, f"replacement_{name}") for name in PLATFORMS}
    return PlanSettings(
        minutes=MinutesTable(**settings.minutes.model_dump()),
        prices=Prices(
            battery_swap=said.battery_swap,
            disk_swap=said.disk_swap,
            repair=said.repair,
            labour=said.labour,
            resale=said.resale,
            replacement={name: price for name, price in by_platform.items() if price is not None},
        ),
        planned_life_years=said.planned_life_years,
    )


def minutes(clock: str) -> int:
    """07:30 as minutes after midnight."""
    hours, _, rest = clock.partition(":")
    return int(hours) * 60 + int(rest)

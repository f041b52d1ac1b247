"""Enters the demo's prices where a school would: into its store, where the pages and every command read them."""

from sqlalchemy import Engine

from rollcall_collector.cli.parts.assembly import clock
from rollcall_collector.config import CollectorSettings
from rollcall_collector.procurement.kept_prices import keep_prices, last_change

_REPAIRS = {"battery_swap": 45.0, "disk_swap": 60.0, "repair": 80.0}


def enter_prices(engine: Engine, settings: CollectorSettings) -> None:
    """Prices of repairs that the settings lack, so that the demo's plan can weigh them; where none are entered."""
    lacking = {name: f"{price:g}" for name, price in _REPAIRS.items() if getattr(settings.prices, name) is None}
    with engine.begin() as connection:
        if lacking and last_change(connection) is None:
            keep_prices(connection, lacking | {"currency": "$"}, author="the demo", now=clock())

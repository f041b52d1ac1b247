"""Turns the settings into the minutes and prices by which a budget is planned."""

from rollcall_collector.config import CollectorSettings
from rollcall_collector.procurement import PlanSettings
from rollcall_collector.procurement.lost_minutes import MinutesTable
from rollcall_collector.procurement.prices import Prices
from rollcall_wire.codes import PLATFORMS


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

"""Keeps the prices and the currency that people entered on a page; what the settings file says wins over them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine

from rollcall_collector.errors import FileSettingError, PlanError
from rollcall_collector.procurement.amount import read_amount
from rollcall_collector.procurement.prices import PlanSettings, Prices
from rollcall_collector.store.entered_settings.entered import (
    Entered,
    begin_change,
    keep_change,
    last_entered,
    last_two,
    read_values,
)

log = structlog.get_logger(__name__)

NAMES = (
    "replacement_chromeos",
    "replacement_ipados",
    "replacement_windows",
    "replacement_macos",
    "replacement_linux",
    "battery_swap",
    "disk_swap",
    "repair",
    "labour",
    "lesson_hour",
)
"""The prices that can be entered on the page, by their names in the settings."""
_KEPT = "plan.prices"
_CURRENCY = re.compile(r"[A-Za-z]{0,3}[$€£¥₹₽₺₴]|[A-Za-złč]{1,3}\.?")


def of_file(settings: PlanSettings) -> frozenset[str]:
    """The prices, and the currency, that the settings file says: those that are not as without a file."""
    unset = Prices()
    return frozenset(name for name in (*NAMES, "currency") if getattr(settings.prices, name) != getattr(unset, name))


def with_kept_prices(connection: Connection, settings: PlanSettings) -> PlanSettings:
    """The settings of the file, with what people entered where it says nothing."""
    entered = read_values(connection, _KEPT)
    said = of_file(settings)
    more: dict[str, Any] = {name: value for name, value in entered.items() if name not in said}
    return replace(settings, prices=replace(settings.prices, **more))


def battery_price(engine: Engine, settings: PlanSettings) -> float | None:
    """What a new battery costs now: somebody may have entered it since the start."""
    with engine.connect() as connection:
        return with_kept_prices(connection, settings).prices.battery_swap


def last_change(connection: Connection) -> Entered | None:
    """Who entered prices last; None where the settings file alone speaks."""
    return last_entered(connection, _KEPT)


def keep_prices(
    connection: Connection,
    written: Mapping[str, str],
    *,
    author: str,
    now: datetime,
    settings: PlanSettings | None = None,
) -> None:
    """Keep prices as people wrote them, by name; one that is empty or left out is not known.

    Every change is kept with its author. Raises PlanError for an amount or a currency that is not clear,
    FileSettingError for another price than the settings file says.
    """
    prices = dict(begin_change(connection, _KEPT))
    file = settings or PlanSettings()
    said = of_file(file)
    for name in (*NAMES, "currency"):
        text = written.get(name, "").strip()
        value = _read(name, text) if text else None
        if name in said:
            if value not in {None, getattr(file.prices, name)}:
                raise FileSettingError(f"prices.{name}")
        elif value is None:
            prices.pop(name, None)
        else:
            prices[name] = value
    keep_change(connection, _KEPT, Entered(values=prices, author=author, entered_at=now))
    log.info("prices.changed", entered=sorted(prices))


def undo_prices(connection: Connection, at: str, *, author: str, now: datetime) -> None:
    """Put back the prices that held before the change made `at` (ISO); that can be undone too.

    Raises StaleChangeError where somebody changed them since.
    """
    _, before = last_two(connection, _KEPT, at)
    keep_change(connection, _KEPT, Entered(values=before, author=author, entered_at=now))
    log.info("prices.restored")


def _read(name: str, text: str) -> float | str:
    if name != "currency":
        return read_amount(text)
    if not _CURRENCY.fullmatch(text):
        raise PlanError(f"'{text[:20]}' is no currency: write a sign or three letters, like € or CHF")
    return text

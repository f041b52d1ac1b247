"""Keeps the prices and the currency that people entered on the page; the settings file says what nobody entered."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection

from rollcall_collector.errors import PlanError
from rollcall_collector.procurement.amount import read_amount
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_collector.store.kept_settings import get_setting, put_setting

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
_CHANGES_MAX = 50
_CURRENCY = re.compile(r"[A-Za-z]{0,3}[$€£¥₹₽₺₴]|[A-Za-złč]{1,3}\.?")


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceChange:
    """Who entered prices, and when (ISO 8601, UTC)."""

    author: str
    changed_at: datetime


def with_kept_prices(connection: Connection, settings: PlanSettings) -> PlanSettings:
    """The settings with what people entered in the place of what the file says."""
    return replace(settings, prices=replace(settings.prices, **_read(connection).get("prices", {})))


def last_change(connection: Connection) -> PriceChange | None:
    """Who entered prices last; None where the settings file alone speaks."""
    changes = _read(connection).get("changes", [])
    if not changes:
        return None
    return PriceChange(author=changes[-1]["by"], changed_at=datetime.fromisoformat(changes[-1]["at"]))


def keep_prices(connection: Connection, written: Mapping[str, str], *, author: str, now: datetime) -> None:
    """Keep prices as people wrote them, by name; an empty one is again what the file says.

    Every change is kept with its author, the last 50. Raises PlanError for an amount or a currency that is not clear.
    """
    prices: dict[str, float | str] = {}
    for name in NAMES:
        if text := written.get(name, "").strip():
            prices[name] = read_amount(text)
    if currency := written.get("currency", "").strip():
        if not _CURRENCY.fullmatch(currency):
            raise PlanError(f"'{currency[:20]}' is no currency: write a sign or three letters, like € or CHF")
        prices["currency"] = currency
    changes = [*_read(connection).get("changes", []), {"by": author, "at": now.isoformat(), "prices": prices}]
    put_setting(connection, _KEPT, json.dumps({"prices": prices, "changes": changes[-_CHANGES_MAX:]}))
    log.info("prices.changed", entered=sorted(prices))


def _read(connection: Connection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(get_setting(connection, _KEPT) or "{}")
    return found

"""Enters prices and the currency on the page: only an administrator, kept with who it was, the file as the default."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from rollcall_collector.api.entered_prices import EnteredPrices
from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.session import Administrator, Given
from rollcall_collector.procurement.kept_prices import NAMES, PriceChange, keep_prices, last_change, with_kept_prices
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_dashboards.pages.replace.query import plain
from rollcall_dashboards.shared.i18n import translate

router = APIRouter(include_in_schema=False)
_LABELS = {
    "replacement_chromeos": "A new Chromebook",
    "replacement_ipados": "A new iPad",
    "replacement_windows": "A new Windows device",
    "replacement_macos": "A new Mac",
    "replacement_linux": "A new Linux device",
    "battery_swap": "A new battery",
    "disk_swap": "A new disk",
    "repair": "Any other part",
    "labour": "The work, added to each",
    "lesson_hour": "A lesson hour won back, at most",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PricesForm:
    """What stands in the form: name, words and value of each price, the currency, and who changed them last."""

    rows: tuple[tuple[str, str, str], ...]
    currency: str
    change: PriceChange | None


@router.post("/replace/prices")
def enter_prices(
    services: Given, person: Administrator, entered: Annotated[EnteredPrices, Form()]
) -> RedirectResponse:
    """Keep what was entered; an amount that is not clear is refused with how to write it, and nothing changes."""
    if not person.scope.is_all:
        raise ApiProblem(403, "not_allowed", "Prices hold for every school: it takes who may see them all.")
    with services.engine.begin() as connection:
        keep_prices(connection, entered.model_dump(), author=person.name, now=services.clock())
    return RedirectResponse("/replace", status_code=303)


def read_form(connection: Connection, settings: PlanSettings) -> PricesForm:
    """The form with the prices as they hold now."""
    prices = with_kept_prices(connection, settings).prices
    return PricesForm(
        rows=tuple((name, translate(_LABELS[name]), plain(getattr(prices, name))) for name in NAMES),
        currency=prices.currency,
        change=last_change(connection),
    )

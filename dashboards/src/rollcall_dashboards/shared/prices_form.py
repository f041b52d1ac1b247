"""The form of prices and the currency: what holds now, what of it the settings file says, who changed it last."""

from dataclasses import dataclass

from sqlalchemy import Connection

from rollcall_collector.procurement.kept_prices import NAMES, last_change, of_file, with_kept_prices
from rollcall_collector.procurement.prices import PlanSettings
from rollcall_collector.store.entered_settings.entered import Entered
from rollcall_dashboards.shared.i18n import translate

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
class PriceRow:
    """One price: its name in the settings, its words, what holds, and whether the settings file says it."""

    name: str
    words: str
    value: str
    is_of_file: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PricesForm:
    """What stands in the form: the prices, the currency, and who changed them last."""

    rows: tuple[PriceRow, ...]
    currency: str
    is_currency_of_file: bool
    change: Entered | None

    @property
    def lacking(self) -> tuple[str, ...]:
        """The words of what is not known, without which the plan weighs less."""
        return tuple(row.words for row in self.rows if not row.value)


def read_prices(connection: Connection, settings: PlanSettings) -> PricesForm:
    """The form with the prices as they hold now."""
    prices = with_kept_prices(connection, settings).prices
    said = of_file(settings)
    return PricesForm(
        rows=tuple(
            PriceRow(
                name=name,
                words=translate(_LABELS[name]),
                value=plain(getattr(prices, name)),
                is_of_file=name in said,
            )
            for name in NAMES
        ),
        currency=prices.currency,
        is_currency_of_file="currency" in said,
        change=last_change(connection),
    )


def plain(number: float | None) -> str:
    """As a field or an address holds it: `4200`, `349.5`, nothing for None."""
    return "" if number is None else f"{number:.2f}".rstrip("0").rstrip(".")

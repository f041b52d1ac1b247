"""Enters prices and the currency on a page: only an administrator, kept with who it was, undone by another press."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from rollcall_collector.api.entered_prices import EnteredPrices
from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.session import Given, MayPrice
from rollcall_collector.model.scope import Asker
from rollcall_collector.procurement.kept_prices import keep_prices, undo_prices
from rollcall_dashboards.shared.local_address import local_address

router = APIRouter(include_in_schema=False)
_HERE = "/replace#prices"


@router.post("/replace/prices")
def enter_prices(services: Given, person: MayPrice, entered: Annotated[EnteredPrices, Form()]) -> RedirectResponse:
    """Keep what was entered; an amount that is not clear is refused with how to write it, and nothing changes."""
    _see_all(person)
    written = entered.model_dump(exclude={"back"})
    with services.engine.begin() as connection:
        keep_prices(connection, written, settings=services.plan_settings, author=person.name, now=services.clock())
    return RedirectResponse(local_address(entered.back) or _HERE, status_code=303)


@router.post("/replace/prices/undo")
def undo_change(
    services: Given,
    person: MayPrice,
    at: Annotated[str, Form(max_length=40)],
    back: Annotated[str, Form(max_length=2000)] = "",
) -> RedirectResponse:
    """Put the prices back as they were before the last change; once more takes that back."""
    _see_all(person)
    with services.engine.begin() as connection:
        undo_prices(connection, at, author=person.name, now=services.clock())
    return RedirectResponse(local_address(back) or _HERE, status_code=303)


def _see_all(person: Asker) -> None:
    if not person.scope.is_all:
        raise ApiProblem(403, "not_allowed", "Prices hold for every school: it takes who may see them all.")

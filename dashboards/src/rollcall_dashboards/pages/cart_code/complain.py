"""Takes a teacher's word that a slot is broken, once for each slot and a few for each cart, and takes it back."""

from typing import Annotated, get_args

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.http.session import Given
from rollcall_collector.errors import TooManyComplaintsError
from rollcall_collector.model.cart import Trouble
from rollcall_collector.store.teachers.complaints import keep_complaint, withdraw_complaint
from rollcall_dashboards.pages.cart_code.entrance import HEADERS, Scanned, let_in
from rollcall_dashboards.pages.cart_code.form_token import is_signed, sign
from rollcall_dashboards.pages.cart_code.view import FORM_LASTS, form_subject, may_undo, show_cart, undo_subject

router = APIRouter(include_in_schema=False)
_TROUBLES: tuple[Trouble, ...] = get_args(Trouble)
NUMBER_NOT_KNOWN = "none"


@router.post("/c/{secret}")
def complain(  # noqa: PLR0917  # a form's fields are named by nature
    request: Request,
    services: Given,
    secret: str,
    slot: Annotated[str, Form()] = "",
    trouble: Annotated[str, Form()] = "",
    token: Annotated[str, Form()] = "",
    undo: Annotated[str, Form()] = "",
) -> Response:
    """Keep what was said of the slot, or take it back; the page then says what became of it.

    One address for both: so the secret stands in the page's address alone, not in the page.
    """
    scanned = let_in(request, services, secret)
    if not isinstance(scanned, Scanned):
        return scanned
    if undo:
        return _take_back(request, services, scanned, secret, undo)
    if not is_signed(scanned.form_key, form_subject(scanned), token, scanned.now, within=FORM_LASTS):
        return show_cart(request, scanned, said="old", status=403)
    if (said := _keep(services, scanned, slot, trouble)) == "slot":
        return show_cart(request, scanned, said=said, status=422)
    return _back(secret, said)


def _keep(services: Services, scanned: Scanned, slot: str, trouble: str) -> str:
    """Keep it; returns the word by which the page says what became of it."""
    numbers = {str(one.slot) for one in scanned.readiness.slots if one.member is not None and one.slot is not None}
    if slot not in numbers | {NUMBER_NOT_KNOWN}:
        return "slot"
    number = None if slot == NUMBER_NOT_KNOWN else int(slot)
    said = next((one for one in _TROUBLES if one == trouble), None)
    try:
        with services.engine.begin() as connection:
            made = keep_complaint(connection, scanned.coded.cart, number, said, scanned.now)
    except TooManyComplaintsError:
        return "many"
    return "again" if made is None else f"{made}.{sign(scanned.form_key, undo_subject(made), scanned.now)}"


def _take_back(request: Request, services: Services, scanned: Scanned, secret: str, undo: str) -> Response:
    """Only what one said oneself, a short while ago."""
    complaint = may_undo(scanned, undo)
    if complaint is None:
        return show_cart(request, scanned, said="old", status=403)
    with services.engine.begin() as connection:
        withdraw_complaint(connection, scanned.coded.cart, complaint)
    return _back(secret, "undone")


def _back(secret: str, said: str) -> RedirectResponse:
    """To the page itself, so that loading it again sends nothing twice."""
    return RedirectResponse(f"/c/{secret}?said={said}", status_code=303, headers=HEADERS)

"""How many can I take, and whom do I tell that one is broken? Slots as letters, nothing of devices."""

from collections import Counter
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rollcall_collector.api.http.session import Given
from rollcall_collector.model.cart import TROUBLES, CartReadiness
from rollcall_dashboards.pages.cart_code.entrance import Scanned, keep_private, let_in
from rollcall_dashboards.pages.cart_code.form_token import is_signed, sign
from rollcall_dashboards.shared import badges
from rollcall_dashboards.shared.i18n import translate
from rollcall_dashboards.shared.render import show
from rollcall_dashboards.shared.slot_wording import say_next_lesson

router = APIRouter(include_in_schema=False)
FORM_LASTS = timedelta(hours=12)
UNDO_LASTS = timedelta(minutes=30)
_THANKS = "Thank you: the technician sees it."
_NOTES = {
    "again": "This one is known to be broken already. Thank you.",
    "many": "Several of this cart are said to be broken already: tell the technician yourself.",
    "slot": "Choose the number of the slot first; it stands in the cart.",
    "old": "This page was open for too long. Press once more.",
    "undone": "Taken back.",
}


@router.get("/c/{secret}")
def show_coded_cart(request: Request, services: Given, secret: str, said: str = "") -> HTMLResponse:
    """The cart of this code; `said` is what the button answered."""
    scanned = let_in(request, services, secret)
    return show_cart(request, scanned, said=said) if isinstance(scanned, Scanned) else scanned


def show_cart(request: Request, scanned: Scanned, *, said: str = "", status: int = 200) -> HTMLResponse:
    """The cart as letters with their legend, and the button."""
    cart = scanned.readiness
    is_new = may_undo(scanned, said) is not None
    slots = [(one.slot, badges.slot(one.state)) for one in cart.slots if one.member is not None]
    values = {
        "name": cart.cart.name,
        "title": _title(cart),
        "next_lesson": say_next_lesson(scanned.site, scanned.now),
        "slots": slots,
        "legend": _legend(cart),
        "numbers": list(dict.fromkeys(number for number, _ in slots if number is not None)),
        "troubles": TROUBLES,
        "token": sign(scanned.form_key, form_subject(scanned), scanned.now),
        "note": _say(said, is_new=is_new),
        "undo": said if is_new else "",
    }
    return keep_private(show(request, "cart_code/cart_code.html", values, status=status))


def form_subject(scanned: Scanned) -> str:
    """What the form's token is about."""
    return f"cart {scanned.coded.cart}"


def undo_subject(complaint: int) -> str:
    """What the token is about that takes a complaint back."""
    return f"complaint {complaint}"


def may_undo(scanned: Scanned, said: str) -> int | None:
    """The complaint that whoever bears this word made a short while ago; None where it is no such word."""
    number, _, token = said.partition(".")
    if not (number.isascii() and number.isdecimal()) or len(number) > 18:  # noqa: PLR2004  # a key of the store
        return None
    complaint = int(number)
    is_own = is_signed(scanned.form_key, undo_subject(complaint), token, scanned.now, within=UNDO_LASTS)
    return complaint if is_own else None


def _title(cart: CartReadiness) -> str:
    return translate("%(ready)s of %(members)s ready", ready=cart.ready, members=cart.members)


def _legend(cart: CartReadiness) -> list[tuple[badges.Face, int]]:
    """Each state that occurs, with how many there are, in the order of the slots."""
    counted = Counter(one.state for one in cart.slots if one.member is not None)
    return [(badges.slot(state), count) for state, count in counted.items()]


def _say(said: str, *, is_new: bool) -> str:
    text = _THANKS if is_new else _NOTES.get(said)
    return translate(text) if text else ""  # gettext answers an empty text with its catalog's heading

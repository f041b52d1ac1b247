"""Says which carts are short: too few devices are ready, and somebody can do something about the others."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from rollcall_collector.model.cart import CartReadiness, SlotState
from rollcall_collector.model.site import Site
from rollcall_dashboards.shared.wording import today_in

SHORT_BELOW = 0.8
MENDABLE: tuple[SlotState, ...] = ("low", "missing", "out_of_service", "said_broken", "needs_unlocking")
"""States that a person can end: by charging, finding, mending, or by closing what was said."""


def short_carts(carts: Iterable[CartReadiness], sites: Mapping[str, Site], now: datetime) -> list[CartReadiness]:
    """The short carts of sites that have school today, the shortest first."""
    open_at = {name for name, site in sites.items() if site.is_school_day(today_in(site.zone, now))}
    short = [cart for cart in carts if cart.cart.site in open_at and is_short(cart)]
    return sorted(short, key=lambda cart: cart.availability or 0.0)


def is_short(cart: CartReadiness) -> bool:
    """Whether fewer than four of five are ready or at work in a lesson, and one of the others can be made ready."""
    states = [slot.state for slot in cart.slots if slot.member is not None]
    serving = cart.ready + states.count("in_use")
    return serving < SHORT_BELOW * cart.members and any(state in MENDABLE for state in states)

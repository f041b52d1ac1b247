"""Says which carts are short: too few devices are ready, and somebody can do something about the others."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from rollcall_collector.carts.now import count_doubtful_carts
from rollcall_collector.model.cart import CartCount, CartReadiness, SlotState
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.site import Site
from rollcall_dashboards.shared.wording import today_in

Counted = TypeVar("Counted", CartCount, CartReadiness)
SHORT_BELOW = 0.8
MENDABLE: tuple[SlotState, ...] = ("low", "missing", "out_of_service", "said_broken", "needs_unlocking")
"""States that a person can end: by charging, finding, mending, or by closing what was said."""


def list_short_carts(
    connection: Connection, scope: Scope, now: datetime, sites: Mapping[str, Site], site: str | None = None
) -> list[CartCount]:
    """The short carts in scope, or those of one site, the shortest first."""
    doubtful = count_doubtful_carts(
        connection, scope, now, serving_share=SHORT_BELOW, site=site, schools=sites.values()
    )
    return short_carts(doubtful, sites, now)


def short_carts(carts: Iterable[Counted], sites: Mapping[str, Site], now: datetime) -> list[Counted]:
    """The short carts of sites that have school today, the shortest first."""
    open_at = {name for name, site in sites.items() if site.is_school_day(today_in(site.zone, now))}
    short = [cart for cart in carts if cart.cart.site in open_at and is_short(cart)]
    return sorted(short, key=lambda cart: cart.availability or 0.0)


def is_short(cart: CartCount | CartReadiness) -> bool:
    """Whether fewer than four of five are ready or at work in a lesson, and one of the others can be made ready."""
    states = cart.states
    serving = cart.ready + states["in_use"]
    return serving < SHORT_BELOW * cart.members and any(states[state] for state in MENDABLE)

"""The carts: which can be used now, slot by slot, each with its reason; and the call that asks their devices."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel

from rollcall_collector.api.http.session import Given, MaySeeCarts
from rollcall_collector.carts.now import judge_carts, judge_one_cart
from rollcall_collector.carts.roll_call import RollCall, call_cart
from rollcall_collector.model.cart import CartReadiness
from rollcall_collector.store.carts import page_carts

CartNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]


class NewRollCall(BaseModel):
    """For when the devices are needed; now where nothing is said. What is needed first is asked first."""

    needed_at: AwareDatetime | None = None


class CartPage(BaseModel):
    """One page of carts, and how many there are in all."""

    carts: list[CartReadiness]
    total: int
    page: int
    pages: int
    page_size: int


router = APIRouter(prefix="/carts", tags=["carts"])


@router.get("")
def read_carts(
    services: Given,
    person: MaySeeCarts,
    site: str | None = None,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=200)] = 20,
) -> CartPage:
    """Carts by site and name, or those of one site, with their slots' states now, one page at a time.

    A page past the end is empty, as are those of an unknown site.
    """
    with services.engine.connect() as connection:
        skipped = (page - 1) * page_size
        keys, total = page_carts(connection, person.scope, site, at_most=page_size, skipped=skipped)
        found = judge_carts(connection, person.scope, services.clock(), keys=keys)
    pages = max(1, -(-total // page_size))
    return CartPage(carts=list(found), total=total, page=page, pages=pages, page_size=page_size)


@router.get("/{cart}")
def read_cart(services: Given, person: MaySeeCarts, cart: CartNumber) -> CartReadiness:
    """One cart by its number."""
    with services.engine.connect() as connection:
        return judge_one_cart(connection, person.scope, services.clock(), cart)


@router.post("/{cart}/roll-call", status_code=202)
def call_roll(services: Given, person: MaySeeCarts, cart: CartNumber, call: NewRollCall | None = None) -> RollCall:
    """Ask the cart's iPads for their level now, and say how many answered the last call.

    Whoever told its level within five minutes is not asked. The bridge asks each at most six times a day, five a
    second and site, and nobody while school is out.
    """
    with services.engine.begin() as connection:
        return call_cart(
            connection, person.scope, cart, services.clock(), needed_at=None if call is None else call.needed_at
        )

"""The carts: which can be used now, slot by slot, each with its reason."""

from fastapi import APIRouter

from rollcall_collector.api.http.session import Given, Viewer
from rollcall_collector.carts.now import judge_carts, judge_one_cart
from rollcall_collector.model.cart import CartReadiness

router = APIRouter(prefix="/carts", tags=["carts"])


@router.get("")
def read_carts(services: Given, person: Viewer, site: str | None = None) -> tuple[CartReadiness, ...]:
    """Every cart, or those of one site, with its slots' states now. An unknown site has none."""
    with services.engine.connect() as connection:
        return judge_carts(connection, person.scope, services.clock(), site=site)


@router.get("/{cart}")
def read_cart(services: Given, person: Viewer, cart: int) -> CartReadiness:
    """One cart by its number."""
    with services.engine.connect() as connection:
        return judge_one_cart(connection, person.scope, services.clock(), cart)

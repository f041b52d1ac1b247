"""The carts: which can be used now, slot by slot, each with its reason."""

from fastapi import APIRouter

from rollcall_collector.api.session import Given
from rollcall_collector.carts.now import judge_carts, judge_one_cart
from rollcall_collector.model.cart import CartReadiness

router = APIRouter(prefix="/carts", tags=["carts"])


@router.get("")
def read_carts(services: Given, site: str | None = None) -> tuple[CartReadiness, ...]:
    """Every cart, or those of one site, with its slots' states now. An unknown site has none."""
    with services.engine.connect() as connection:
        return judge_carts(connection, services.clock(), site=site)


@router.get("/{cart}")
def read_cart(services: Given, cart: int) -> CartReadiness:
    """One cart by its number."""
    with services.engine.connect() as connection:
        return judge_one_cart(connection, services.clock(), cart)

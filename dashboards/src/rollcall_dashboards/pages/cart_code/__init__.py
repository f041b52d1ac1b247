"""The page that answers who scans the code on a cart: how many are ready, and where to say that one is broken."""

from rollcall_dashboards.pages.cart_code import complain, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="cart_code",
    title="Cart by its code",
    question="How many can I take, and whom do I tell that one is broken?",
    address="/c/{secret}",
    routers=(view.router, complain.router),
    templates=("cart_code/cart_code.html", "cart_code/turned_away.html"),
    is_open=True,
)

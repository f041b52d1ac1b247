"""The page that answers: which carts can be used now and next."""

from rollcall_dashboards.pages.carts import cart, code, complaints, csv, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="carts",
    title="Carts",
    question="Which carts can be used now?",
    address="/carts",
    routers=(view.router, csv.router, code.router, complaints.router, cart.router),
    templates=("carts/carts.html", "carts/cart.html", "carts/sheet.html"),
    right="carts",
    is_in_menu=True,
)

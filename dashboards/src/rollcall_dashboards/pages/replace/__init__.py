"""The page that answers: what do I buy, repair, claim, and why."""

from rollcall_dashboards.pages.replace import accepting, prices, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="replace",
    title="Replace",
    question="What do I buy, repair, claim, and why?",
    address="/replace",
    routers=(view.router, prices.router, accepting.router),
    templates=("replace/replace.html",),
    right="prices",
    is_in_menu=True,
)

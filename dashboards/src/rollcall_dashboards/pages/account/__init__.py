"""The page that answers: how do I sign in, and where am I signed in."""

from rollcall_dashboards.pages.account import view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="account",
    title="My account",
    question="How do I sign in, and where am I signed in?",
    address="/account",
    routers=(view.router,),
    templates=("account/account.html",),
    right=None,
)

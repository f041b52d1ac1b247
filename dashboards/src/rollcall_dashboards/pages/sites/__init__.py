"""The page that answers: which schools are there, and what was changed about them."""

from rollcall_dashboards.pages.sites import view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="sites",
    title="Sites",
    question="Which schools are there, and what was moved lately?",
    address="/sites",
    routers=(view.router,),
    templates=("sites/sites.html",),
)

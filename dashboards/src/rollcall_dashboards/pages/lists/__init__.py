"""The page that answers: what would the school's list change."""

from rollcall_dashboards.pages.lists import view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="lists",
    title="Import",
    question="What would this list change?",
    address="/import",
    routers=(view.router,),
    templates=("lists/lists.html", "lists/preview.html"),
    right="list",
)

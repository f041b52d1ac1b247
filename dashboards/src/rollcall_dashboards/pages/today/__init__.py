"""The page that answers: what needs me this morning."""

from rollcall_dashboards.pages.today import view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="today",
    title="Today",
    question="What needs me this morning?",
    address="/",
    routers=(view.router,),
    templates=("today/today.html",),
    is_in_menu=True,
)

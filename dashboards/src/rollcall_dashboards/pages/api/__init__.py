"""For programs: where the REST API is told."""

from rollcall_dashboards.pages.api import view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="api",
    title="API",
    question="What can programs ask?",
    address="/api",
    routers=(view.router,),
    templates=("api/api.html",),
    right=None,
)

"""The page that answers: is Rollcall itself well."""

from rollcall_dashboards.pages.health import view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="health",
    title="Health",
    question="Is Rollcall itself well?",
    address="/health",
    routers=(view.router,),
    templates=("health/health.html",),
    is_in_menu=True,
)

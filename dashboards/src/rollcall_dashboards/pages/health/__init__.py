"""The page that answers: is Rollcall itself well."""

from rollcall_dashboards.pages.health import restores, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="health",
    title="Health",
    question="Is Rollcall itself well?",
    address="/health",
    routers=(view.router, restores.router),
    templates=("health/health.html",),
    is_in_menu=True,
)

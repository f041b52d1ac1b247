"""The page that answers: how is Rollcall set up; and the setup that leads through it once."""

from rollcall_dashboards.pages.settings import setup, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="settings",
    title="Settings",
    question="How is Rollcall set up here?",
    address="/settings",
    routers=(view.router, setup.router),
    templates=("settings/settings.html", "settings/setup.html", "settings/link.html"),
)

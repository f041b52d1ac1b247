"""The page that answers: how is Rollcall set up, and who may do what; and the setup that leads through it once."""

from rollcall_dashboards.pages.settings import people, setup, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="settings",
    title="Settings",
    question="How is Rollcall set up here, and who may do what?",
    address="/settings",
    routers=(view.router, people.router, setup.router),
    templates=("settings/settings.html", "settings/link.html", "settings/setup.html"),
)

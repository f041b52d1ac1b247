"""The page that answers: what is the matter with this one."""

from rollcall_dashboards.pages.device import decisions, dossier, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="device",
    title="Device",
    question="What is the matter with this one?",
    address="/devices/{name}",
    routers=(view.router, dossier.router, decisions.router),
    templates=("device/device.html", "device/dossier.html", "device/unknown.html"),
)

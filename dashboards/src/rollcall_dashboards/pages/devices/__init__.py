"""The page that answers: which devices are like this."""

from rollcall_dashboards.pages.devices import exports, moving, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="devices",
    title="Devices",
    question="Which devices are like this?",
    address="/devices",
    routers=(view.router, exports.router, moving.router),
    templates=("devices/devices.html", "devices/chosen.html", "devices/labels.html"),
    is_in_menu=True,
)

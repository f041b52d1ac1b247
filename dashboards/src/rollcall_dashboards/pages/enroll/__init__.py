"""The page that answers: how does a device come in."""

from rollcall_dashboards.pages.enroll import chromebooks, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="enroll",
    title="Enroll",
    question="How does a device come in?",
    address="/enroll",
    routers=(view.router, chromebooks.router),
    templates=("enroll/enroll.html", "enroll/chromebooks.html"),
)

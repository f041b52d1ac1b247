"""The page that answers: how do devices come in, and who has."""

from rollcall_dashboards.pages.enroll import arrivals, token, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="enroll",
    title="Add devices",
    question="How do devices come in, and who has?",
    address="/enroll",
    routers=(view.router, token.router, arrivals.router),
    templates=("enroll/enroll.html", "enroll/token.html", "enroll/arrivals.html"),
)

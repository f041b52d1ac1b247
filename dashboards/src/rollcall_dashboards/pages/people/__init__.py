"""The page that answers: who may see and do what here."""

from rollcall_dashboards.pages.people import programs, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="people",
    title="People",
    question="Who may see and do what here?",
    address="/people",
    routers=(view.router, programs.router),
    templates=("people/people.html", "people/token.html"),
    right="admit",
)

"""The page that answers: who may see and do what here."""

from rollcall_dashboards.pages.people import view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="people",
    title="People",
    question="Who may see and do what here?",
    address="/people",
    routers=(view.router,),
    templates=("people/people.html",),
    right="admit",
)

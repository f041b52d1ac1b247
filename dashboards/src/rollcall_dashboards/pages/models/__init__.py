"""The page that answers: what should we buy again."""

from rollcall_dashboards.pages.models import view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="models",
    title="Models",
    question="What should we buy again?",
    address="/models",
    routers=(view.router,),
    templates=("models/models.html",),
    is_in_menu=True,
)

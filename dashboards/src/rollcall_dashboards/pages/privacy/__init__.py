"""The page that answers: what is collected about my pupil."""

from rollcall_dashboards.pages.privacy import view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="privacy",
    title="Privacy",
    question="What is collected about my pupil?",
    address="/privacy",
    routers=(view.router,),
    templates=("privacy/privacy.html",),
    right=None,
    is_in_menu=True,
)

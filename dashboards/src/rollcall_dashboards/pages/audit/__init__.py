"""The page that answers: who decided and changed what."""

from rollcall_dashboards.pages.audit import view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="audit",
    title="Audit",
    question="Who decided and changed what?",
    address="/audit",
    routers=(view.router,),
    templates=("audit/audit.html",),
    right="admit",
)

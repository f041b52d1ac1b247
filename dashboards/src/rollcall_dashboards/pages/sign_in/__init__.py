"""The page that answers: who is there."""

from rollcall_dashboards.pages.sign_in import by_password, by_provider, still_in, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="sign_in",
    title="Sign in",
    question="Who is there?",
    address="/sign-in",
    routers=(by_provider.router, by_password.router, view.router, still_in.router),
    templates=("sign_in/sign_in.html",),
    is_open=True,
)

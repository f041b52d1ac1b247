"""The page that answers: how do people sign in here, and what gives them their role."""

from rollcall_dashboards.pages.sign_in_setup import role_map, view
from rollcall_dashboards.shared.page import Page

PAGE = Page(
    name="sign_in_setup",
    title="Sign-in",
    question="How do people sign in here, and what gives them their role?",
    address="/settings/sign-in",
    routers=(view.router, role_map.router),
    templates=("sign_in_setup/sign_in_setup.html", "sign_in_setup/shown_once.html"),
    right="admit",
)

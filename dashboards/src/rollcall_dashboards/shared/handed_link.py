"""Makes a sign-in link to be handed to somebody: it is shown once, on a page that no browser keeps."""

from fastapi import Request

from rollcall_collector.api.http.services import Services
from rollcall_collector.api.settings import sign_in_link
from rollcall_collector.identity.people import HANDED_LINK_MINUTES, create_link
from rollcall_dashboards.shared.local_address import own_address


def hand_link(request: Request, services: Services, name: str) -> dict[str, object]:
    """A fresh link as `hand_over` in `shapes.html` says it. Raises UnknownPersonError."""
    secret = create_link(services.engine, name, services.clock(), minutes=HANDED_LINK_MINUTES)
    link = sign_in_link(own_address(request, services), secret)
    return {"name": name, "link": link, "hours": HANDED_LINK_MINUTES // 60}

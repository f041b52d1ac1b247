"""Makes a token for a site's devices, and fills it into the command or package of each platform."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from rollcall_collector.api.http.session import Given, MaySetUp
from rollcall_collector.identity.tokens import create_token
from rollcall_dashboards.pages.enroll import arrivals
from rollcall_dashboards.pages.enroll.ways import policy_for, ways_of
from rollcall_dashboards.shared.local_address import own_address
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)

USES_MAX = 100_000
DAYS = 400
"""So long a token works: a school year, since devices come in all through it, and stands in images and policies."""


@router.post("/enroll/token")
def make_token(
    request: Request,
    services: Given,
    person: MaySetUp,
    site: Annotated[str, Form(max_length=100)],
    uses: Annotated[int, Form(ge=1, le=USES_MAX)],
) -> HTMLResponse:
    """Each platform's way in for one site, with a token of its own that is shown now and never again."""
    now = services.clock()
    token = create_token(services.engine, person.scope, site=site, now=now, uses=uses, days=DAYS)
    address, has_authority = own_address(request, services), services.broker.ca_pem is not None
    values = {
        "site": site,
        "uses": uses,
        "days": DAYS,
        "ways": ways_of(address, services.version, token, has_authority=has_authority),
        "has_authority": has_authority,
        "policy": policy_for(address, token),
        "websocket_url": services.broker.websocket_url,
        **arrivals.values_of(services, person, now),
    }
    page = show(request, "enroll/token.html", values)
    page.headers["cache-control"] = "no-store"
    return page

"""Makes a token for a site's Chromebooks, and the policy that brings it and our address to their extension."""

import json
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from rollcall_collector.api.http.session import Given, MaySetUp
from rollcall_collector.identity.tokens import create_token
from rollcall_dashboards.shared.local_address import own_address
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)

USES_MAX = 100_000
DAYS = 400
"""As long as a token of Chromebooks works: a school year, since devices come in all through it."""


@router.post("/enroll/chromebooks")
def make_policy(
    request: Request,
    services: Given,
    person: MaySetUp,
    site: Annotated[str, Form(max_length=100)],
    uses: Annotated[int, Form(ge=1, le=USES_MAX)],
) -> HTMLResponse:
    """The policy for one site, with a token of its own that is shown now and never again."""
    token = create_token(services.engine, person.scope, site=site, now=services.clock(), uses=uses, days=DAYS)
    values = {
        "site": site,
        "uses": uses,
        "days": DAYS,
        "policy": policy_for(own_address(request, services), token),
        "websocket_url": services.broker.websocket_url,
    }
    page = show(request, "enroll/chromebooks.html", values)
    page.headers["cache-control"] = "no-store"
    return page


def policy_for(address: str, token: str) -> str:
    """The JSON that Google's Admin console takes as policy for an extension."""
    return json.dumps({"url": {"Value": address}, "token": {"Value": token}}, indent=2)

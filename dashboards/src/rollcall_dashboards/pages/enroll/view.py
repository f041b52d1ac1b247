"""How do devices come in? The steps, with the exact commands."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rollcall_collector.api.http.session import Given, Viewer
from rollcall_collector.store.sites import list_sites
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)


@router.get("/enroll")
def show_enroll(request: Request, services: Given, person: Viewer) -> HTMLResponse:
    """The commands, with this server's own address and first site filled in."""
    with services.engine.connect() as connection:
        sites = list_sites(connection, person.scope)
    address = services.public_url or f"{request.url.scheme}://{request.url.netloc}"
    values = {
        "address": address.rstrip("/"),
        "site": sites[0].name if sites else "North School",
        "is_new_site": not sites,
    }
    return show(request, "enroll/enroll.html", values)

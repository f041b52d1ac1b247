"""Who has come in: the newest devices, looked at again and again while somebody waits for them."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rollcall_collector.api.http.session import Given, MaySeeDevices
from rollcall_collector.store.publishers.arrivals import list_arrivals
from rollcall_dashboards.shared.render import show

router = APIRouter(include_in_schema=False)

LATELY = timedelta(days=7)


@router.get("/enroll/arrivals")
def show_arrivals(request: Request, services: Given, person: MaySeeDevices, since: datetime) -> HTMLResponse:
    """The list alone, of who came in since then."""
    return show(request, "enroll/arrivals.html", values_of(services, person, since.astimezone(UTC)))


def values_of(services: Given, person: MaySeeDevices, since: datetime) -> dict[str, object]:
    """What the list shows."""
    with services.engine.connect() as connection:
        return {"arrivals": list_arrivals(connection, person.scope, since=since), "since": since}

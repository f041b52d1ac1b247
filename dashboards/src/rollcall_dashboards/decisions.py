"""Takes a person's decision on a flag from the Device page, and takes it back when asked to."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from rollcall_collector.api.session import Given, Technician
from rollcall_collector.model.flag import Action
from rollcall_collector.store.flags import decide

router = APIRouter(include_in_schema=False)


@router.post("/flags/{flag}/decisions")
def add_decision(  # noqa: PLR0917  # a form's fields are named by nature
    services: Given,
    person: Technician,
    flag: int,
    action: Annotated[Action, Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
    until_on: Annotated[str, Form(max_length=10)] = "",
) -> RedirectResponse:
    """Keep the decision with its author and go back to the device. The day counts only for postponing."""
    until = _read_day(until_on) if action == "postpone" else None
    with services.engine.begin() as connection:
        decided = decide(
            connection, flag, action, author=person.name, reason=reason.strip(), until=until, now=services.clock()
        )
    return RedirectResponse(f"/devices/{decided.device_id}#flags", status_code=303)


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

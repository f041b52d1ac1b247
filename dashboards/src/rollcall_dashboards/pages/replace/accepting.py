"""Accepts all that stands above the line in one press, exactly those that were shown, and takes it back in another."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from rollcall_collector.api.http.session import Given, MayDecide
from rollcall_collector.store.judged.flags import decide_all
from rollcall_dashboards.shared.local_address import local_address

router = APIRouter(include_in_schema=False)
Flags = Annotated[list[int], Form(max_length=5000)]
Back = Annotated[str, Form(max_length=2000)]


@router.post("/replace/accept")
def accept_all(services: Given, person: MayDecide, flag: Flags, back: Back = "") -> RedirectResponse:
    """Accept these flags; one that somebody decided on meanwhile stays as they decided."""
    with services.engine.begin() as connection:
        decide_all(connection, person.scope, flag, "accept", author=person.name, now=services.clock())
    return RedirectResponse(local_address(back) or "/replace", status_code=303)


@router.post("/replace/accept/undo")
def undo_all(services: Given, person: MayDecide, flag: Flags, back: Back = "") -> RedirectResponse:
    """Open these flags again, as far as they are still accepted."""
    with services.engine.begin() as connection:
        decide_all(connection, person.scope, flag, "reopen", author=person.name, now=services.clock())
    return RedirectResponse(local_address(back) or "/replace", status_code=303)

"""Closes what a teacher said of a slot, and takes that back."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from rollcall_collector.api.http.session import Given, MayPlace
from rollcall_collector.store.teachers.complaints import close_complaint, reopen_complaint

router = APIRouter(include_in_schema=False)


@router.post("/complaints/{complaint}/close")
def close(services: Given, person: MayPlace, complaint: int) -> RedirectResponse:
    """The technician has seen to it."""
    with services.engine.begin() as connection:
        found = close_complaint(connection, person.scope, complaint, author=person.name, now=services.clock())
    return RedirectResponse(f"/carts/{found.cart}#complaints", status_code=303)


@router.post("/complaints/{complaint}/reopen")
def reopen(services: Given, person: MayPlace, complaint: int) -> RedirectResponse:
    """Not yet, after all."""
    with services.engine.begin() as connection:
        found = reopen_complaint(connection, person.scope, complaint)
    return RedirectResponse(f"/carts/{found.cart}#complaints", status_code=303)

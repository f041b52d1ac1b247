"""Closes what the page says of a restored store, once somebody has seen to it, and takes that back."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from rollcall_collector.api.http.session import Given, MaySetUp
from rollcall_collector.store.parts.restores import close_restore, reopen_restore

router = APIRouter(include_in_schema=False)


@router.post("/health/restores/{restore}/close")
def close(services: Given, person: MaySetUp, restore: int) -> RedirectResponse:
    """It has been seen to."""
    with services.engine.begin() as connection:
        close_restore(connection, person.scope, restore, author=person.name, now=services.clock())
    return RedirectResponse("/health#restores", status_code=303)


@router.post("/health/restores/{restore}/reopen")
def reopen(services: Given, person: MaySetUp, restore: int) -> RedirectResponse:
    """Not yet, after all."""
    with services.engine.begin() as connection:
        reopen_restore(connection, person.scope, restore)
    return RedirectResponse("/health#restores", status_code=303)

"""Which carts can be used now, as a table for a spreadsheet: the columns of the page, and a count of each state."""

from collections import Counter
from collections.abc import Iterator
from typing import get_args

from fastapi import APIRouter
from fastapi.responses import Response

from rollcall_collector.api.http.session import Given, MaySeeCarts
from rollcall_collector.carts.now import glance_at_carts
from rollcall_collector.carts.readiness import LETTERS
from rollcall_collector.model.cart import CartGlance, SlotState
from rollcall_collector.sheets.csv_cells import as_file, write_lines

router = APIRouter(include_in_schema=False)
_STATES: tuple[SlotState, ...] = get_args(SlotState)


@router.get("/carts.csv")
def export_carts(services: Given, person: MaySeeCarts, site: str = "") -> Response:
    """The carts of the page as they are now, by site and name."""
    with services.engine.connect() as connection:
        carts = glance_at_carts(connection, person.scope, services.clock(), site=site or None)
    headings = ("site", "cart", "home_room", "devices", *_STATES, "open_flags", "slots")
    return Response(
        as_file(write_lines([headings, *_rows(carts)])),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="carts.csv"'},
    )


def _rows(carts: tuple[CartGlance, ...]) -> Iterator[tuple[object, ...]]:
    for one in carts:
        states = Counter([slot.state for slot in one.slots])
        marked = sum(slot.is_marked for slot in one.slots)
        letters = "".join([LETTERS[slot.state] for slot in one.slots])
        counts = (states[state] for state in _STATES)
        yield (one.cart.site, one.cart.name, one.cart.home_room, one.members, *counts, marked, letters)

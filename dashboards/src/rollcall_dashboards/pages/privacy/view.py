"""What is collected about my pupil? Every field in plain words, read from the wire itself, and what never leaves."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rollcall_dashboards.shared.render import show
from rollcall_wire import explain
from rollcall_wire.codes import CODES
from rollcall_wire.privacy import NEVER
from rollcall_wire.reports import KINDS, Report

router = APIRouter(include_in_schema=False)
_KINDS: tuple[Any, ...] = KINDS


@router.get("/privacy")
def show_privacy(request: Request) -> HTMLResponse:
    """Every field of every kind of report, so that this page cannot drift from what devices send."""
    kinds = [(explain.name_of(kind), explain.summary_of(kind), explain.fields_of(kind)) for kind in _KINDS]
    values = {
        "never": NEVER,
        "kinds": kinds,
        "around": explain.fields_of(Report),
        "codes": CODES,
        "count": sum(len(fields) for _, _, fields in kinds) + len(explain.fields_of(Report)),
    }
    return show(request, "privacy/privacy.html", values)

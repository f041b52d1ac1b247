"""Takes a person's decision on a flag, takes it back when asked to, and returns to the page it was made on."""

from datetime import date
from typing import Annotated, get_args

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from rollcall_collector.api.http.problems import ApiProblem
from rollcall_collector.api.http.session import Given, MayDecide
from rollcall_collector.model.flag import Action, Outcome
from rollcall_collector.store.judged.flags import decide
from rollcall_dashboards.shared.local_address import local_address

router = APIRouter(include_in_schema=False)
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@router.post("/flags/{flag}/decisions")
def add_decision(  # noqa: PLR0917  # a form's fields are named by nature
    services: Given,
    person: MayDecide,
    flag: int,
    action: Annotated[Action, Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
    until_on: Annotated[str, Form(max_length=10)] = "",
    outcome: Annotated[str, Form(max_length=20)] = "",
    replaced_by: Annotated[str, Form(max_length=100)] = "",
    back: Annotated[str, Form(max_length=2000)] = "",
) -> RedirectResponse:
    """Keep the decision with its author and go back. A day counts only for postponing, an outcome for finishing."""
    until = _read_day(until_on) if action == "postpone" else None
    ended, new = _read_outcome(outcome, replaced_by.strip()) if action == "finish" else (None, None)
    with services.engine.begin() as connection:
        decided = decide(
            connection,
            person.scope,
            flag,
            action,
            author=person.name,
            reason=reason.strip(),
            until=until,
            outcome=ended,
            replaced_by=new,
            now=services.clock(),
        )
    return RedirectResponse(local_address(back) or f"/devices/{decided.device_id}#flags", status_code=303)


def _read_outcome(outcome: str, replaced_by: str) -> tuple[Outcome | None, str | None]:
    """Who names the new device and chooses nothing means a replacement."""
    chosen = next((one for one in _OUTCOMES if one == outcome), "replaced" if replaced_by else None)
    if replaced_by and chosen not in {"replaced", "claimed"}:
        raise ApiProblem(
            422,
            "wrong_shape",
            "Only a replacement or a claim has a new device: go back, choose 'replaced' or leave the new device out.",
        )
    return chosen, replaced_by or None


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

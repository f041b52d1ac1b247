"""Flags and what people decide on them: accept, postpone, dismiss, finish, and reopen to undo."""

from datetime import date
from typing import Annotated, get_args

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from rollcall_collector.api.http.session import Given, Technician, Viewer
from rollcall_collector.model.flag import Action, Flag, FlagState, Outcome
from rollcall_collector.store.devices import find_device
from rollcall_collector.store.judged import flags as store

router = APIRouter(prefix="/flags", tags=["flags"])
STATES: tuple[FlagState, ...] = get_args(FlagState)


class NewDecision(BaseModel):
    """What somebody decides on a flag. A dismissal and a postponement need a reason, postponing the day to ask again.

    A finish may say its outcome; with `replaced`, the serial number or tag of the new device.
    """

    action: Action
    reason: Annotated[str, Field(max_length=500)] = ""
    until_on: date | None = None
    outcome: Outcome | None = None
    replaced_by: Annotated[str, Field(max_length=100)] | None = None


@router.get("", response_model_exclude={"__all__": {"device"}})
def read_flags(
    services: Given,
    person: Viewer,
    state: Annotated[tuple[FlagState, ...], Query()] = ("open",),
    device_id: str | None = None,
) -> tuple[Flag, ...]:
    """Flags in these states, worst first, with their decisions; of the fleet or of one device."""
    with services.engine.connect() as connection:
        device = None if device_id is None else find_device(connection, person.scope, device_id).device
        return store.list_flags(connection, person.scope, states=state, device=device)


@router.get("/{flag}", response_model_exclude={"device"})
def read_flag(services: Given, person: Viewer, flag: int) -> Flag:
    """One flag with its evidence and decisions."""
    with services.engine.connect() as connection:
        return store.find_flag(connection, person.scope, flag)


@router.post("/{flag}/decisions", status_code=201, response_model_exclude={"device"})
def add_decision(services: Given, person: Technician, flag: int, decision: NewDecision) -> Flag:
    """Decide on a flag. Decisions are kept with their author; `reopen` takes one back."""
    with services.engine.begin() as connection:
        return store.decide(
            connection,
            person.scope,
            flag,
            decision.action,
            author=person.name,
            reason=decision.reason,
            until=decision.until_on,
            outcome=decision.outcome,
            replaced_by=decision.replaced_by,
            now=services.clock(),
        )

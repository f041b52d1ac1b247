"""Flags and what people decide on them: accept, postpone, dismiss, finish, and reopen to undo."""

from datetime import date, datetime
from typing import Annotated, get_args

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from rollcall_collector.api.http.session import Given, MayDecide, MaySeeDevices
from rollcall_collector.model.flag import Action, Decision, Evidence, FlagState, Outcome
from rollcall_collector.model.verdict import Verdict
from rollcall_collector.store.devices import PAGE_SIZE_MAX, find_device
from rollcall_collector.store.judged import flags as store

router = APIRouter(prefix="/flags", tags=["flags"])
FlagNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]
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


class FlagShape(BaseModel):
    """A proposal to people about one device, with everything decided on it, oldest first."""

    model_config = ConfigDict(from_attributes=True)

    flag: int
    device_id: str
    device_name: str
    site: str | None
    cart: str | None
    finding: str
    verdict: Verdict
    state: FlagState
    sentence: str
    evidence: Evidence
    opened_at: datetime
    seen_at: datetime
    decisions: tuple[Decision, ...]


@router.get("")
def read_flags(  # noqa: PLR0917  # a query's parameters are named by nature
    request: Request,
    response: Response,
    services: Given,
    person: MaySeeDevices,
    state: Annotated[tuple[FlagState, ...], Query()] = ("open",),
    device_id: str | None = None,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=PAGE_SIZE_MAX)] = 500,
) -> list[FlagShape]:
    """Flags in these states, worst first, with their decisions; of the fleet or of one device.

    Where there are more, the header `Link` names the next page (RFC 8288).
    """
    with services.engine.connect() as connection:
        device = None if device_id is None else find_device(connection, person.scope, device_id).device
        found = store.list_flags(
            connection,
            person.scope,
            states=state,
            device=device,
            at_most=page_size + 1,
            skipped=(page - 1) * page_size,
        )
    if len(found) > page_size:
        response.headers["link"] = f'<?{request.url.include_query_params(page=page + 1).query}>; rel="next"'
    return [FlagShape.model_validate(flag) for flag in found[:page_size]]


@router.get("/{flag}")
def read_flag(services: Given, person: MaySeeDevices, flag: FlagNumber) -> FlagShape:
    """One flag with its evidence and decisions."""
    with services.engine.connect() as connection:
        return FlagShape.model_validate(store.find_flag(connection, person.scope, flag))


@router.post("/{flag}/decisions", status_code=201)
def add_decision(services: Given, person: MayDecide, flag: FlagNumber, decision: NewDecision) -> FlagShape:
    """Decide on a flag. Decisions are kept with their author; `reopen` takes one back."""
    with services.engine.begin() as connection:
        decided = store.decide(
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
    return FlagShape.model_validate(decided)

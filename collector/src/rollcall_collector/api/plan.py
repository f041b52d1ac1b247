"""A plan for a budget: what to claim, repair and replace, and what that wins back, as the Replace page shows it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict

from rollcall_collector.api.devices import DeviceShape
from rollcall_collector.api.http.session import Given, MaySeePrices
from rollcall_collector.judge.forecast_record import ForecastRecord, say_forecasts
from rollcall_collector.judging.forecasts import read_forecasts
from rollcall_collector.model.flag import FlagState
from rollcall_collector.model.plan import Comparison, DueYear, PlanQuestion, Step
from rollcall_collector.procurement.amount import read_amount
from rollcall_collector.procurement.plan import PLAN_PARTS, decide_plan, show_plan
from rollcall_collector.procurement.question import read_bounds
from rollcall_collector.store.devices import PAGE_SIZE_MAX

router = APIRouter(prefix="/plan", tags=["plan"])


class RowShape(BaseModel):
    """One device and what to do with it. A cost of null: nobody entered a price. Minutes leave out `unmeasured`."""

    model_config = ConfigDict(from_attributes=True)

    device: DeviceShape
    step: Step
    part: str | None
    cost: float | None
    minutes_yearly: float
    minutes: float
    flag: int
    flag_state: FlagState
    finding: str
    sentence: str
    evidence: dict[str, float | int | str | None]
    probability: float | None
    unmeasured: tuple[str, ...]
    cost_per_hour: float | None
    is_worth: bool


class ListedShape(BaseModel):
    """A device on the replace list, and where the plan has it."""

    model_config = ConfigDict(from_attributes=True)

    device: DeviceShape
    place: str
    by_chance: float


class ForecastsShape(BaseModel):
    """How good the forecasts behind `minutes` were so far: of the whole fleet, made months ago, beside what came."""

    model_config = ConfigDict(from_attributes=True)

    over_actual: dict[int, float]
    """Foretold over what came, by how many days ago it would have been made; 1 is right."""
    undated_share: float
    said: str

    @classmethod
    def of(cls, found: ForecastRecord) -> "ForecastsShape":
        """Ratios alone: a plan for one school tells no other's counts."""
        return cls(
            over_actual={one.days_ago: round(one.over_actual, 3) for one in found.past if one.came},
            undated_share=round(found.undated / max(found.devices, 1), 3),
            said=say_forecasts(found),
        )


class PlanShape(BaseModel):
    """The plan: `chosen` fits the budget, best first; `outside` asks for it too, the marginal first.

    Of each part the first rows are told; `counts` says how many there are.
    """

    model_config = ConfigDict(from_attributes=True)

    question: PlanQuestion
    made_on: date
    run: int | None
    is_enough: bool
    chosen: list[RowShape]
    outside: list[RowShape]
    claims: list[RowShape]
    refreshes: list[RowShape]
    unpriced: list[RowShape]
    cost: float
    minutes: float
    comparisons: list[Comparison]
    outlook: list[DueYear]
    lists: Mapping[str, int]
    with_the_rest: list[RowShape]
    lesson_hour: float | None
    currency: str
    listed: list[ListedShape]
    counts: dict[str, int] = {}
    forecasts: ForecastsShape | None = None


@router.get("")
def read_plan(  # noqa: PLR0917  # a query's parameters are named by nature
    services: Given,
    person: MaySeePrices,
    budget: Annotated[float, BeforeValidator(read_amount), Query(description="money: 40000, 40,000 or 40k")],
    site: Annotated[tuple[str, ...], Query()] = (),
    floor: Annotated[tuple[str, ...], Query(description="SITE=MONEY")] = (),
    cap: Annotated[tuple[str, ...], Query(description="SITE=MONEY")] = (),
    threshold: float | None = None,
    wrong_share: float | None = None,
    rows: Annotated[int, Query(ge=0, le=PAGE_SIZE_MAX, description="of each part at most so many")] = 100,
) -> PlanShape:
    """The plan for this budget; `threshold` and `wrong_share` try out another rule than the fleet is judged by."""
    question = PlanQuestion(
        budget=budget,
        sites=site,
        bounds=read_bounds(floor, cap),
        threshold=threshold,
        wrong_share=wrong_share,
    )
    with services.engine.connect() as connection:
        plan = decide_plan(
            connection,
            person.scope,
            question,
            settings=services.plan_settings,
            now=services.clock(),
            kept=services.kept_plans,
        )
        shown = show_plan(connection, person.scope, plan, at_most=rows)
        forecasts = read_forecasts(connection)
    more: dict[str, object] = {"counts": {part: len(getattr(plan, part)) for part in (*PLAN_PARTS, "listed")}}
    if forecasts is not None:
        more["forecasts"] = ForecastsShape.of(forecasts)
    return PlanShape.model_validate(shown).model_copy(update=more)

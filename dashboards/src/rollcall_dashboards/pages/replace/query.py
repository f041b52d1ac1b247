"""What was asked of the plan, read from the address and written into addresses: it can be sent on and bookmarked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil, floor, log10
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from rollcall_collector.errors import AmountError
from rollcall_collector.model.plan import PlanQuestion, SiteBounds
from rollcall_collector.procurement.amount import read_amount
from rollcall_dashboards.shared.prices_form import plain

THRESHOLDS = (1.25, 1.5, 2.0, 3.0)
WRONG_PERCENTS = (1, 2, 5, 10, 20)
_LEAST, _MOST = "least ", "most "
"""How the fields of a school's floor and cap begin; its name follows."""
_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanAsked:
    """A buyer's question as an address can hold it; None and empty ask for nothing special.

    `threshold` is in times its peers, `wrong_percent` the share of wrong names; floors and caps are by school.
    `is_whole` shows every row of a long list. `unclear` is an amount that could be read in two ways.
    """

    budget: float | None = None
    sites: tuple[str, ...] = ()
    threshold: float | None = None
    wrong_percent: float | None = None
    floors: Mapping[str, float] = field(default_factory=dict)
    caps: Mapping[str, float] = field(default_factory=dict)
    is_whole: bool = False
    unclear: AmountError | None = None

    @property
    def is_trial(self) -> bool:
        """Whether another rule is tried out than the one the fleet was judged by."""
        return self.threshold is not None or self.wrong_percent is not None


def read_plan_asked(query: QueryParams, known: Iterable[str]) -> PlanAsked:
    """The question in an address; an amount of money that is not clear is asked about, other nonsense left out."""
    names = tuple(known)
    asked = PlanAsked(
        sites=tuple(name for name in names if name in query.getlist("site")),
        threshold=_among(query.get("threshold", ""), THRESHOLDS),
        wrong_percent=_among(query.get("wrong", ""), WRONG_PERCENTS),
        is_whole=query.get("rows") == "all",
    )
    budget = query.get("budget", "").strip()
    try:
        return replace(
            asked,
            budget=read_amount(budget) if budget else None,
            floors=_by_site(query, names, _LEAST),
            caps=_by_site(query, names, _MOST),
        )
    except AmountError as error:
        return replace(asked, unclear=error)


def to_question(asked: PlanAsked, budget: float) -> PlanQuestion:
    """The question as the planner takes it, for this much money."""
    bound = dict.fromkeys((*asked.floors, *asked.caps))
    return PlanQuestion(
        budget=budget,
        sites=asked.sites,
        bounds=tuple(
            SiteBounds(site=name, floor=asked.floors.get(name, 0.0), cap=asked.caps.get(name)) for name in bound
        ),
        threshold=asked.threshold,
        wrong_share=None if asked.wrong_percent is None else asked.wrong_percent / 100,
    )


def plan_address(asked: PlanAsked, path: str = "/replace") -> str:
    """The address of this question."""
    words = [
        ("budget", plain(asked.budget)),
        *(("site", name) for name in asked.sites),
        ("threshold", plain(asked.threshold)),
        ("wrong", plain(asked.wrong_percent)),
        *((f"{_LEAST}{name}", plain(money)) for name, money in asked.floors.items()),
        *((f"{_MOST}{name}", plain(money)) for name, money in asked.caps.items()),
        ("rows", "all" if asked.is_whole else ""),
    ]
    kept = [(name, value) for name, value in words if value]
    return f"{path}?{urlencode(kept)}" if kept else path


@dataclass(frozen=True, kw_only=True, slots=True)
class Slider:
    """The ends and the step of the budget's slider: a hundred steps or fewer, in round amounts."""

    most: float
    step: float


def slider(total: float, budget: float) -> Slider:
    """A slider that reaches everything that is proposed, and the asked budget."""
    top = max(total, budget, 100.0)
    power = 10.0 ** floor(log10(top / 100))
    step = next(power * one for one in _STEPS if top / (power * one) <= 100)  # noqa: PLR2004  # steps
    return Slider(most=step * ceil(top / step), step=step)


def _by_site(query: QueryParams, names: Iterable[str], prefix: str) -> dict[str, float]:
    written = {name: query.get(f"{prefix}{name}", "").strip() for name in names}
    return {name: read_amount(money) for name, money in written.items() if money}


def _among(text: str, known: Iterable[float]) -> float | None:
    return next((float(one) for one in known if f"{one:g}" == text.strip()), None)

"""A plan for a budget: what to do with which device, what it costs, and how many lesson minutes it wins back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rollcall_collector.model.device import Device
from rollcall_collector.model.flag import Evidence, FlagState

Step = Literal["claim", "repair", "replace"]
"""What is done with a device: the vendor's business, a part changed, or a new device."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteBounds:
    """What a site gets at least and at most, in money; None is no bound."""

    site: str
    floor: float = 0.0
    cap: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanQuestion:
    """What a buyer asks: so much money, for these sites (none named: all), within these bounds a site.

    `threshold` (times its peers) and `wrong_share` (of names on the replace list) try out other rules than those the
    fleet was judged by; None keeps these.
    """

    budget: float
    sites: tuple[str, ...] = ()
    bounds: tuple[SiteBounds, ...] = ()
    threshold: float | None = None
    wrong_share: float | None = None

    @property
    def is_trial(self) -> bool:
        """Whether another rule is tried out."""
        return self.threshold is not None or self.wrong_share is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanLine:
    """What to do with the device of this key. `part` is what a repair changes; `cost` None: nobody entered a price.

    `minutes_yearly` are lesson minutes a year won back, `minutes` those over the years it would still have served.
    `unmeasured` names what is not among them because nobody measured it: "waiting" for starts, "failures". `flag` is 0
    where only another threshold or share than the fleet's own would name the device. `cost_per_hour` is money for a
    lesson hour won back, None where either is not known; `is_worth` is false where that is more than the school pays.
    """

    key: int
    step: Step
    part: str | None
    cost: float | None
    minutes_yearly: float
    minutes: float
    flag: int
    flag_state: FlagState
    finding: str
    sentence: str
    evidence: Evidence
    probability: float | None
    unmeasured: tuple[str, ...] = ()
    cost_per_hour: float | None = None
    is_worth: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanRow(PlanLine):
    """A line with its device as it is now."""

    device: Device


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedKey:
    """A device on the replace list and where the plan has it: a step, "refresh", or the state of its flag.

    `by_chance` is how likely it is that it is no worse than the rule asks and stands there by bad luck.
    """

    key: int
    place: str
    by_chance: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedDevice(ListedKey):
    """The same with the device as it is now."""

    device: Device


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What another way of choosing would have bought of the same for no more money than the plan spends."""

    name: str
    devices: int
    cost: float
    minutes: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DueYear:
    """What falls due in one calendar year whatever else is decided: support or planned life ends.

    `cost` counts those with a known price; `unpriced` are those without.
    """

    year: int
    support_ends: int
    life_ends: int
    cost: float
    unpriced: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DueModel:
    """Devices of one model whose support ends on one day, by key, and what new ones cost as far as it is known.

    A model of "" is not known.
    """

    until: date | None
    model: str
    keys: tuple[int, ...]
    cost: float
    unpriced: int


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyedPlan:
    """The answer, devices by key. `chosen` fits the budget, best first; `outside` asks for it too, the marginal first.

    `claims` cost nothing; `refreshes` go by the date their support ends, not by their faults; `unpriced` cannot be
    weighed before a price is entered. `cost` and `minutes` are of `chosen` and `claims` together. `is_enough` is false
    where the fleet's record is too short to name devices by statistics. `lists` counts who would stand on the replace
    and the watch list under the asked threshold and share. `with_the_rest` are refreshes of devices out of support for
    which the money left over would do; they count in neither `cost` nor `minutes`. `comparisons` is empty where prices
    are missing or sites have floors or caps: then the ways of choosing cannot be held against each other.
    `listed` names who stands on the replace list, as many as `lists` counts. `due` groups the refreshes, the soonest
    first. `lesson_hour` is what a lesson hour won back may cost at most; None is no such line.
    """

    question: PlanQuestion
    made_on: date
    run: int | None
    is_enough: bool
    chosen: tuple[PlanLine, ...]
    outside: tuple[PlanLine, ...]
    claims: tuple[PlanLine, ...]
    refreshes: tuple[PlanLine, ...]
    unpriced: tuple[PlanLine, ...]
    cost: float
    minutes: float
    comparisons: tuple[Comparison, ...]
    outlook: tuple[DueYear, ...]
    lists: Mapping[str, int]
    with_the_rest: tuple[PlanLine, ...] = ()
    lesson_hour: float | None = None
    currency: str = ""
    listed: tuple[ListedKey, ...] = ()
    due: tuple[DueModel, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetPlan(KeyedPlan):
    """The same with every device as it is now."""

    chosen: tuple[PlanRow, ...]
    outside: tuple[PlanRow, ...]
    claims: tuple[PlanRow, ...]
    refreshes: tuple[PlanRow, ...]
    unpriced: tuple[PlanRow, ...]
    with_the_rest: tuple[PlanRow, ...] = ()
    listed: tuple[ListedDevice, ...] = ()

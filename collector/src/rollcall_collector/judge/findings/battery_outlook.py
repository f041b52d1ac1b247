"""A battery that will not last the year, by its own fade drawn to its model's."""

from dataclasses import asdict, dataclass

import numpy as np

from rollcall_collector.judge.arrays import Bools
from rollcall_collector.judge.battery import BatteryOutlook
from rollcall_collector.judge.findings.battery_readings import JUMP, READ, held_percent
from rollcall_collector.judge.findings.papers import REFRESH_MONTHS, Papers, advise, route
from rollcall_collector.judge.findings.rule import Needs, Rule, Subject
from rollcall_collector.judge.findings.wording import figures, join, say_percent
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.verdict import Verdict

NAME = "battery_outlook"
_MANY_MONTHS = 120
_ONE_AND_A_HALF = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class BatteryEvidence:
    """How one device's battery fares: shares of its design, losses a month, months left with their 90 % interval.

    `model_loss` is None where no other device of its model tells what it loses.
    """

    health: float
    design_wh: float | None
    full_wh: float | None
    cycles: int | None
    loss: float
    model_loss: float | None
    months_left: float
    months_left_low: float
    months_left_high: float
    probability: float
    hours: float | None
    is_due: bool


def battery_evidence(
    outlook: BatteryOutlook,
    device: int,
    *,
    design_wh: float | None = None,
    full_wh: float | None = None,
    cycles: int | None = None,
) -> BatteryEvidence | None:
    """The evidence of a battery that is due or watched; None where it is neither."""
    if not (outlook.is_due[device] or outlook.is_watched[device]):
        return None
    hours = float(outlook.hours[device])
    has_others = np.count_nonzero(np.isfinite(outlook.loss) & (outlook.model_loss == outlook.model_loss[device])) > 1
    return BatteryEvidence(
        health=float(outlook.health[device]),
        design_wh=design_wh,
        full_wh=full_wh,
        cycles=cycles,
        loss=float(outlook.loss[device]),
        model_loss=float(outlook.model_loss[device]) if has_others else None,
        months_left=float(outlook.months_left[device]),
        months_left_low=float(outlook.months_left_low[device]),
        months_left_high=float(outlook.months_left_high[device]),
        probability=float(outlook.probability[device]),
        hours=hours if np.isfinite(hours) else None,
        is_due=bool(outlook.is_due[device]),
    )


def find_battery(
    found: BatteryEvidence | None, papers: Papers, *, price: float | None = None, swap_price: float | None = None
) -> Finding | None:
    """A finding for a battery that is due or soon will be.

    The device is replaced instead only when the swap costs more than half of its price (an assumption; both prices
    must be known), or refreshed when its support ends within 18 months.
    """
    if found is None:
        return None
    wanted: Verdict = "repair" if found.is_due else "watch"
    if found.is_due and not papers.is_in_warranty:
        months = papers.support_months
        if months is not None and months <= 1.5 * REFRESH_MONTHS:
            wanted = "refresh"
        elif price is not None and swap_price is not None and swap_price > price / 2:
            wanted = "replace"
    verdict = route(wanted, papers)
    return Finding(
        finding=NAME,
        verdict=verdict,
        sentence=_say(verdict, found, papers),
        evidence={**figures(asdict(found)), "source": "Theil-Sen slope, shrunk to the model; 80 % within 12 months"},
    )


def _say(verdict: Verdict, found: BatteryEvidence, papers: Papers) -> str:
    if verdict == "repair":
        return join("Plan a new battery: ", say_battery(found, of="this one"))
    return join(advise(verdict, None, papers), say_battery(found))


def say_battery(found: BatteryEvidence, *, of: str = "the battery") -> str:
    """When it is spent and how likely, then what it holds, its trend beside its model's, its run-time, and the rule.

    `of` is what a sentence calls it that begins with the advice.
    """
    hours = (
        "Its run-time is not known."
        if found.hours is None
        else f"It runs for {found.hours:.1f} h of a 6 h school day."
    )
    said = _say_spent(found, of) if found.months_left <= 0 else _say_left(found, of)
    return f"{said} {hours} (Rule: 80 %, as Apple states for the iPad at 1,000 cycles.)"


def _say_left(found: BatteryEvidence, of: str) -> str:
    about = f"about {found.months_left:.0f} months" if found.months_left >= _ONE_AND_A_HALF else "about a month"
    model = "" if found.model_loss is None else f" (its model {100 * found.model_loss:.1f})"
    return (
        f"In {about} ({_span(found)}) {of} will hold less than 80 % of what it held when new: that counts as spent. "
        f"Within twelve months this is {say_percent(found.probability)} likely. Now it holds {_measured(found)}, and "
        f"loses {100 * found.loss:.1f} points a month{model}."
    )


def _say_spent(found: BatteryEvidence, of: str) -> str:
    return f"{of[:1].upper()}{of[1:]} holds {_measured(found)}: under 80 % counts as spent."


def _measured(found: BatteryEvidence) -> str:
    measured = f"{found.health:.0%} of what it held when new".replace("%", " %")
    design_wh = found.design_wh or (found.full_wh / found.health if found.full_wh and found.health else None)
    if found.full_wh is not None and design_wh is not None:
        measured += f" ({found.full_wh:.1f} of {design_wh:.1f} Wh)"
    return measured if found.cycles is None else f"{measured} after {found.cycles} charges"


def _span(found: BatteryEvidence) -> str:
    most = f"{found.months_left_high:.0f}" if found.months_left_high < _MANY_MONTHS else "many"
    return f"90 % interval {found.months_left_low:.0f} to {most}"


def _find(subject: Subject) -> Finding | None:
    fleet = subject.fleet
    if fleet is None:
        return None
    full_wh = float(fleet.judged.arrays.full_wh[fleet.place])
    evidence = battery_evidence(fleet.judged.batteries, fleet.place, full_wh=full_wh if np.isfinite(full_wh) else None)
    if evidence is None or _is_new(subject, evidence):
        return None
    return find_battery(evidence, subject.papers, price=subject.price, swap_price=subject.swap_price)


def _is_new(subject: Subject, evidence: BatteryEvidence) -> bool:
    """A battery changed since the month that speaks against it needs nobody's word."""
    now = held_percent(subject.facts.days, subject.today)
    return now is not None and now > 100 * round(evidence.health, 4) + JUMP


def _among(judged: WholeJudgement) -> Bools:
    return judged.batteries.is_due | judged.batteries.is_watched


RULE = Rule(
    name=NAME,
    title="fading battery",
    part="battery",
    needs=Needs(readings=(READ,), among=_among),
    verdict="repair",
    find=_find,
)

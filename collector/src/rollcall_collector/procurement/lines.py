"""Writes down what each proposal comes to, who is named and what is due when, whatever the budget."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date

from rollcall_collector.judge.findings.unreliable import UNRELIABLE
from rollcall_collector.model.flag import FlagState
from rollcall_collector.model.plan import DueModel, ListedKey, PlanLine
from rollcall_collector.procurement.candidates import Candidates, Ground
from rollcall_collector.procurement.inputs import Fleet
from rollcall_collector.procurement.proposals import Proposal
from rollcall_collector.store.history.plan_inputs import Owned


def write_lines(proposals: Iterable[Proposal], lesson_hour: float | None) -> tuple[PlanLine, ...]:
    """Each proposal in money and minutes; `lesson_hour` is what an hour won back may cost, None: no such line."""
    return tuple(_line(one, lesson_hour) for one in proposals)


def list_named(fleet: Fleet, candidates: Candidates, inside: Container[int]) -> tuple[ListedKey, ...]:
    """Who of those inside stands on the replace list, by key."""
    left = {one.device: one.state for one in fleet.flags if one.found.finding == UNRELIABLE}
    return tuple(
        ListedKey(
            key=key,
            place=_place(candidates.by_device.get(key, ()), left.get(key)),
            by_chance=round(1 - max(row.probability for row in candidates.lists.rows[key]), 4),
        )
        for key in sorted(candidates.lists.replace)
        if key in inside
    )


def group_due(refreshes: Iterable[PlanLine], owned: Mapping[int, Owned]) -> tuple[DueModel, ...]:
    """Refreshes by the day support ends and the model, the soonest first."""
    groups: dict[tuple[date | None, str], list[PlanLine]] = {}
    for one in refreshes:
        device = owned[one.key]
        groups.setdefault((device.support_until, device.model or ""), []).append(one)
    return tuple(
        DueModel(
            until=until,
            model=model,
            keys=tuple(one.key for one in group),
            cost=sum(one.cost or 0.0 for one in group),
            unpriced=sum(one.cost is None for one in group),
        )
        for (until, model), group in sorted(groups.items(), key=lambda one: (one[0][0] or date.max, one[0][1]))
    )


def _line(one: Proposal, lesson_hour: float | None) -> PlanLine:
    first, remedy = one.answers[0], one.remedy
    per_hour = None if remedy.cost is None or one.minutes <= 0 else 60 * remedy.cost / one.minutes
    probability = first.found.evidence.get("probability")
    return PlanLine(
        key=one.device,
        step=remedy.step,
        part=" and ".join(remedy.parts) or None,
        cost=None if remedy.cost is None else round(remedy.cost, 2),
        minutes_yearly=round(one.minutes / one.years, 1),
        minutes=round(one.minutes, 1),
        flag=first.flag,
        flag_state=first.state,
        finding=first.found.finding,
        sentence=" ".join(dict.fromkeys(answer.found.sentence for answer in one.answers)),
        evidence=first.found.evidence,
        probability=probability if isinstance(probability, float) else None,
        unmeasured=remedy.won.unmeasured,
        cost_per_hour=None if per_hour is None else round(per_hour, 2),
        is_worth=_is_worth(one, per_hour, lesson_hour),
    )


def _is_worth(one: Proposal, per_hour: float | None, lesson_hour: float | None) -> bool:
    """What is not measured is not called dear."""
    if lesson_hour is None or not one.remedy.cost or one.remedy.won.unmeasured:
        return True
    return per_hour is not None and per_hour <= lesson_hour


def _place(grounds: Sequence[Ground], left: FlagState | None) -> str:
    """What its own flag asks for where it is acted on, how that flag was left, or what says better what ails it."""
    for one in grounds:
        if one.found.finding == UNRELIABLE:
            return one.found.verdict
    if left is not None and left != "closed":
        return left
    return grounds[0].found.verdict if grounds else "watch"

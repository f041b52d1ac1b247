"""Says a plan in words and simple bars: its answer, what it wins beside other ways of choosing, what is due when."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import chain
from typing import Generic, TypeVar

from markupsafe import Markup

from rollcall_collector.model.device import Device
from rollcall_collector.model.judgement import JudgingRun
from rollcall_collector.model.plan import Comparison, KeyedPlan, ListedKey, PlanLine, PlanRow
from rollcall_collector.model.wording import say_money
from rollcall_collector.procurement.plan import show_lines
from rollcall_dashboards.shared.finding_wording import say_percent
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.wording import say_number, today_in

_Line = TypeVar("_Line", bound=PlanLine)
_FIRST, _LAST, _AFTER, _NAMED = 25, 8, 12, 60
_SPARE = 5
"""So few rows are not worth leaving out."""
_LEFT_OUT = {
    "waiting": "waiting for its starts, which are not measured",
    "failures": "its failures, which were never judged",
}
PLACES = {
    "replace": "to replace",
    "repair": "one part is to blame: to repair",
    "claim": "in warranty: to claim",
    "refresh": "its support ends: goes with the next refresh",
    "watch": "watched only",
    "dismissed": "dismissed",
    "postponed": "postponed",
    "done": "done",
}
"""Where a device of the replace list went."""
_NAMES = {
    "this plan": "This plan",
    "oldest first": "Oldest first",
    "most failures first": "Most failures first",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown(Generic[_Line]):
    """The lines of a plan that a page shows: in the list the first ones, and those nearest to the money's end.

    `skipped` are left out among the chosen, `beyond` outside the budget.
    """

    first: tuple[_Line, ...]
    skipped: int
    last: tuple[_Line, ...]
    outside: tuple[_Line, ...]
    beyond: int
    claims: tuple[_Line, ...]
    unpriced: tuple[_Line, ...]
    rest: tuple[_Line, ...]

    @property
    def lines(self) -> Iterator[_Line]:
        """All of them."""
        return chain(self.first, self.last, self.outside, self.claims, self.unpriced, self.rest)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One way of choosing, drawn: its minutes as a length."""

    name: str
    comparison: Comparison
    drawn: Markup


def say_plan(plan: KeyedPlan, *, is_asked: bool) -> str:
    """The answer: `7 devices to replace, 3 to claim under warranty, within 4 200`."""
    counts = (
        (sum(row.step == "replace" for row in plan.chosen), "to replace"),
        (sum(row.step == "repair" for row in plan.chosen), "to repair"),
        (len(plan.claims), "to claim under warranty"),
    )
    parts = [f"{say_number(count)} {translate(what)}" for count, what in counts if count]
    if not parts:
        if plan.outside:
            return translate(
                "Nothing of what is proposed fits within %(budget)s",
                budget=say_money(plan.question.budget, plan.currency),
            )
        return translate("Nothing to replace, repair or claim")
    first = next(count for count, _ in counts if count)
    said = ", ".join(parts).replace(" ", translate_count(" device ", " devices ", first), 1)
    if is_asked:
        return translate(
            "%(said)s, within %(budget)s", said=said, budget=say_money(plan.question.budget, plan.currency)
        )
    if not plan.cost:
        return said
    return translate("%(said)s: %(cost)s in all", said=said, cost=say_money(plan.cost, plan.currency))


def say_lacking(run: JudgingRun) -> tuple[tuple[str, int, int], ...]:
    """What the fleet's record holds of what it needs before devices are named: words, held, needed."""
    needs = run.parameters
    return (
        (translate("incidents"), run.incidents, int(needs.get("fleet_incidents", 200))),
        (translate("days of record"), run.history_days, int(needs.get("fleet_days", 180))),
    )


def say_left_out(row: PlanRow) -> str:
    """What its minutes leave out because nobody measured it."""
    what = translate(" and ").join(translate(_LEFT_OUT.get(one, one)) for one in row.unmeasured)
    return translate("Its minutes leave out %(what)s.", what=what)


def say_by_chance(plan: KeyedPlan) -> str:
    """How many names on the replace list are there by bad luck, by their own figures; empty without any name."""
    if not plan.listed:
        return ""
    said = translate("By their own figures %(share)s of them are there by bad luck", share=_by_chance(plan.listed))
    bought = [one for one in plan.listed if one.place == "replace"]
    if not bought or len(bought) == len(plan.listed):
        return f"{said}."
    return translate(
        "%(said)s; of the %(bought)s that are to be replaced, %(share)s.",
        said=said,
        bought=say_number(len(bought)),
        share=_by_chance(bought),
    )


def _by_chance(listed: Sequence[ListedKey]) -> str:
    return say_percent(sum(one.by_chance for one in listed) / len(listed))


def total_cost(plan: KeyedPlan) -> float:
    """What everything that is proposed costs, in the plan or outside; of a device its dearest way."""
    dearest: dict[int, float] = {}
    for line in (*plan.chosen, *plan.outside):
        dearest[line.key] = max(line.cost or 0.0, dearest.get(line.key, 0.0))
    return sum(dearest.values())


def shown(plan: KeyedPlan, *, is_whole: bool) -> Shown[PlanLine]:
    """The lines to show, all of them where that is asked: a plan for a district may hold hundreds."""
    lines = first = plan.chosen
    last: tuple[PlanLine, ...] = ()
    if not is_whole and len(lines) > _FIRST + _LAST + _SPARE:
        first, last = lines[:_FIRST], lines[-_LAST:]
    outside, claims, unpriced, rest = (
        some[: _at_most(len(some), most, is_whole=is_whole)]
        for some, most in (
            (plan.outside, _AFTER),
            (plan.claims, _FIRST),
            (plan.unpriced, _FIRST),
            (plan.with_the_rest, _FIRST),
        )
    )
    return Shown(
        first=first,
        skipped=len(lines) - len(first) - len(last),
        last=last,
        outside=outside,
        beyond=len(plan.outside) - len(outside),
        claims=claims,
        unpriced=unpriced,
        rest=rest,
    )


def listed(plan: KeyedPlan, *, is_whole: bool) -> tuple[ListedKey, ...]:
    """The names of the replace list to show."""
    return plan.listed[: _at_most(len(plan.listed), _NAMED, is_whole=is_whole)]


def _at_most(count: int, most: int, *, is_whole: bool) -> int:
    return count if is_whole or count <= most + _SPARE else most


def with_devices(found: Shown[PlanLine], devices: Mapping[int, Device]) -> Shown[PlanRow]:
    """The same with their devices."""
    rows = partial(show_lines, shown=devices)
    return Shown(
        first=rows(found.first),
        skipped=found.skipped,
        last=rows(found.last),
        outside=rows(found.outside),
        beyond=found.beyond,
        claims=rows(found.claims),
        unpriced=rows(found.unpriced),
        rest=rows(found.rest),
    )


def acceptable(lines: Iterable[PlanLine]) -> tuple[int, ...]:
    """The open flags of lines that are worth their money: what one press accepts."""
    return tuple(line.flag for line in lines if line.flag and line.flag_state == "open" and line.is_worth)


def anchors(rows: Shown[PlanRow]) -> dict[tuple[str, int], str]:
    """By step and flag where to return after a decision: the row before, for the row itself may be gone."""
    found: dict[tuple[str, int], str] = {}
    lists = {"list": (*rows.first, *rows.last, *rows.outside)}
    for heading, group in (lists | {"claims": rows.claims, "rest": rows.rest, "unpriced": rows.unpriced}).items():
        before = heading
        for row in group:
            if row.flag:
                found[row.step, row.flag] = before
                before = f"row-{row.step}-{row.flag}"
    return found


def say_deciders(accepted: Iterable[tuple[str, datetime]], zone: str) -> tuple[tuple[str, date, int], ...]:
    """Who accepted how many of what is accepted now, and on which day, for the cover."""
    taken = Counter((author, today_in(zone, at)) for author, at in accepted)
    return tuple((author, on, count) for (author, on), count in sorted(taken.items(), key=lambda one: one[0][::-1]))


def draw_comparisons(comparisons: Sequence[Comparison]) -> tuple[Bar, ...]:
    """Each way of choosing as a bar of its minutes, on one scale."""
    most = max((one.minutes for one in comparisons), default=0.0)
    return tuple(
        Bar(
            name=translate(_NAMES.get(one.name, one.name)),
            comparison=one,
            drawn=_bar(one.minutes / most if most else 0.0, is_ours=at == 0),
        )
        for at, one in enumerate(comparisons)
    )


def _bar(share: float, *, is_ours: bool) -> Markup:
    return Markup(
        '<svg class="worth" aria-hidden="true"><rect class="{kind}" width="{wide:.1f}%" height="100%" rx="3"/></svg>'
    ).format(kind="ours" if is_ours else "other", wide=max(0.4, 100 * share))

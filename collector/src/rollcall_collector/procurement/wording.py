"""Says a plan in words and numbers that a head teacher reads without help, the same on paper and on the screen."""

from datetime import date

from rollcall_collector.model.plan import FleetPlan, PlanRow
from rollcall_collector.model.wording import say_date, say_money, say_number

NOT_WORTH = "not worth the money"
_FEW_MINUTES = 10
_UNMEASURED = {
    "waiting": "waiting for its starts (not measured)",
    "failures": "its failures (never judged)",
}
_STATES = {"open": "proposed", "accepted": "accepted"}


def say_step(row: PlanRow) -> str:
    """What is done: `Replace`, `Repair: battery`, `Claim: disk`."""
    word = row.step.capitalize()
    return f"{word}: {row.part}" if row.part else word


def say_state(row: PlanRow) -> str:
    """Whether somebody agreed already; where no flag stands, by which rule alone it is named."""
    return _STATES.get(row.flag_state, row.flag_state) if row.flag else "by the rule tried out"


def say_price(amount: float | None) -> str:
    """`1 245`; a price that nobody entered is said, for it is not nothing."""
    return "no price" if amount is None else say_money(amount)


def say_minutes(minutes: float) -> str:
    """`1 245`; under ten with one decimal, so that little is not shown as nothing."""
    return say_number(round(minutes, 1) if minutes < _FEW_MINUTES else round(minutes))


def is_unknown(row: PlanRow) -> bool:
    """Whether nothing that a row would win back is measured: then its minutes are unknown, not none."""
    return bool(row.unmeasured) and row.minutes == 0


def say_won(row: PlanRow, minutes: float) -> str:
    """Minutes that a row wins back: `16`, `≥ 16` where not all is measured, `unknown` where nothing is."""
    if is_unknown(row):
        return "unknown"
    return f"≥ {say_minutes(minutes)}" if row.unmeasured else say_minutes(minutes)


def say_heading(word: str, currency: str) -> str:
    """`cost, €`: what stands over a column of amounts."""
    return f"{word}, {currency}" if currency else word


def say_hour(row: PlanRow) -> str:
    """Money for a lesson hour won back: `24`, `1 926: not worth the money`; empty where that is not known."""
    if not row.cost or row.cost_per_hour is None:
        return "" if row.is_worth else NOT_WORTH
    amount = say_money(round(row.cost_per_hour))
    return amount if row.is_worth else f"{amount}: {NOT_WORTH}"


def say_day(on: date | None) -> str:
    """`4 Mar 2026`; a day nobody knows is empty."""
    return "" if on is None else say_date(on)


def say_why(row: PlanRow) -> str:
    """The evidence, and what its minutes leave out because nobody knows it."""
    if not row.unmeasured:
        return row.sentence
    return f"{row.sentence} Its minutes leave out {' and '.join(_UNMEASURED.get(one, one) for one in row.unmeasured)}."


def say_title(plan: FleetPlan) -> str:
    """The plan in one line: how many of what, for how much, to win what."""
    counts = {
        step: sum(row.step == step for row in (*plan.chosen, *plan.claims)) for step in ("replace", "repair", "claim")
    }
    done = ", ".join(f"{count} to {step}" for step, count in counts.items() if count) or "nothing to buy"
    return (
        f"{done}: {say_money(plan.cost, plan.currency)} of {say_money(plan.question.budget, plan.currency)}, "
        f"{say_minutes(plan.minutes)} lesson minutes won back"
    )


def say_question(plan: FleetPlan) -> str:
    """For which sites, within which bounds and by which rule it was made."""
    asked = plan.question
    parts = [f"Made on {say_day(plan.made_on)}", "for " + (", ".join(asked.sites) or "all sites")]
    for one in asked.bounds:
        ends = [f"at least {say_money(one.floor, plan.currency)}"] if one.floor else []
        ends += [f"at most {say_money(one.cap, plan.currency)}"] if one.cap is not None else []
        parts += [f"{one.site} gets {' and '.join(ends)}"] if ends else []
    if asked.threshold is not None:
        parts.append(f"trying out {asked.threshold:g} times its peers")
    if asked.wrong_share is not None:
        parts.append(f"trying out {asked.wrong_share * 100:g} % wrong names")
    if plan.currency:
        parts.append(f"amounts in {plan.currency}")
    return ", ".join(parts) + "."


def say_lists(plan: FleetPlan) -> str:
    """How many stand on each list under the asked rule."""
    replace, watch = plan.lists.get("replace", 0), plan.lists.get("watch", 0)
    return f"On the replace list: {replace}; on the watch list: {watch}."


def say_remarks(plan: FleetPlan) -> tuple[str, ...]:
    """What the reader must know beside the figures, each with what to do next."""
    said: list[str] = []
    if plan.run is None:
        said.append("The fleet was not judged yet: run `rollcall judge`, then ask again.")
    elif not plan.is_enough:
        said.append(
            "Not enough evidence yet to name devices by statistics: only batteries and disks are planned for, "
            "by published rules. `rollcall judge` says how much is lacking."
        )
    if not (plan.chosen or plan.outside or plan.claims or plan.unpriced):
        said.append("Nothing asks for money now: no standing flag asks for a repair, a claim or a replacement.")
    if (following := _say_next(plan)) is not None:
        said.append(following)
    said += _say_money_spent(plan)
    if plan.unpriced:
        said.append(
            f"{len(plan.unpriced)} cannot be weighed for want of a price: enter it in the roster's price column, or "
            "under [prices] in the settings."
        )
    if unmeasured := sum(bool(row.unmeasured) for row in (*plan.chosen, *plan.outside, *plan.claims)):
        said.append(f"Not everything is measured of {unmeasured} of them: their minutes are at least so many.")
    return tuple(said)


def _say_money_spent(plan: FleetPlan) -> list[str]:
    """What of it is dear, and what the rest would do."""
    said = []
    if dear := sum(not row.is_worth for row in plan.chosen):
        are = "is" if dear == 1 else "are"
        limit = say_money(plan.lesson_hour or 0.0, plan.currency)
        said.append(
            f"{dear} of them {are} {NOT_WORTH}: a lesson hour won back costs more than {limit} (prices.lesson_hour)."
        )
    if plan.with_the_rest:
        count, cost = len(plan.with_the_rest), sum(row.cost or 0.0 for row in plan.with_the_rest)
        left = say_money(plan.question.budget - plan.cost, plan.currency)
        said.append(f"{left} is left: {say_money(cost, plan.currency)} of it would refresh {count} out of support.")
    if not plan.comparisons and plan.unpriced:
        said.append("Not compared with simpler rules: prices are missing.")
    return said


def _say_next(plan: FleetPlan) -> str | None:
    if not plan.outside or (cost := plan.outside[0].cost) is None:
        return None
    first, lacking = plan.outside[0], cost - (plan.question.budget - plan.cost)
    name = f"{first.device.name} ({say_step(first).lower()}, {say_money(cost, plan.currency)})"
    return (
        f"Just outside stands {name}: {say_money(lacking, plan.currency)} more would buy it." if lacking > 0 else None
    )

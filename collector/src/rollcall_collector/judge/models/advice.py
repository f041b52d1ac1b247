"""Says which models to buy again and which to ask the vendor about, in a sentence that a buyer can defend."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from rollcall_collector.judge.models.rates import SCHOOL_YEAR_DAYS, ShownRate, a_school_year, shown_rate
from rollcall_collector.judge.models.standing import WRONG_SHARE
from rollcall_collector.model.hardware import Advice, Beside, LifeRecord, Standing, Struck
from rollcall_collector.model.wording import say_day_and_month, say_number

_KINDS = {
    "chromeos": "Chromebooks",
    "ipados": "iPads",
    "windows": "Windows devices",
    "macos": "Macs",
    "linux": "Linux devices",
}
_DEEDS = {
    "crash": "{devices} of its devices crashed {incidents} times",
    "update": "on {devices} of its devices {incidents} updates failed",
}
_DEED = "{devices} of its devices had {incidents} incidents"


_ADVICE: dict[Standing, Advice] = {
    "below": "buy_again",
    "above": "ask_the_vendor",
    "no_difference": "no_difference",
    "insufficient": "insufficient",
}
_MOSTLY = 0.5
"""A school with more of a model than this may be all that there is to it."""


def advise(standing: Standing, beside: Beside | None) -> Advice:
    """What to do about a model: only models of one platform are compared, and only with enough evidence."""
    is_alone = standing != "insufficient" and beside is None
    return "nothing_to_compare" if is_alone else _ADVICE[standing]


def say_advice(advice: Advice, record: LifeRecord, platform: str, beside: Beside | None) -> str:
    """The advice with its evidence: the rate, its interval, what it is compared with, and how much is known."""
    shown, kind = shown_rate(record), _KINDS.get(platform, "devices of unknown platform")
    if advice == "insufficient" or shown is None:
        return " ".join([f"Not enough evidence yet: {record.lacking}.", *([] if shown is None else [_so_far(shown)])])
    mine = f"{_per_hundred(shown.rate)} incidents a school year in 100 devices"
    mine = f"{mine} (90 % interval {_per_hundred(shown.low)} to {_per_hundred(shown.high)})"
    years = say_number(round(record.device_days / SCHOOL_YEAR_DAYS))
    known = f"Seen on {say_number(record.devices)} devices over {years} school years between them."
    if beside is None:
        alone = f"No other model of {kind} has enough evidence to compare it with yet."
        return f"Nothing to compare with: {mine}. {alone} {known}"
    mine = f"{mine}, all other {kind} here {_per_hundred(beside.others_rate)}."
    match advice:
        case "buy_again":
            return f"Buy again: {mine} {_say_apart(beside)} {known}"
        case "ask_the_vendor":
            asked = "Find out what is known of it and who pays before more are ordered."
            return f"Ask the vendor: {mine} {_say_apart(beside)} {known} {asked}"
        case _:
            return " ".join(["No difference shown:", mine, *_say_why_not(shown, beside), known])


def _say_apart(beside: Beside) -> str:
    """How sure it is, and what is promised of all such advice."""
    schools = "" if beside.at_one_school is None else " and what its schools have in common"
    return (
        f"With luck{schools} taken out it has {beside.times:.2g} times as many as they do (90 % interval "
        f"{beside.low:.2g} to {beside.high:.2g}). Of all models called better or worse at most 1 in "
        f"{1 / WRONG_SHARE:.0f} is so by chance."
    )


def _say_why_not(shown: ShownRate, beside: Beside) -> list[str]:
    """Where the figures differ by more than luck of one model explains: why nothing is said of it all the same."""
    if shown.low <= beside.others_rate <= shown.high:
        return []
    share = beside.at_one_school
    if share is not None and share > _MOSTLY:
        return [f"{share:.0%} of its use is at one school, and the school may be why.".replace("%", " %", 1)]
    return ["Among so many models and schools one differs as much by chance."]


def _so_far(shown: ShownRate) -> str:
    """Too little to advise by, and no reason for silence."""
    low, high = _per_hundred(shown.low), _per_hundred(shown.high)
    return (
        f"So far: of 100 devices, {_per_hundred(shown.rate)} incidents a school year, which may truly be anything "
        f"from {low} to {high}."
    )


def say_struck(one: Struck) -> str:
    """What struck a whole model, where the version is known since which, and whom it is charged to."""
    deed = _DEEDS.get(one.channel, _DEED).format(devices=one.devices, incidents=one.incidents)
    usual = f"{one.usual:.1f} are".replace(".0 ", " ") if one.usual >= 0.05 else "none is"  # noqa: PLR2004  # rounds to 0.1
    since = "" if one.version is None else f", since version {one.version}"
    last_on = one.until_on - timedelta(days=1)
    counted = "it counts in the model's rate while it goes on" if one.goes_on else "this month is left out of its rate"
    when = f"{say_day_and_month(one.from_on)} to {say_day_and_month(last_on)} {last_on.year}"
    return f"{when}: {deed} where {usual} usual{since}. Not charged to the devices; {counted}."


def mark_ongoing(shocks: Sequence[Struck], until_on: date) -> tuple[Struck, ...]:
    """The same shocks, marked where no calmer month followed until the day judged on."""
    known = {(one.platform, one.model, one.channel, one.until_on): one for one in shocks}
    going = set()
    for platform, model, channel in {key[:3] for key in known}:
        day = until_on
        while (one := known.get((platform, model, channel, day))) is not None:
            going.add(one)
            day = one.from_on
    return tuple(replace(one, goes_on=one in going) for one in shocks)


def _per_hundred(rate: float) -> str:
    number = a_school_year(rate)
    return f"{number:.0f}" if number >= 10 else f"{number:.1f}"  # noqa: PLR2004  # two figures are enough

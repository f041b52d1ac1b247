"""Says which models to buy again and which to ask the vendor about, in a sentence that a buyer can defend."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rollcall_collector.judge.models.rates import (
    LEAST_DEVICE_DAYS,
    LEAST_DEVICES,
    SCHOOL_YEAR_DAYS,
    ModelRate,
    a_school_year,
)
from rollcall_collector.model.hardware import Advice, Standing, Struck
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """All devices of a platform together: their rate, and how many of its models have enough evidence to compare."""

    name: str
    rate: float | None
    published: int

    @property
    def kind(self) -> str:
        """Its devices, in words."""
        return _KINDS.get(self.name, "devices of unknown platform")

    @property
    def is_comparable(self) -> bool:
        """Whether there are two models or more to compare."""
        return self.published > 1 and self.rate is not None


def stand(rate: ModelRate, other: float | None) -> Standing:
    """Where a 90 % interval lies beside another rate: an average one is called better or worse 1 time in 20 each."""
    if rate.interval is None or other is None:
        return "insufficient"
    low, high = rate.interval
    if high < other:
        return "below"
    return "above" if low > other else "no_difference"


def advise(rate: ModelRate, platform: Platform) -> Advice:
    """What to do about a model: only models of one platform are compared, and only with enough evidence."""
    if rate.interval is None:
        return "insufficient"
    if not platform.is_comparable:
        return "nothing_to_compare"
    match stand(rate, platform.rate):
        case "below":
            return "buy_again"
        case "above":
            return "ask_the_vendor"
        case _:
            return "no_difference"


def say_advice(advice: Advice, rate: ModelRate, platform: Platform) -> str:
    """The advice with its evidence: the rate, its interval, what it is compared with, and how much is known."""
    if rate.rate is None or rate.interval is None:
        return f"Not enough evidence yet: {say_lacking(rate)}."
    mine = f"{_per_hundred(rate.rate)} incidents a school year in 100 devices"
    interval = f"90 % interval {_per_hundred(rate.interval[0])} to {_per_hundred(rate.interval[1])}"
    years = say_number(round(rate.device_days / SCHOOL_YEAR_DAYS))
    known = f"Seen on {say_number(rate.devices)} devices over {years} school years between them."
    if not platform.is_comparable or platform.rate is None:
        alone = f"No other model of {platform.kind} has enough evidence to compare it with yet."
        return f"Nothing to compare with: {mine} ({interval}). {alone} {known}"
    fleet = f"the {_per_hundred(platform.rate)} of all {platform.kind} here"
    match advice:
        case "buy_again":
            return f"Buy again: {mine}, and even the upper end ({interval}) lies under {fleet}. {known}"
        case "ask_the_vendor":
            asked = "Find out what is known of it and who pays before more are ordered."
            return f"Ask the vendor: {mine}, and even the lower end ({interval}) lies above {fleet}. {known} {asked}"
        case _:
            return f"No difference shown: {mine} ({interval}), and {fleet} lies within. {known}"


def say_lacking(rate: ModelRate) -> str:
    """What is lacking before a rate may be published."""
    lacks = []
    if rate.devices < LEAST_DEVICES:
        lacks.append(f"{rate.devices} of {LEAST_DEVICES} devices")
    if rate.device_days < LEAST_DEVICE_DAYS:
        # Rounded down, so that what lacks a day never reads as complete.
        lacks.append(f"{say_number(int(rate.device_days))} of {say_number(LEAST_DEVICE_DAYS)} days of use")
    return " and ".join(lacks) or "no device of its platform has ever told a failure"


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

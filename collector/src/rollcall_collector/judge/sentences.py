"""Says evidence aloud: sentences that a head teacher understands and a vendor cannot wave away."""

from datetime import date, timedelta

from rollcall_collector.judge.evidence import BatteryEvidence, StartupEvidence
from rollcall_collector.judge.failures.evidence import FailureEvidence
from rollcall_collector.model.judgement import ANY

_EPOCH = date(1970, 1, 1)
_CHANNELS = {
    ANY: "incidents",
    "hardware": "hardware incidents",
    "crash": "crashes",
    "storage": "disk incidents",
    "battery": "battery incidents",
    "memory": "incidents of too little memory",
    "thermal": "incidents of overheating",
    "network": "network incidents",
    "update": "failed updates",
}
_SOON_DAYS = 600  # of use; beyond this, waiting for a device to clear itself is no plan
_MANY_MONTHS = 120


def say_failures(found: FailureEvidence) -> str:
    """What was seen, what its peers had, how sure we are, and what would change the verdict."""
    seen = f"{_count(found.observed, found.channel)}{_kinds(found)} in {_days(found.active_days)} of use"
    parts = [f"{seen} where {_few(found.expected)} are expected for its model, month by month."]
    if found.low is not None and found.high is not None:
        parts.append(
            f"We estimate {found.ratio:.1f} times its peers (90 % interval {found.low:.1f} to {found.high:.1f}), "
            f"and {_percent(found.probability)} likely over {found.threshold:g} times."
        )
    else:
        parts.append(
            f"We estimate {found.ratio:.1f} times its peers, {_percent(found.probability)} likely over "
            f"{found.threshold:g} times."
        )
    if found.listed != "none":
        parts.append(
            f"Of the devices on this list at most {_one_in(found.wrong_share)} is expected to be there by chance."
        )
    return " ".join([*parts, *_what_changes(found)])


def say_startup(found: StartupEvidence) -> str:
    """Since when, how long before and now, and what the peers did meanwhile."""
    return (
        f"Since {_on(found.since_day)} starts take {found.now_seconds:.0f} s, before {found.usual_seconds:.0f} s; "
        f"the same model on the same version changed by {found.peers_seconds:+.0f} s. "
        f"{found.boots} starts in four weeks, {found.sureness:.1f} times their usual scatter. "
        "It is withdrawn when the median of four weeks comes back within 35 % of its usual time."
    )


def say_slow_since_day_one(seconds: float, peers_seconds: float) -> str:
    """A device that has no change to show, only peers that are faster."""
    return (
        f"It has started slowly from the first day: {seconds:.0f} s where its model takes {peers_seconds:.0f} s, "
        "and it is among the slowest 1 %. Compare its memory, its disk and its image with a fast one's."
    )


def say_battery(found: BatteryEvidence) -> str:
    """Raw and design value, cycles, the trend against the model's, the time left with its interval, and the rule."""
    measured = f"The battery holds {found.health:.0%} of its design".replace("%", " %")
    design_wh = found.design_wh or (found.full_wh / found.health if found.full_wh and found.health else None)
    if found.full_wh is not None and design_wh is not None:
        measured += f" ({found.full_wh:.1f} of {design_wh:.1f} Wh)"
    if found.cycles is not None:
        measured += f" after {found.cycles} charges"
    trend = (
        f", losing {100 * found.loss:.1f} points a month (its model {100 * found.model_loss:.1f}). "
        if found.months_left > 0
        else ". "
    )
    if found.months_left > 0:
        left = f"It falls under 80 % in about {found.months_left:.0f} months ({_span(found)}), "
        left += f"{_percent(found.probability)} likely within twelve. "
    else:
        left = "It is under 80 % already; what follows is not foretold. "
    hours = (
        "Its run-time is not known."
        if found.hours is None
        else f"It runs for {found.hours:.1f} h of a 6 h school day."
    )
    return f"{measured}{trend}{left}{hours} (Rule: 80 %, as Apple states for the iPad at 1,000 cycles.)"


def say_missing(last_on: date, school_days: int) -> str:
    """Silence is neither health nor failure."""
    return (
        f"Not heard since {_date(last_on)}, {school_days} school days: look for it. "
        "Its days of silence count neither for nor against it."
    )


def say_unsure(found: FailureEvidence) -> str:
    """Why a device with more incidents than its peers is on no list yet, and what would put it there."""
    seen = f"{_count(found.observed, found.channel)}{_kinds(found)} in {_days(found.active_days)} of use"
    likely = f"{_percent(found.probability)} likely over {found.threshold:g} times its peers"
    return " ".join([f"{seen}: {likely}, which is not enough to name it.", *_what_changes(found)])


def say_too_little(incidents: int, days: int, *, least_incidents: int = 200, least_days: int = 180) -> str:
    """Why nobody is named yet, and when somebody may be."""
    lacks = []
    if incidents < least_incidents:
        lacks.append(f"{incidents} of {least_incidents} incidents")
    if days < least_days:
        lacks.append(f"{days} of {least_days} days")
    return f"Not enough evidence yet: the fleet's record holds {' and '.join(lacks)}. Until then nobody is named."


def _what_changes(found: FailureEvidence) -> list[str]:
    if found.listed == "replace":
        days = found.days_to_clear
        if days is None or not 0 < days <= _SOON_DAYS:
            return []
        return [f"About {_days(max(10, 10 * round(days / 10)))} of use without an incident would clear it."]
    if found.more_to_name:
        more = f"{found.more_to_name} more incident{'s' if found.more_to_name > 1 else ''}"
        return [f"{more} soon would put it on the replace list."]
    return []


def _count(number: int, channel: str) -> str:
    words = _CHANNELS.get(channel, f"incidents ({channel})")
    if number == 1:
        words = words.replace("incidents", "incident").replace("crashes", "crash").replace("updates", "update")
    return f"{number} {words}"


def _kinds(found: FailureEvidence) -> str:
    """What the incidents of all kinds were: ` (6 crashes, 3 hardware incidents)`."""
    parts = (one.rsplit(" ", 1) for one in found.kinds.split(", ") if one)
    said = ", ".join(_count(int(count), kind) for kind, count in parts)
    return f" ({said})" if said else ""


def _few(expected: float) -> str:
    return f"{expected:.1f}" if expected >= 0.1 else "fewer than 0.1"  # noqa: PLR2004  # one decimal is what people read


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _percent(probability: float) -> str:
    return "over 99 %" if probability > 0.99 else f"{100 * probability:.0f} %"  # noqa: PLR2004  # never "100 %"


def _one_in(share: float) -> str:
    return f"1 in {round(1 / share)}"


def _span(found: BatteryEvidence) -> str:
    most = f"{found.months_left_high:.0f}" if found.months_left_high < _MANY_MONTHS else "many"
    return f"90 % interval {found.months_left_low:.0f} to {most}"


def _on(day: int) -> str:
    return _date(_EPOCH + timedelta(days=day))


def _date(on: date) -> str:
    return f"{on.day} {on:%b %Y}"

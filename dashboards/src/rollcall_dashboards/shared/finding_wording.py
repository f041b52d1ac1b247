"""Says findings and their evidence as people would: `Likely over 1.5 times: 95 %`, not `probability 0.9512`."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from rollcall_collector.judge.findings.registry import title_of
from rollcall_collector.model.verdict import Verdict
from rollcall_dashboards.shared import badges
from rollcall_dashboards.shared.i18n import translate, translate_count
from rollcall_dashboards.shared.wording import say_day, say_field, say_number

_CHANNELS = {
    "any": "all kinds together, disks apart",
    "hardware": "hardware",
    "crash": "crashes",
    "storage": "disk",
    "battery": "battery",
    "memory": "too little memory",
    "thermal": "overheating",
    "network": "network",
    "update": "failed updates",
    "damage": "damage",
    "management": "its management service",
}
_LABELS = {
    "channel": "Kind",
    "listed": "List",
    "kinds": "Of these",
    "observed": "Incidents seen",
    "expected": "Expected of its peers",
    "active_days": "Days in use",
    "ratio": "Times its peers",
    "interval": "90 % interval",
    "probability": "Likelihood",
    "threshold": "Threshold, times its peers",
    "wrong_share": "Of this list by chance, at most",
    "forecast_yearly": "Incidents foreseen a year",
    "more_to_name": "Incidents that would name it",
    "days_to_clear": "Quiet days that would clear it",
    "gap_days": "Days within which one trouble comes again",
    "peers": "Compared with",
    "site_times": "Its school, times others",
    "waits_for": "Not named before",
    "of_model": "Devices of its model compared",
    "since_day": "Since",
    "start_kind": "Kind of start",
    "usual_seconds": "Usual start",
    "now_seconds": "Now",
    "seconds": "Its start",
    "peers_seconds": "Its model's start",
    "peers_change": "Its peers changed by",
    "boots": "Starts counted",
    "sureness": "Times its usual spread",
    "health": "Holds of its design",
    "design_wh": "When new",
    "full_wh": "Full charge",
    "cycles": "Charges",
    "loss": "Loses a month",
    "model_loss": "Its model loses",
    "months_left": "Months until 80 %",
    "hours": "Hours it runs",
    "median_percent": "Holds, in the middle",
    "battery_full_wh": "Full charge",
    "battery_design_wh": "When new",
    "battery_cycles": "Charges",
    "readings": "Days read",
    "first_on": "First read on",
    "last_on": "Last on",
    "read_on": "Read on",
    "on": "On",
    "support_until": "Support until",
    "school_days": "School days of silence",
    "rule": "Rule",
    "source": "Source",
}
_HIDDEN = ("low", "high", "months_left_low", "months_left_high", "is_due", "rule", "source")
_SAYS_NOTHING: dict[str, object] = {"gap_days": 3, "site_times": 1.0}
"""The gap between incidents is everybody's, and a school like any other needs no row."""
_CERTAIN = 0.99
_FEW = 0.1
_SOON_DAYS = 600
"""Waiting longer for a device to clear itself is no plan; its sentence leaves it out too."""


def say_finding(finding: str) -> str:
    """A finding's name; one that these pages do not know yet is shown by its own word."""
    return translate(title_of(finding))


def say_kind(verdict: Verdict, finding: str, count: int) -> str:
    """What some devices are flagged for: `3 devices to repair: failing disk`."""
    if verdict == "missing":
        return translate_count("%(num)s device is missing", "%(num)s devices are missing", count)
    return translate_count(
        "%(num)s device to %(verdict)s: %(finding)s",
        "%(num)s devices to %(verdict)s: %(finding)s",
        count,
        verdict=translate(badges.verdict(verdict).word).lower(),
        finding=say_finding(finding),
    )


def say_channel(channel: str) -> str:
    """The kind of failures a channel stands for."""
    return translate(_CHANNELS.get(channel, channel.replace("_", " ")))


def say_rule(evidence: Mapping[str, object]) -> str:
    """The published rule behind a finding and who published it; empty where its sentence says it all."""
    return "; ".join(str(evidence[name]) for name in ("rule", "source") if evidence.get(name))


def say_evidence(evidence: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Label and value of everything behind a finding that is known, intervals as one line."""
    told = {
        "peers_change" if name == "peers_seconds" and "since_day" in evidence else name: value
        for name, value in evidence.items()
        if _SAYS_NOTHING.get(name) != value
    }
    if "channel" in told:  # the threshold stands with the likelihood, and only one of these says anything
        for name in ("threshold", "more_to_name" if told.get("listed") == "replace" else "days_to_clear"):
            told.pop(name, None)
        days = told.get("days_to_clear")
        if not (isinstance(days, int | float) and 0 < days <= _SOON_DAYS):
            told.pop("days_to_clear", None)
    rows: list[tuple[str, str]] = []
    for name, value in told.items():
        if name in _HIDDEN or value is None or value == "":
            continue
        rows.append((_label(name, evidence), _say(name, value)))
        if name in {"ratio", "months_left"} and (between := _interval(name, evidence)):
            rows.append((translate(_LABELS["interval"]), between))
    return tuple(rows)


def say_percent(share: float) -> str:
    """`95 %`; never a false certainty."""
    return translate("over 99 %") if share > _CERTAIN else f"{say_number(round(100 * share))}\N{NO-BREAK SPACE}%"


def say_expected(expected: float) -> str:
    """`1.9`; below a tenth the figure means nothing more."""
    return say_times(expected) if expected >= _FEW else translate("under 0.1")


def say_times(ratio: float) -> str:
    """`2.7`, `1.0`: always with its decimal, for so precise it is."""
    return f"{ratio:.1f}"


def _label(name: str, evidence: Mapping[str, object]) -> str:
    if name == "probability" and evidence.get("channel"):
        return translate("Likely over %(times)s times", times=f"{evidence.get('threshold', 1.5):g}")
    if name == "probability":
        return translate("Likely within twelve months")
    return translate(_LABELS.get(name, name.replace("_", " ").capitalize()))


def _interval(name: str, evidence: Mapping[str, object]) -> str:
    ends = ("low", "high") if name == "ratio" else ("months_left_low", "months_left_high")
    low, high = (evidence.get(end) for end in ends)
    if not isinstance(low, int | float):
        return ""
    most = say_times(high) if isinstance(high, int | float) else translate("many")
    return translate("%(low)s to %(high)s", low=say_times(low), high=most)


def _say(name: str, value: object) -> str:
    if isinstance(value, str):
        return _say_word(name, value)
    if isinstance(value, int | float) and name in _NUMBERS:
        return _NUMBERS[name](value)
    return say_field(name, value)


def _say_points(share: float) -> str:
    return translate("%(points)s points", points=say_number(round(100 * share, 1)))


_NUMBERS: dict[str, Callable[[float], str]] = {
    "probability": say_percent,
    "wrong_share": say_percent,
    "health": say_percent,
    "loss": _say_points,
    "model_loss": _say_points,
    "since_day": lambda day: say_day(date(1970, 1, 1) + timedelta(days=round(day))),
    "expected": say_expected,
    "ratio": say_times,
    "site_times": say_times,
    "months_left": say_times,
    "forecast_yearly": say_times,
    "days_to_clear": lambda days: say_number(round(days)),
    "peers_change": lambda seconds: f"{seconds:+.0f} s",
}


def _say_word(name: str, value: str) -> str:
    if name == "channel":
        return say_channel(value)
    if name == "kinds":
        parts = (one.rsplit(" ", 1) for one in value.split(", "))
        return ", ".join(f"{count} {say_channel(kind)}" for kind, count in parts)
    if name.endswith(("_on", "_until")) or name == "on":
        try:
            return say_day(date.fromisoformat(value))
        except ValueError:
            return value
    return value.replace("_", " ")

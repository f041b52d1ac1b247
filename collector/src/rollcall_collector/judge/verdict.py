"""Turns evidence into findings: what should be done with a device, in one word and one paragraph."""

from dataclasses import asdict
from datetime import date

from rollcall_collector.judge.evidence import REFRESH_MONTHS, BatteryEvidence, Papers, StartupEvidence
from rollcall_collector.judge.failures.evidence import FailureEvidence
from rollcall_collector.judge.sentences import (
    say_battery,
    say_failures,
    say_missing,
    say_slow_since_day_one,
    say_startup,
)
from rollcall_collector.model.flag import Finding
from rollcall_collector.model.verdict import Verdict

UNRELIABLE = "unreliable"
"""One finding whichever channel accuses: what people decided must not be lost when another speaks louder."""
MISSING_SCHOOL_DAYS = 14
_PARTS = {"storage": "the disk", "battery": "the battery", "thermal": "the fan"}


def route(verdict: Verdict, papers: Papers) -> Verdict:
    """Where a device goes: to the vendor while it is in warranty; with the next refresh when its support ends anyway.

    Support's end is no unreliability: a device is refreshed for it, never called bad.
    """
    if verdict not in ("replace", "repair"):
        return verdict
    if papers.is_in_warranty:
        return "claim"
    return "refresh" if verdict == "replace" and papers.is_support_ending else verdict


def find_failures(found: FailureEvidence, papers: Papers) -> Finding | None:
    """A finding for a device on the replace or the watch list; where one part is accused, that part is repaired."""
    if found.listed == "none":
        return None
    part = _PARTS.get(found.channel)
    wanted: Verdict = "watch" if found.listed == "watch" else "repair" if part else "replace"
    verdict = route(wanted, papers)
    return Finding(
        finding=UNRELIABLE,
        verdict=verdict,
        sentence=_join(_advice(verdict, part, papers), say_failures(found)),
        evidence=_numbers(asdict(found)),
    )


def find_slow_start(found: StartupEvidence | None, papers: Papers) -> Finding | None:
    """A finding for a device that has become slow: to be repaired (its disk, its image), in warranty by the vendor."""
    if found is None:
        return None
    verdict = route("repair", papers)
    return Finding(
        finding="slow_start",
        verdict=verdict,
        sentence=_join(_advice(verdict, "the cause", papers), say_startup(found)),
        evidence=_numbers(asdict(found)),
    )


def find_slow_since_day_one(seconds: float, peers_seconds: float) -> Finding:
    """A finding for a device whose model is twice as fast: watched, for nothing has changed."""
    return Finding(
        finding="slow_since_day_one",
        verdict="watch",
        sentence=say_slow_since_day_one(seconds, peers_seconds),
        evidence={"seconds": seconds, "peers_seconds": peers_seconds},
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
        finding="battery_outlook",
        verdict=verdict,
        sentence=_join(_advice(verdict, "the battery", papers), say_battery(found)),
        evidence={**_numbers(asdict(found)), "source": "Theil-Sen slope, shrunk to the model; 80 % within 12 months"},
    )


def find_support_end(papers: Papers) -> Finding | None:
    """A finding for a device whose support ends within a year, or has ended: a date to plan for, not a fault."""
    if papers.support_until is None or not papers.is_support_ending:
        return None
    until = papers.support_until
    when = f"ended on {until.day} {until:%b %Y}" if until < papers.today else f"ends on {until.day} {until:%b %Y}"
    return Finding(
        finding="support_end",
        verdict="refresh",
        sentence=f"Plan its refresh: its maker's support {when}. It is not called unreliable for that.",
        evidence={"support_until": until.isoformat()},
    )


def find_missing(last_on: date | None, school_days: int) -> Finding | None:
    """A finding for a device silent for 14 school days of its site; holidays and week-ends are no silence."""
    if last_on is None or school_days < MISSING_SCHOOL_DAYS:
        return None
    return Finding(
        finding="missing",
        verdict="missing",
        sentence=say_missing(last_on, school_days),
        evidence={"last_on": last_on.isoformat(), "school_days": school_days},
    )


def _advice(verdict: Verdict, part: str | None, papers: Papers) -> str:
    match verdict:
        case "claim":
            until = papers.warranty_until
            return f"Claim it from the vendor: the warranty runs until {until.day} {until:%b %Y}. " if until else ""
        case "refresh":
            return "Let it go with the next refresh, its support ends soon: "
        case "repair":
            return f"Repair {part or 'it'}: "
        case "replace":
            return "Replace it: "
        case "watch":
            return "Watch it: "
        case "healthy" | "not_enough_evidence" | "missing":
            return ""


def _join(advice: str, said: str) -> str:
    """What to do, and why: one sentence where a colon joins them."""
    return advice + (said[:1].lower() + said[1:] if advice.endswith(": ") else said)


def _numbers(fields: dict[str, object]) -> dict[str, float | int | str | None]:
    """Evidence as the store keeps it: figures to four places, infinity as null, for JSON knows none."""
    kept: dict[str, float | int | str | None] = {}
    for name, value in fields.items():
        match value:
            case float():
                kept[name] = round(value, 4) if abs(value) != float("inf") and value == value else None  # noqa: PLR0124  # NaN
            case int() | str():
                kept[name] = value
            case _:
                kept[name] = None
    return kept

"""What the school's papers say of a device, and where they send it: to the vendor, or along with the next refresh."""

from dataclasses import dataclass
from datetime import date

from rollcall_collector.model.verdict import Verdict
from rollcall_collector.model.wording import say_date

DAYS_A_MONTH = 30.4
REFRESH_MONTHS = 12
"""A device whose support ends sooner goes with the next refresh."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Papers:
    """What the school's papers say of a device, as of `today`; None is not known."""

    today: date
    warranty_until: date | None = None
    support_until: date | None = None

    @property
    def is_in_warranty(self) -> bool:
        """Whether the vendor still pays."""
        return self.warranty_until is not None and self.warranty_until >= self.today

    @property
    def support_months(self) -> float | None:
        """Months until its support ends; below zero when it has ended."""
        return None if self.support_until is None else (self.support_until - self.today).days / DAYS_A_MONTH

    @property
    def has_support_ended(self) -> bool:
        """Whether its support is over: no part is changed in it any more."""
        return self.support_months is not None and self.support_months < 0

    @property
    def is_support_ending(self) -> bool:
        """Whether its support ends within a year, or has ended."""
        return self.support_months is not None and self.support_months <= REFRESH_MONTHS


def route(verdict: Verdict, papers: Papers) -> Verdict:
    """Where a device goes: to the vendor while it is in warranty; with the next refresh when its support ends anyway.

    Support's end is no unreliability: a device is refreshed for it, never called bad.
    """
    if verdict not in ("replace", "repair"):
        return verdict
    if papers.is_in_warranty:
        return "claim"
    is_due = papers.is_support_ending if verdict == "replace" else papers.has_support_ended
    return "refresh" if is_due else verdict


def advise(verdict: Verdict, part: str | None, papers: Papers) -> str:
    """What to do, as the beginning of a sentence."""
    match verdict:
        case "claim":
            until = papers.warranty_until
            return f"Claim it from the vendor: the warranty runs until {say_date(until)}. " if until else ""
        case "refresh":
            when = "has ended" if papers.has_support_ended else "ends soon"
            return f"Let it go with the next refresh, its support {when}: "
        case "repair":
            return f"Repair {part or 'it'}: "
        case "replace":
            return "Replace it: "
        case "watch":
            return "Watch it: "
        case "healthy" | "not_enough_evidence" | "missing":
            return ""


def say_mending(part: str, said: str, papers: Papers) -> str:
    """`Replace the disk: …`, with the vendor where it still pays; of a device out of support that it goes instead."""
    if route("repair", papers) == "refresh":
        return advise("refresh", None, papers) + said
    mending = f"Replace the {part}: {said}"
    if papers.warranty_until is None or not papers.is_in_warranty:
        return mending
    return f"{mending} Its warranty lasts until {say_date(papers.warranty_until)}: claim it from the vendor."

"""What is said of a device in one word, and the order in which people want to hear it: worst first."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Verdict = Literal["replace", "claim", "repair", "refresh", "missing", "watch", "not_enough_evidence", "healthy"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""Worst first: sorting by verdict is sorting by place in this list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceVerdict:
    """The verdict on one device, the sentence behind it, the active days that carry it, and the first of these."""

    verdict: Verdict
    sentence: str
    active_days: int
    first_active_on: date | None = None

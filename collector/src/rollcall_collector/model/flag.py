"""From evidence to a flag: a checkable fact, one rule's statement with its facts, an open proposal, its decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from rollcall_collector.model.verdict import Verdict

FlagState = Literal["open", "accepted", "postponed", "dismissed", "done", "closed"]
Action = Literal["accept", "postpone", "dismiss", "finish", "reopen"]
Evidence = Mapping[str, float | int | str | None]

STANDING: tuple[FlagState, ...] = ("open", "accepted", "postponed")
"""States in which a flag still speaks of its device."""
SPEAKING: tuple[FlagState, ...] = (*STANDING, "dismissed")
"""States in which its evidence stands: whom people would not act on is named all the same."""
NEED_A_REASON: frozenset[Action] = frozenset({"dismiss", "postpone"})
"""Decisions that somebody asks about next year: they are kept with their reason or not at all."""
Outcome = Literal["repaired", "replaced", "claimed", "nothing_found"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""How a finished flag ended."""
TRANSITIONS: dict[Action, tuple[tuple[FlagState, ...], FlagState]] = {
    "accept": (("open", "postponed"), "accepted"),
    "postpone": (("open", "accepted"), "postponed"),
    "dismiss": (("open", "accepted", "postponed"), "dismissed"),
    "finish": (("open", "accepted", "postponed"), "done"),
    "reopen": (("accepted", "postponed", "dismissed", "done", "closed"), "open"),
}
"""What people may do: from which states, to which state."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One rule's statement on one device: a name, what follows from it, a sentence, and the numbers behind it."""

    finding: str
    verdict: Verdict
    sentence: str
    evidence: Evidence


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What somebody decided on a flag, and why. Decisions are only ever added.

    A finish may say its `outcome`, and which new device the old one was `replaced_by`.
    """

    action: Action
    reason: str
    until_on: date | None
    author: str
    decided_at: datetime
    outcome: Outcome | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """A proposal to people about one device, with everything decided on it, oldest first.

    `closed_at` is when judging no longer found it, of a flag that is closed; None where that is not known.
    """

    flag: int
    device: int
    device_id: str
    device_name: str
    site: str | None
    cart: str | None
    finding: str
    verdict: Verdict
    state: FlagState
    sentence: str
    evidence: Evidence
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None = None
    decisions: tuple[Decision, ...] = ()

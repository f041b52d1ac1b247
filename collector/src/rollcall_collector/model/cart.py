"""A cart: a place of its own with slots and members, and what is known of each member when it was last heard."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rollcall_collector.model.complaint import Complaint
from rollcall_collector.model.verdict import Verdict

Charging = Literal["all_at_once", "cyclic_thirds"]
SlotState = Literal[
    "ready", "charging", "low", "in_use", "missing", "out_of_service", "said_broken", "unknown", "empty"
]

OUT_OF_SERVICE: frozenset[Verdict] = frozenset({"repair", "replace", "claim"})
"""What takes a device out of its cart once a person accepted it, and is a mark until then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cart:
    """One cart. `slots` is None where nobody said how many it has."""

    cart: int
    name: str
    site: str
    home_room: str | None = None
    slots: int | None = None
    charging: Charging = "all_at_once"
    members: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A device of a cart, as last heard. `is_connected` is None where it does not speak for itself.

    `standing` is the verdict of its weightiest standing flag, with its sentence: first what takes it out of service
    and was accepted (`is_accepted`), then the worst. `complaint` is what a teacher says of it, while that stands open.
    """

    device: int
    device_id: str
    name: str
    slot: int | None
    platform: str | None = None
    model: str | None = None
    is_connected: bool | None = None
    last_heard_at: datetime | None = None
    level_percent: float | None = None
    is_charging: bool | None = None
    is_plugged_in: bool | None = None
    level_at: datetime | None = None
    standing: Verdict | None = None
    is_accepted: bool = False
    sentence: str = ""
    complaint: Complaint | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SlotReadiness:
    """Whether one slot's device can be taken to a lesson now, in a letter, a state and a reason.

    `mark` is what a flag proposes that nobody accepted: to repair, replace or claim it. It changes no state.
    """

    slot: int | None
    member: Member | None
    state: SlotState
    letter: str
    reason: str
    mark: Verdict | None = None
    ready_at: datetime | None = None
    level_percent: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CartReadiness:
    """All slots of a cart. `availability` is ready ÷ members; None for a cart without members."""

    cart: Cart
    slots: tuple[SlotReadiness, ...]
    ready: int
    members: int
    remarks: tuple[str, ...] = ()

    @property
    def availability(self) -> float | None:
        """Ready ÷ members, 0 to 1."""
        return self.ready / self.members if self.members else None

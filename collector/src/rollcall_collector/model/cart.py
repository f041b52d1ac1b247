"""A cart: its slots and members, what is known of each, what teachers complain of, and the code that stands on it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from rollcall_collector.model.verdict import Verdict

Charging = Literal["all_at_once", "cyclic_thirds"]
SlotState = Literal[
    "ready",
    "charging",
    "low",
    "in_use",
    "missing",
    "out_of_service",
    "said_broken",
    "needs_unlocking",
    "unknown",
    "empty",
]

OUT_OF_SERVICE: frozenset[Verdict] = frozenset({"repair", "replace", "claim"})
"""What takes a device out of its cart once a person accepted it, and is a mark until then."""

Trouble = Literal["does_not_start", "screen", "keyboard", "battery", "other"]

TROUBLES: dict[Trouble, str] = {
    "does_not_start": "it does not start",
    "screen": "its screen is broken",
    "keyboard": "its keyboard is broken",
    "battery": "its battery does not last",
    "other": "something else is broken",
}
"""What can be said, each as the end of `A teacher says: …`. Nobody writes freely, so that no pupil's name gets in."""
UNSAID = "it is broken"
OPEN_MAX = 5
"""So many complaints stand open of one cart at most: who can read its code cannot flood a technician."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Complaint:
    """A teacher says that the device in a slot is broken; it stands until a technician closes it.

    `slot` is None where whoever said it did not know the number; `device` and `device_id` are None where that number
    named no device, or several.
    """

    complaint: int
    cart: int
    cart_name: str
    site: str
    slot: int | None
    device: int | None
    device_id: str | None
    trouble: Trouble | None
    said_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None


def say_trouble(trouble: Trouble | None) -> str:
    """`it does not start`; that it is broken where nobody said how."""
    return UNSAID if trouble is None else TROUBLES[trouble]


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
    `went_dark_at`: it restarted then and did not come back by itself, as far as its service knows. `called_at`: it was
    last asked for its level then. `bridge_lost_at`: no bridge that alone tells of it is connected; one was heard then.
    Who may not see devices gets no id, name, model, standing or sentence.
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
    went_dark_at: datetime | None = None
    called_at: datetime | None = None
    bridge_lost_at: datetime | None = None


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

    @property
    def is_marked(self) -> bool:
        """Whether a flag that nobody accepted asks for something."""
        return self.mark is not None


class SlotGlance(NamedTuple):
    """The state of one slot's device, and whether it bears a mark: as much as a picture shows."""

    slot: int | None
    state: SlotState
    is_marked: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CartGlance:
    """All slots of a cart as a picture shows them, without a word of any single one."""

    cart: Cart
    slots: tuple[SlotGlance, ...]

    @property
    def states(self) -> Counter[SlotState]:
        """How many members are in each state."""
        return Counter([one.state for one in self.slots if one.state != "empty"])

    @property
    def ready(self) -> int:
        """How many can be taken to a lesson."""
        return self.states["ready"]

    @property
    def members(self) -> int:
        """All of them."""
        return self.states.total()


@dataclass(frozen=True, kw_only=True, slots=True)
class CartCount:
    """How many members of a cart are in each state, without a word of any single one."""

    cart: Cart
    states: Counter[SlotState]

    @property
    def ready(self) -> int:
        """How many can be taken to a lesson."""
        return self.states["ready"]

    @property
    def members(self) -> int:
        """All of them."""
        return self.states.total()

    @property
    def availability(self) -> float | None:
        """Ready ÷ members, 0 to 1; None for a cart without members."""
        return self.ready / self.members if self.members else None


@dataclass(frozen=True, kw_only=True, slots=True)
class CartReadiness:
    """All slots of a cart. `availability` is ready ÷ members; None for a cart without members."""

    cart: Cart
    slots: tuple[SlotReadiness, ...]
    ready: int
    members: int
    remarks: tuple[str, ...] = ()

    @property
    def states(self) -> Counter[SlotState]:
        """How many members are in each state."""
        return Counter(slot.state for slot in self.slots if slot.member is not None)

    @property
    def availability(self) -> float | None:
        """Ready ÷ members, 0 to 1."""
        return self.ready / self.members if self.members else None


@dataclass(frozen=True, kw_only=True, slots=True)
class CartCode:
    """One code that stands on a cart, without its secret: who scans it sees how many devices are ready.

    Of the secret only the hash is kept. `ended_at` is None for the code that works.
    """

    code: int
    made_at: datetime
    made_by: str
    used_at: datetime | None = None
    ended_at: datetime | None = None

"""A complaint: a teacher says that the device in a slot is broken. It stands until a technician closes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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
    """What was said of one slot, and when it was closed and by whom.

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

"""Who may see and do what: one table of rights and the roles that hold each; pages and README print it."""

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["admin", "technician", "procurement", "front_desk", "viewer", "teacher"]
ROLES: tuple[Role, ...] = get_args(Role)
Right = Literal["carts", "devices", "prices", "place", "decide", "price", "list", "set_up", "admit"]
RIGHTS: tuple[Right, ...] = get_args(Right)
LINK_MINUTES = 15
FIRST_LINK_MINUTES = 12 * 60
"""For a link that is printed where Rollcall was started, to pages that only this computer reaches."""
HANDED_LINK_MINUTES = 24 * 60
"""For a link that is made on a page, to be handed to somebody else."""
ROLE_WORDS: dict[Role, str] = {
    "admin": "administrator",
    "technician": "technician",
    "procurement": "procurement",
    "front_desk": "front desk",
    "viewer": "viewer",
    "teacher": "teacher",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RightRow:
    """One right: the word for it, what it lets somebody see or do, and the roles that hold it."""

    right: Right
    words: str
    held_by: tuple[Role, ...]


ROLE_TABLE: tuple[RightRow, ...] = (
    RightRow(
        right="carts",
        words="see carts and how many of their devices are ready, without naming a device",
        held_by=("admin", "technician", "procurement", "front_desk", "viewer", "teacher"),
    ),
    RightRow(
        right="devices",
        words="see devices: serial numbers, starts, failures, flags, models, Rollcall's own health",
        held_by=("admin", "technician", "procurement", "front_desk", "viewer"),
    ),
    RightRow(
        right="prices",
        words="see prices, and the plan for a budget",
        held_by=("admin", "technician", "procurement", "viewer"),
    ),
    RightRow(
        right="place",
        words="move devices, close what teachers say is broken, make codes for carts",
        held_by=("admin", "technician", "front_desk"),
    ),
    RightRow(
        right="decide",
        words="decide on flags: accept, postpone, dismiss, finish",
        held_by=("admin", "technician", "procurement"),
    ),
    RightRow(right="price", words="enter prices and the currency", held_by=("admin", "procurement")),
    RightRow(
        right="list",
        words="import the school's list; make, rename and merge sites",
        held_by=("admin", "technician"),
    ),
    RightRow(
        right="set_up",
        words="set up the school: name, hours, holidays; let devices enroll",
        held_by=("admin",),
    ),
    RightRow(
        right="admit",
        words="say who may do what: people, programs; read the audit log",
        held_by=("admin",),
    ),
)
"""Every right belongs to the sites of whoever holds it; what is not said here nobody may."""
_HELD: dict[Right, frozenset[Role]] = {row.right: frozenset(row.held_by) for row in ROLE_TABLE}
_WORDS: dict[Right, str] = {row.right: row.words for row in ROLE_TABLE}


def rights_of(role: Role) -> frozenset[Right]:
    """What a role lets somebody see and do."""
    return frozenset(right for right, held_by in _HELD.items() if role in held_by)


def say_right(right: Right) -> str:
    """What a right lets somebody see or do."""
    return _WORDS[right]


def say_holders(right: Right) -> str:
    """The roles that hold a right, in words."""
    return ", ".join(ROLE_WORDS[role] for role in ROLES if role in _HELD[right])


def print_table() -> str:
    """The whole table in Markdown, a row a right and a column a role: as the README has it."""
    head = ("", *(ROLE_WORDS[role] for role in ROLES))
    rows = ((row.words, *("yes" if role in row.held_by else "no" for role in ROLES)) for row in ROLE_TABLE)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows))

"""The code on a cart: who scans it sees how many of its devices are ready, without an account."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CartCode:
    """One code, without its secret, of which only the hash is kept. `ended_at` is None for the one that works."""

    code: int
    made_at: datetime
    made_by: str
    used_at: datetime | None = None
    ended_at: datetime | None = None

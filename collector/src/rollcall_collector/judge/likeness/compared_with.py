"""Says with whom a device was compared: its own model only where its own model has enough devices to tell."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints
from rollcall_collector.judge.failures.rows import Rows
from rollcall_collector.judge.likeness.peculiar import Peculiar

CLOSEST = ("model, year and role", "model and role", "model and year", "model")
"""The closest peers, by what is known of a device: year and role, no year, no role, neither."""
_WIDER = ("model", "platform")
_NOTABLE = 1.25
"""A device awake so many times as long as others, or so much less, is compared with hours and not with days."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedWith:
    """One entry a device: `level` from the closest peers to the widest that any of its time was measured by.

    `is_small`: the few of its own model have their say in what is expected. `is_by_hours`: its days count by hours,
    and that matters. `is_split`: peers run the same version of the system, where enough do (`versionless` on).
    """

    level: Ints
    closest: Ints | None
    is_small: Bools
    is_by_hours: Bools
    is_split: bool
    versionless: int

    @classmethod
    def of(cls, rows: Rows, peculiar: Peculiar) -> "ComparedWith":
        """From the rows by which devices were measured, and what is peculiar to each of them."""
        level = np.zeros(len(peculiar.of_hours), dtype=np.int64)
        np.maximum.at(level, rows.owner, rows.peers.chosen)
        return cls(
            level=level,
            closest=rows.closest,
            is_small=peculiar.of_model != 1,
            is_by_hours=_is_notable(peculiar.of_hours),
            is_split=rows.split is not None,
            versionless=len(rows.peers.levels) - 1,
        )

    def say(self, device: int) -> str:
        """As the beginning of a sentence about what they have: `devices of its model`."""
        level = int(self.level[device])
        return _say(
            (CLOSEST[0 if self.closest is None else int(self.closest[device])], *_WIDER)[min(level, len(_WIDER))],
            has_versions=self.is_split and level < self.versionless,
            is_by_hours=bool(self.is_by_hours[device]),
            is_small=bool(self.is_small[device]),
        )


@cache
def _say(known: str, *, has_versions: bool, is_by_hours: bool, is_small: bool) -> str:
    more = []
    if has_versions:
        more.append("on its versions of the system")
    if is_by_hours:
        more.append("awake as long")
    if is_small:
        more.append("the few of its own kind weighed in")
    said = f"devices of its {known}"
    return f"{said} ({', '.join(more)})" if more else said


def _is_notable(times: Floats) -> Bools:
    return np.asarray((times > _NOTABLE) | (times < 1 / _NOTABLE), dtype=np.bool_)

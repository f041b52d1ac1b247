"""Finds the peers a device is fairly compared with: same model, same purchase year, same role."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Floats, Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class Peers:
    """Who is compared with whom. `levels` runs from the closest peers (model, year, role) to the widest (platform).

    Each level is one code a device, counted from 0. `chosen[i]` is the level whose rates device i is measured by.
    A device in a small cohort borrows the rate of its whole model, large cohorts of that model included. `closest` is
    what is known of a device besides its model, a place in `compared_with.CLOSEST`; None: year and role of all.
    """

    levels: tuple[Ints, ...]
    chosen: Ints
    closest: Ints | None = None

    def too_small(self) -> Ints:
        """The closer group, one code a device, that was too small for a rate of its own; -1 where none was.

        A device alone in its group has it in common with nobody: -1 too.
        """
        found = np.full(len(self.chosen), -1, dtype=np.int64)
        first = 0
        for level in range(1, len(self.levels)):
            here = self.chosen == level
            found[here] = first + self.levels[level - 1][here]
            first += int(self.levels[level - 1].max(initial=-1)) + 1
        found[found >= 0] = np.where(np.bincount(found[found >= 0])[found[found >= 0]] > 1, found[found >= 0], -1)
        _, code = np.unique(found[found >= 0], return_inverse=True)
        found[found >= 0] = code
        return found


def encode(*columns: Sequence[object]) -> Ints:
    """One whole number a device for each distinct combination of the columns' values, counted from 0."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        _, part = np.unique(np.asarray(column, dtype=np.str_), return_inverse=True)
        _, code = np.unique(code * (int(part.max(initial=0)) + 1) + part, return_inverse=True)
    return code.astype(np.int64)


def choose_peers(
    levels: Sequence[Ints],
    active_days: Floats,
    *,
    least_devices: int = 20,
    least_years: float = 1,
    closest: Ints | None = None,
) -> Peers:
    """The closest level at which a device has enough peers; the last level serves whoever has none.

    `active_days` is one figure a device over the whole window. Raises ValueError when no level is given.
    """
    if not levels:
        raise ValueError("give at least one level of peers, the closest first")
    chosen = np.full(len(active_days), len(levels) - 1, dtype=np.int64)
    for level in reversed(range(len(levels) - 1)):
        code = levels[level]
        served = np.bincount(code, weights=active_days)
        is_large = (np.bincount(code) >= least_devices) & (served >= least_years * DAYS_A_YEAR)
        chosen[is_large[code]] = level
    return Peers(levels=tuple(levels), chosen=chosen, closest=closest)

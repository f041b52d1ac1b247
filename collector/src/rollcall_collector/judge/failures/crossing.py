"""Finds where falling chances cross a level: what halving finds, to the last bit, in a quarter of its steps."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints

Chance: TypeAlias = Callable[[Ints, Floats], Floats]
"""The chances of these functions, one at each place given."""
_LEAST = 1e-12  # odds are not told apart beyond it


def halve(chance: Chance, level: Floats, low: Floats, high: Floats, *, halvings: int) -> tuple[Floats, Floats]:
    """The ends of what is left of each `low` … `high` after so many halvings; each chance falls from over its level.

    Most halvings are answered by a narrower bracket around the crossing. Where it leaves one open the chance itself is
    asked: how the bracket was found saves time and changes no result.
    """
    over, under = _bracket(chance, level, low, high, halvings=halvings)
    for _ in range(halvings):
        middle = (low + high) / 2
        is_over = middle <= over
        is_open = np.flatnonzero(~is_over & (middle < under))
        if len(is_open):
            is_over[is_open] = chance(is_open, middle[is_open]) > level[is_open]
        low, high = np.where(is_over, middle, low), np.where(is_over, high, middle)
    return low, high


def _bracket(chance: Chance, level: Floats, low: Floats, high: Floats, *, halvings: int) -> tuple[Floats, Floats]:
    """Where the chance still is over its level and where it no longer is, most of them less than the last half apart.

    By false position on log odds, which are nearly straight; an end that stays twice is weighed down: Anderson and
    Björck, BIT 13 (1973) 253-264.
    """

    def odds_over(those: Ints, at: Floats) -> Floats:
        found = np.clip(chance(those, at), _LEAST, 1 - _LEAST)
        return np.asarray(np.log(found / (1 - found)) - wanted[those], dtype=np.float64)

    wanted = np.log(level / (1 - level))
    over, under, width = low.copy(), high.copy(), (high - low) / 2.0 ** (halvings + 1)
    everyone = np.arange(len(level))
    kept_odds, odds = odds_over(everyone, low), odds_over(everyone, high)
    left = np.flatnonzero((kept_odds > 0) & (odds <= 0))
    kept, kept_odds, newest, odds = low[left], kept_odds[left], high[left], odds[left]
    for _ in range(halvings):
        margin = width[left] / 4
        at = newest - odds * (newest - kept) / (odds - kept_odds)
        at = np.clip(at, over[left] + margin, under[left] - margin)
        found = odds_over(left, at)
        is_over, was_over = found > 0, odds > 0
        weight = 1 - np.divide(found, odds, out=np.full(len(left), 0.5), where=odds != 0)
        kept_odds = np.where(is_over == was_over, kept_odds * np.where(weight > 0, weight, 0.5), odds)
        kept = np.where(is_over == was_over, kept, newest)
        newest, odds = at, found
        over[left], under[left] = np.where(is_over, at, over[left]), np.where(is_over, under[left], at)
        is_wide = under[left] - over[left] > width[left]
        left = left[is_wide]
        kept, kept_odds, newest, odds = (one[is_wide] for one in (kept, kept_odds, newest, odds))
    return over, under

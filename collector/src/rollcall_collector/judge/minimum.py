"""Finds where a function of one number is least between two bounds."""

import math
from collections.abc import Callable
from typing import TypeAlias

_Pair: TypeAlias = tuple[float, float]
"""Two bounds, two steps, or a number and the loss of it."""
_GOLDEN = 0.5 * (3.0 - math.sqrt(5.0))
_ROOT_OF_EPSILON = math.sqrt(2.2e-16)


def least(loss: Callable[[float], float], low: float, high: float, *, within: float = 1e-5) -> float:
    """Where the loss is least, to about `within`, by parabolas and golden sections.

    Brent, "Algorithms for Minimization without Derivatives" (1973), chapter 5, with the very numbers of SciPy's
    bounded `minimize_scalar`: its module takes a night 25 MB and a third of a second to load.
    """
    start = low + _GOLDEN * (high - low)
    best = second = third = (start, loss(start))
    step = before = 0.0
    while True:
        at, nearest = best[0], _ROOT_OF_EPSILON * abs(best[0]) + within / 3.0
        if abs(at - 0.5 * (low + high)) <= 2.0 * nearest - 0.5 * (high - low):
            return at
        step, before = _step((best, second, third), (low, high), (step, before), nearest)
        tried = at + math.copysign(max(abs(step), nearest), step or 1.0)
        found = tried, loss(tried)
        if found[1] <= best[1]:
            low, high = (at, high) if tried >= at else (low, at)
            best, second, third = found, best, second
        else:
            low, high = (tried, high) if tried < at else (low, tried)
            if found[1] <= second[1] or second[0] == at:
                second, third = found, second
            elif found[1] <= third[1] or third[0] in (at, second[0]):
                third = found


def _step(points: tuple[_Pair, _Pair, _Pair], bounds: _Pair, steps: _Pair, nearest: float) -> tuple[float, float]:
    """How far to go from the best point, and the step before that: to a parabola's foot, or a golden section."""
    (at, least_yet), second, third = points
    (low, high), (last, before) = bounds, steps
    middle = 0.5 * (low + high)
    if abs(before) > nearest:
        r = (at - second[0]) * (least_yet - third[1])
        q = (at - third[0]) * (least_yet - second[1])
        p = (at - third[0]) * q - (at - second[0]) * r
        q = 2.0 * (q - r)
        p, q = (-p if q > 0.0 else p), abs(q)
        if abs(p) < abs(0.5 * q * before) and q * (low - at) < p < q * (high - at):
            foot = at + p / q
            is_near_bound = foot - low < 2.0 * nearest or high - foot < 2.0 * nearest
            return (nearest if middle >= at else -nearest) if is_near_bound else p / q, last
    longer = low - at if at >= middle else high - at
    return _GOLDEN * longer, longer

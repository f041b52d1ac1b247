"""Draws up a list of bad devices on which at most the stated share is expected to stand by chance."""

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints


def select(probability: Floats, *, rate: float, may_enter: Bools | None = None) -> Bools:
    """The longest list of the surest devices whose mean chance of being there by chance is at most `rate`.

    Bayesian false-discovery control: Newton et al., Biostatistics 5 (2004) 155-176; Mueller, Parmigiani & Rice (2006).
    Only devices that `may_enter` are considered, so the promise holds for the list that people see. Devices with
    equal probability enter together or not at all: their order in the file must not matter.
    """
    candidates = np.flatnonzero(probability > 0 if may_enter is None else may_enter)
    chosen = np.zeros(len(probability), dtype=np.bool_)
    if len(candidates) == 0:
        return chosen
    order = candidates[np.argsort(-probability[candidates], kind="stable")]
    surest = probability[order]
    by_chance = np.cumsum(1 - surest) / np.arange(1, len(order) + 1)
    is_last_of_equals = np.append(surest[1:] < surest[:-1], [True])
    good = np.flatnonzero((by_chance <= rate) & is_last_of_equals)
    if len(good):
        chosen[order[: good[-1] + 1]] = True
    return chosen


def draw(probability: Floats, *, rates: tuple[float, float], may_enter: Bools) -> tuple[Bools, Bools]:
    """The replace and the watch list, at these shares of wrong names.

    The watch list keeps its promise by itself, without the sure names that stand on the replace list already.
    """
    best = select(probability, rate=rates[0], may_enter=may_enter)
    return best, select(probability, rate=rates[1], may_enter=may_enter & ~best)


def stay(lists: tuple[Bools, Bools], before: tuple[Bools, Bools], probability: Floats) -> tuple[Bools, Bools]:
    """Both lists after hysteresis; who is on the replace list is not watched besides."""
    best = keep_listed(lists[0], before[0], probability)
    return best, keep_listed(lists[1], before[1], probability) & ~best


def keep_listed(chosen: Bools, was_listed: Bools, probability: Floats, *, leave_below: float = 0.5) -> Bools:
    """The list after hysteresis: who stood on it stays until its probability falls below `leave_below`."""
    return chosen | (was_listed & (probability >= leave_below))


def count_weeks(device: Ints, day: Ints, *, devices: int) -> Ints:
    """In how many different calendar weeks (from Monday) each device had an incident; days since 1970-01-01."""
    weeks = np.unique(np.stack((np.asarray(device), (np.asarray(day) + 3) // 7)), axis=1)
    return np.bincount(weeks[0], minlength=devices).astype(np.int64)

"""Draws up a list of bad devices on which at most the stated share is expected to stand by chance."""

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints

LEAVE_BELOW = 0.5
"""Who is less likely bad than not leaves a list, whatever room there is."""
ENTER_MARGIN = 0.05
"""A list on which somebody stands takes new names while it is so much better than promised: otherwise the name at the
margin would come and go with every quiet day. Four in ten comings and goings are left, for 3 to 5 % fewer names."""


def select(
    probability: Floats,
    *,
    rate: float,
    may_enter: Bools | None = None,
    beside: Bools | None = None,
    margin: float = 0.0,
) -> Bools:
    """The longest list of the surest devices whose mean chance of being there by chance is at most `rate`.

    Bayesian false-discovery control: Newton et al., Biostatistics 5 (2004) 155-176; Mueller, Parmigiani & Rice (2006).
    Only devices that `may_enter` are considered, so the promise holds for the list that people see. Devices with
    equal probability enter together or not at all: their order in the file must not matter. With `beside`, the names
    that stand there already count in the mean, which must stay `margin` of the rate below it; who is sure enough by
    itself enters all the same.
    """
    candidates = np.flatnonzero(probability > 0 if may_enter is None else may_enter)
    chosen = np.zeros(len(probability), dtype=np.bool_)
    if len(candidates) == 0:
        return chosen
    standing = probability[beside] if beside is not None else np.zeros(0)
    order = candidates[np.argsort(-probability[candidates], kind="stable")]
    surest = probability[order]
    count = len(standing) + np.arange(1, len(order) + 1)
    by_chance = ((1 - standing).sum() + np.cumsum(1 - surest)) / count
    is_last_of_equals = np.append(surest[1:] < surest[:-1], [True])
    holds = by_chance <= rate * (1 - margin)
    if beside is not None:
        holds |= surest >= 1 - rate
    good = np.flatnonzero(holds & is_last_of_equals)
    if len(good):
        chosen[order[: good[-1] + 1]] = True
    return chosen


def draw(
    probability: Floats,
    *,
    rates: tuple[float, float],
    may_enter: Bools,
    standing: tuple[Bools, Bools] | None = None,
) -> tuple[Bools, Bools]:
    """The replace and the watch list, at these shares of wrong names; `standing` is who stood on each the last time.

    Each list keeps its promise by itself, every time it is drawn: the watch list without the sure names that stand on
    the replace list already. Who falls off that is watched before anybody new.
    """
    nobody = np.zeros(len(probability), dtype=np.bool_)
    best, watched = (nobody, nobody) if standing is None else standing
    named = _draw_one(probability, rate=rates[0], may_enter=may_enter, standing=best)
    return named, _draw_one(
        probability, rate=rates[1], may_enter=may_enter & ~named, standing=(best | watched) & ~named
    )


def _draw_one(probability: Floats, *, rate: float, may_enter: Bools, standing: Bools) -> Bools:
    """Who stood stays while likelier bad than not, as far as the whole list keeps its promise; then who is new."""
    if not standing.any():
        return select(probability, rate=rate, may_enter=may_enter)
    kept = select(probability, rate=rate, may_enter=standing & (probability >= LEAVE_BELOW))
    return kept | select(probability, rate=rate, may_enter=may_enter & ~kept, beside=kept, margin=ENTER_MARGIN)


def count_weeks(device: Ints, day: Ints, *, devices: int) -> Ints:
    """In how many different calendar weeks (from Monday) each device had an incident; days since 1970-01-01."""
    weeks = np.unique(np.stack((np.asarray(device), (np.asarray(day) + 3) // 7)), axis=1)
    return np.bincount(weeks[0], minlength=devices).astype(np.int64)

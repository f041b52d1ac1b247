"""Judges kinds of failure together: where a device's other kinds are quiet, one that is loud may be luck."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.likeness.spread import Spread

_SOME = 1e-3  # of shared variance: less is none


def told_first(incidents: Mapping[str, tuple[Ints, Ints]], *, gap_days: int) -> dict[str, tuple[Ints, Ints]]:
    """Each kind's incidents but those that another kind told already, fewer than `gap_days` before: one trouble.

    On the same day the kind that comes first in the alphabet has it. Device and day of each, by device and day.
    """
    names = sorted(incidents)
    device = np.concatenate([incidents[name][0] for name in names])
    day = np.concatenate([incidents[name][1] for name in names])
    kind = np.repeat(np.arange(len(names)), [len(incidents[name][0]) for name in names])
    order = np.lexsort((kind, day, device))
    device, day, kind = device[order], day[order], kind[order]
    near = np.zeros(len(device), dtype=np.bool_)
    near[1:] = (np.diff(device) == 0) & (np.diff(day) < gap_days)
    first = np.maximum.accumulate(np.where(near, 0, np.arange(len(device))))
    # What its own kind goes on telling is folded already: only another kind's word on the same trouble is left out.
    mine = kind == kind[first] if len(kind) else near
    return {name: (device[mine & (kind == place)], day[mine & (kind == place)]) for place, name in enumerate(names)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """One kind: troubles seen and expected, one entry a device, and the shape of its devices' spread."""

    observed: Ints
    expected: Floats
    shape: float


def shared_variance(kinds: Mapping[str, Counts]) -> float:
    """How much devices differ in all kinds alike: the covariance of two kinds' ratios, from pairs of kinds."""
    over = np.stack([one.observed - one.expected for one in kinds.values()])
    means = np.stack([one.expected for one in kinds.values()])
    pairs = (over.sum(axis=0) ** 2 - (over**2).sum(axis=0)).sum()
    by_chance = (means.sum(axis=0) ** 2 - (means**2).sum(axis=0)).sum()
    return max(0.0, float(pairs / by_chance)) if by_chance > 0 else 0.0


def spreads_together(kinds: Mapping[str, Counts]) -> dict[str, Spread]:
    """What is held of each device's ratio in each kind before that kind is looked at: one gamma a device.

    A device's ratio in a kind is theta (shared, variance v) times phi (the kind's own). What other kinds tell of theta
    makes it a gamma again, other kinds' own part counted as noise: linear Bayes, exact where nothing is a kind's own
    or nothing is shared. Bühlmann & Gisler, "A Course in Credibility Theory" (2005), chapter 7. Empty where nothing
    is shared: each kind speaks for itself.
    """
    shared = shared_variance(kinds)
    if shared < _SOME:
        return {}
    own = {name: max(0.0, (1 + 1 / one.shape) / (1 + shared) - 1) for name, one in kinds.items()}
    weight = {name: 1 / (1 + one.expected * own[name]) for name, one in kinds.items()}
    seen = {name: weight[name] * one.observed for name, one in kinds.items()}
    due = {name: weight[name] * one.expected for name, one in kinds.items()}
    all_seen = 1 / shared + np.sum(list(seen.values()), axis=0)
    all_due = 1 / shared + np.sum(list(due.values()), axis=0)
    found = {}
    for name, one in kinds.items():
        shape, rate = all_seen - seen[name], all_due - due[name]
        # The others may speak for a device, never against it in this kind: what all of them tell is judged as all.
        is_spoken_for = (one.observed > one.expected) & (shape < rate)
        narrowed = 1 / ((1 + 1 / shape) * (1 + own[name]) - 1)
        found[name] = Spread(
            weights=np.ones(1),
            means=np.where(is_spoken_for, shape / rate, 1.0)[:, None],
            shapes=np.where(is_spoken_for, narrowed, one.shape)[:, None],
        )
    return found

"""Counts what a model's rate is made of: days in use and incidents, without the months that struck it as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints
from rollcall_collector.judge.failures.channel import was_counted
from rollcall_collector.judge.failures.exposure import bin_of
from rollcall_collector.judge.failures.shock_cells import have_passed
from rollcall_collector.judge.fleet import WholeJudgement
from rollcall_collector.judge.fleet_arrays import join_kinds
from rollcall_collector.model.fleet import FleetHistory

HARDWARE = ("hardware", "storage", "memory", "thermal")
"""Channels whose incidents are a part's, not a program's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """One entry a device: days in use and incidents in ordinary months, and incidents in the months left out."""

    days: Floats
    incidents: Ints
    left_out: Ints


def incidents_of(judged: WholeJudgement, history: FleetHistory, channels: Sequence[str]) -> tuple[Ints, Ints]:
    """Device and day of each incident of these channels that stands in the window and has days in use to stand on.

    Not only the fresh ones: what people have repaired since is their model's record all the same.
    """
    told = {name: one for name, one in judged.arrays.incidents.items() if name in channels}
    device, day = join_kinds(told, gap_hours=0)  # the report shows kinds beside their sum: they add up
    bins = _bins(day, history)
    inside = bins >= 0
    inside[inside] = was_counted(judged.arrays.exposure, device[inside], bins[inside])
    return device[inside], day[inside]


def every_incident(judged: WholeJudgement, history: FleetHistory) -> tuple[Ints, Ints]:
    """The incidents of every judged kind together, dying disks too: a model answers for all of them."""
    return incidents_of(judged, history, tuple(judged.arrays.incidents))


def count_calm(judged: WholeJudgement, history: FleetHistory, model: Ints, incidents: tuple[Ints, Ints]) -> Counted:
    """Days and incidents by device, without the months in which its whole model was struck at once.

    A hundred devices struck by one update are one happening, not a hundred: counted as independent they would make
    an interval narrow that is not. What goes on until today is counted: it is how the model is now, wear-out maybe.
    """
    exposure = judged.arrays.exposure
    is_calm = ~_struck(judged, history, models=int(model.max(initial=-1)) + 1)[model]
    device, day = incidents
    is_ordinary = is_calm[device, _bins(day, history)]
    return Counted(
        days=(exposure * is_calm).sum(axis=1, dtype=np.float64),
        incidents=np.bincount(device[is_ordinary], minlength=len(model)).astype(np.int64),
        left_out=np.bincount(device[~is_ordinary], minlength=len(model)).astype(np.int64),
    )


def _struck(judged: WholeJudgement, history: FleetHistory, *, models: int) -> Bools:
    """The months in which a model was struck on any channel and which calmer ones followed: (models, months)."""
    months = judged.arrays.exposure.shape[1]
    found = np.zeros((models, months), dtype=np.bool_)
    for channel in sorted({shock.channel for shock in judged.shocks}):
        struck = np.zeros((models, months), dtype=np.bool_)
        for shock in judged.shocks:
            if shock.channel == channel:
                struck[shock.group, (history.until_day - shock.until_day) // history.bin_days] = True
        found |= have_passed(struck)
    return found


def _bins(day: Ints, history: FleetHistory) -> Ints:
    return bin_of(day, until_day=history.until_day, window_days=history.window_days, bin_days=history.bin_days)

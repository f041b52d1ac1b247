"""Turns plain service and failure records into the arrays that the back-test judges."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAY_US
from rollcall_collector.judge.backtest import Records
from rollcall_collector.judge.cohort import encode
from rollcall_collector.judge.incidents import fold_fleet

_STILL_SERVING = 1 << 30  # a day far beyond any record


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """One unit's record. Days since 1970-01-01; `end_day` None while it serves; `traits` from widest to closest."""

    name: str
    start_day: int
    end_day: int | None
    traits: tuple[str, ...]


def assemble(
    units: Sequence[Unit], failures: Sequence[tuple[int, int]], *, gap_hours: float = 72, cap_days: float = 14
) -> Records:
    """Fold the failures, given as (index of the unit, instant in microseconds), and encode who is whose peer.

    Peers share all traits at the closest level, then all but the last, and so on; at the widest, everybody.
    """
    width = len(units[0].traits) if units else 0
    columns = [[unit.traits[one] for unit in units] for one in range(width)]
    levels = tuple(encode(*columns[:depth]) for depth in range(width, 0, -1))
    pairs = np.asarray(failures, dtype=np.int64).reshape(-1, 2)
    incidents = fold_fleet(
        pairs[:, 0], np.zeros(len(pairs), dtype=np.int64), pairs[:, 1], gap_hours=gap_hours, cap_days=cap_days
    )
    return Records(
        start_day=np.array([unit.start_day for unit in units], dtype=np.int64),
        end_day=np.array([_STILL_SERVING if unit.end_day is None else unit.end_day for unit in units], dtype=np.int64),
        levels=(*levels, np.zeros(len(units), dtype=np.int64)),
        incident_device=incidents.device,
        incident_day=incidents.start_us // DAY_US,
    )

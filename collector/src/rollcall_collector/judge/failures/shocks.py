"""Names what struck a whole model at once, and the version that brought it: evidence against nobody's device."""

from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Ints
from rollcall_collector.judge.failures.exposure import Exposure, bin_of
from rollcall_collector.judge.failures.shock_cells import CohortCells, find_shocks
from rollcall_collector.judge.failures.versions import VersionSplit
from rollcall_collector.judge.parameters import Parameters

BLAMED_SHARE = 0.6
"""A version is named when it carries so much of the month's incidents …"""
NEW_BINS = 1
"""… and was first seen on the model in that month, or so many months before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shock:
    """One model, channel and month struck: the days (until excluded), devices and incidents, and what is usual.

    `group` is the model's code; `version` the code of the version to blame, None where none stands out.
    """

    channel: str
    group: int
    from_day: int
    until_day: int
    devices: int
    incidents: int
    usual: float
    version: int | None


def name_shocks(
    channel: str,
    exposure: Exposure,
    group: Ints,
    device: Ints,
    day: Ints,
    *,
    until_day: int,
    parameters: Parameters,
    split: VersionSplit | None = None,
) -> tuple[Shock, ...]:
    """The months in which a group of devices was struck as a whole, the latest first; one entry an incident in."""
    bins = bin_of(day, until_day=until_day, window_days=parameters.window_days, bin_days=parameters.bin_days)
    device, bins = device[bins >= 0], bins[bins >= 0]
    groups = int(group.max(initial=-1)) + 1
    years = np.stack([np.bincount(group, weights=one, minlength=groups) for one in exposure.T], axis=1) / DAYS_A_YEAR
    cells = CohortCells.count(exposure, group, device, bins)
    observed = cells.observed
    struck = find_shocks(cells, years, ratio=parameters.shock_ratio, least_devices=parameters.shock_devices)
    found = []
    for one, month in np.argwhere(struck):
        hit = (group[device] == one) & (bins == month)
        ago = until_day - int(month) * parameters.bin_days
        others = observed[one].sum() - observed[one, month]
        calm_years = years[one].sum() - years[one, month]
        found.append(
            Shock(
                channel=channel,
                group=int(one),
                from_day=max(ago - parameters.bin_days, until_day - parameters.window_days),
                until_day=ago,
                devices=len(np.unique(device[hit])),
                incidents=int(hit.sum()),
                usual=float(others / calm_years * years[one, month]) if calm_years > 0 else 0.0,
                version=None if split is None else _blame(split, group, int(one), device[hit], int(month)),
            )
        )
    return tuple(sorted(found, key=lambda shock: (-shock.until_day, -shock.incidents)))


def _blame(split: VersionSplit, group: Ints, one: int, device: Ints, month: int) -> int | None:
    """The version on which most of the struck devices ran, if it was new to the model then."""
    version = split.version[split.row_of[device, month]]
    told = version[version >= 0]
    if len(told) == 0:
        return None
    candidate = int(np.bincount(told).argmax())
    if (version == candidate).sum() < BLAMED_SHARE * len(version):
        return None
    rows = (split.version == candidate) & (group[split.owner] == one)
    first = int(np.flatnonzero(split.exposure[rows].any(axis=0))[-1])
    return candidate if first <= month + NEW_BINS else None

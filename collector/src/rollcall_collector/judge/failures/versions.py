"""Splits each device's time by the version of its system, so that a bad version is not charged to the devices."""

from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import Ints, wide
from rollcall_collector.judge.failures.cohort import Peers, choose_peers
from rollcall_collector.judge.failures.exposure import Exposure


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionSplit:
    """One row a device and version: `owner` is the row's device, `exposure` its active days with that version.

    `version` is a code, -1 where it was never told; `row_of` finds the row of a device and bin: the version on which
    it spent most of that month.
    """

    owner: Ints
    version: Ints
    exposure: Exposure
    peers: Peers
    row_of: Ints


def split_by_version(
    exposure: Exposure,
    levels: tuple[Ints, ...],
    device: Ints,
    version: Ints,
    bins: Ints,
    *,
    starts: Ints | None = None,
    least_devices: int = 20,
    least_years: float = 1,
) -> VersionSplit:
    """Share out each device's months among the versions its starts name: `device`, `version`, `bins` of each start.

    Where `starts` is given, an entry stands for so many of them.

    A month without a start keeps the version known before it, else the next one; a device without any has a version
    of its own, "not told". Peers of a row have the same version too; where they are too few, only the same model,
    then the same platform. Starts outside the window (bin -1) are left out.
    """
    devices, count = exposure.shape
    inside = (bins >= 0) & (version >= 0)
    number = None if starts is None else starts[inside]
    device, version, bins = device[inside], version[inside] + 1, bins[inside]  # 0: not told
    versions = int(version.max(initial=0)) + 1
    pair = wide(device) * versions + version
    is_met = np.bincount(pair, minlength=devices * versions) > 0
    met = np.flatnonzero(is_met)  # counted, not sorted: millions of starts name some thousand pairs
    silent = np.flatnonzero(~is_met.reshape(devices, versions).any(axis=1))
    owner = np.append(met // versions, silent).astype(np.int64)
    which = np.append(met % versions, np.zeros(len(silent), dtype=np.int64))
    row_of_start = (np.cumsum(is_met) - 1)[pair]
    del pair, device, version
    cell = row_of_start * count + bins
    del row_of_start
    named = np.zeros(len(owner) * count, dtype=np.float32)
    np.add.at(named, cell, 1 if number is None else number.astype(np.float32))
    named = named.reshape(len(owner), count)
    main = _main_rows(named, owner, devices=devices)
    split = _shares(named, owner, main, devices=devices)
    split *= exposure[owner]
    with_version = tuple(_pair(level[owner], which) for level in levels)
    peers = choose_peers(
        (*with_version, levels[-1][owner]),
        split.sum(axis=1, dtype=np.float64),
        least_devices=least_devices,
        least_years=least_years,
    )
    return VersionSplit(owner=owner, version=which - 1, exposure=split, peers=peers, row_of=main)


def _pair(level: Ints, which: Ints) -> Ints:
    """One code for each combination, counted from 0."""
    _, code = np.unique(level * (int(which.max(initial=0)) + 1) + which, return_inverse=True)
    return np.asarray(code, dtype=np.int64)


def _main_rows(starts: Exposure, owner: Ints, *, devices: int) -> Ints:
    """(devices, bins): the row that most starts of the month name; without any, that of the month before, or after."""
    count = starts.shape[1]
    main = np.full((devices, count), -1, dtype=np.int64)
    order = np.lexsort((np.arange(len(owner)), owner))
    for one in range(count):
        named = order[starts[order, one] > 0]
        named = named[np.lexsort((starts[named, one], owner[named]))]
        main[owner[named], one] = named  # the last of a device is the one with most starts
    for one in range(count - 2, -1, -1):  # bin 0 is the latest: from the past towards now
        main[:, one] = np.where(main[:, one] < 0, main[:, one + 1], main[:, one])
    for one in range(1, count):
        main[:, one] = np.where(main[:, one] < 0, main[:, one - 1], main[:, one])
    only = np.zeros(devices, dtype=np.int64)
    only[owner] = np.arange(len(owner))
    return np.where(main < 0, only[:, None], main)


def _shares(starts: Exposure, owner: Ints, main: Ints, *, devices: int) -> Exposure:
    """(rows, bins): which part of its device's month each row takes; each device's parts add up to 1."""
    total = np.stack([np.bincount(owner, weights=one, minlength=devices) for one in starts.T], axis=1)
    share = starts  # in their place: there are many rows
    share /= np.where(total > 0, total, 1).astype(np.float32)[owner]
    quiet_device, quiet_bin = np.nonzero(total == 0)
    share[main[quiet_device, quiet_bin], quiet_bin] = 1.0
    return share

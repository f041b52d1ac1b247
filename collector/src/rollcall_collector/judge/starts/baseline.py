"""Makes boots comparable: takes out each device's usual time, and what an update changed for all its peers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.medians import group_medians, window_medians

_SPREAD = 1.4826  # a normal's standard deviation over its median absolute deviation
_ROUNDS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class StartupRule:
    """When a device counts as slow: the defaults are wrong on about 1 good device in 1,000 a year (simulated)."""

    baseline_least: int = 20
    baseline_most: int = 40
    settling_days: int = 7
    window_days: int = 28
    least_boots: int = 10
    ratio: float = 1.35
    sureness: float = 4.0
    persist_days: int = 14
    least_spread: float = 0.10
    peers_boots: int = 50
    peers_devices: int = 5
    day_one_ratio: float = 2.0
    day_one_quantile: float = 0.99


@dataclass(frozen=True, kw_only=True, slots=True)
class Boots:
    """One entry a boot that took a known time, of one start kind only: a resume is no slow or fast full start.

    `day` is whole days since 1970-01-01, `order_us` the instant that orders a device's boots, `seconds` to the login
    screen, `version` a code of the operating system's version. An iPad has no such boots and so no verdict on them.
    """

    device: Ints
    day: Ints
    order_us: Ints
    seconds: Floats
    version: Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class StartupTrack:
    """Boots made comparable: ordered by device and time, the device's own usual time and its peers' shift taken out.

    `excess` is in log seconds: 0 is as ever, log 2 twice as long; NaN where peers are too few to know the version's
    share, which is `shift`. `baseline` (log seconds) and `spread` have one entry a device, NaN for those not yet
    known well enough.
    """

    device: Ints
    day: Ints
    version: Ints
    excess: Floats
    shift: Floats
    baseline: Floats
    spread: Floats


def track(
    boots: Boots,
    levels: Sequence[Ints],
    *,
    devices: int,
    since_day: Ints | None = None,
    rule: StartupRule | None = None,
) -> StartupTrack:
    """Take out each device's own usual time and what each version changed for its peers (closest level with enough).

    `since_day` (one a device) is when it was enrolled or re-imaged: the week after and all before are not used; nor is
    the first boot after an update. Two rounds of median polish (Tukey, "Exploratory Data Analysis", 1977, chapter 11)
    also serve devices whose usual time was learnt on a later version. Peers as in Windows' startup scores: at least 5
    devices (Microsoft, Endpoint analytics).
    """
    rule = rule or StartupRule()
    device, day, version, y = _usable(boots, since_day, devices=devices, rule=rule)
    first = np.searchsorted(device, np.arange(devices + 1))
    start, count = first[:-1], np.minimum(np.diff(first), rule.baseline_most)
    # A device's boots of one version stand together: what they share is worked out once for the run of them.
    runs = np.flatnonzero(np.append(True, (device[1:] != device[:-1]) | (version[1:] != version[:-1]))[: len(y)])
    length = np.diff(np.append(runs, len(y)))
    whose, which = device[runs], version[runs]
    learnt = np.full(devices, -1, dtype=np.int64)
    learnt[count > 0] = version[(start + count // 2)[count > 0]]
    baseline, shift = window_medians(y, start, count), np.zeros(len(runs))
    for _ in range(_ROUNDS):
        shift = _version_shift(y - np.repeat(baseline[whose], length), length, whose, which, levels=levels, rule=rule)
        # Where peers are too few, the version on which its own usual time was learnt has changed nothing.
        shift[np.isnan(shift) & (which == learnt[whose])] = 0.0
        baseline = window_medians(y - np.repeat(np.nan_to_num(shift), length), start, count)
    shift = np.repeat(shift, length)
    excess = y - shift - np.repeat(baseline[whose], length)
    spread = np.maximum(rule.least_spread, _SPREAD * window_medians(np.abs(np.nan_to_num(excess)), start, count))
    return StartupTrack(
        device=device, day=day, version=version, excess=excess, shift=shift, baseline=baseline, spread=spread
    )


def _usable(
    boots: Boots, since_day: Ints | None, *, devices: int, rule: StartupRule
) -> tuple[Ints, Ints, Ints, Floats]:
    """Device, day, version and log seconds of the boots that count, of devices that have enough of them, in order."""
    order = _by_device_and_time(boots)
    device, version, seconds = boots.device[order], boots.version[order], boots.seconds[order]
    is_used = np.append(True, (device[1:] != device[:-1]) | (version[1:] == version[:-1]))[: len(device)]
    is_used &= seconds > 0
    if since_day is not None:
        is_used &= boots.day[order] >= since_day[device] + rule.settling_days
    is_used &= (np.bincount(device[is_used], minlength=devices) >= rule.baseline_least)[device]
    return device[is_used], boots.day[order][is_used], version[is_used], np.log(seconds[is_used])


def _by_device_and_time(boots: Boots) -> slice | Ints:
    """What puts boots in order: nothing to do where they stand so already."""
    device, at = boots.device, boots.order_us
    is_later = (device[1:] > device[:-1]) | ((device[1:] == device[:-1]) & (at[1:] >= at[:-1]))
    return slice(None) if bool(is_later.all()) else np.asarray(np.lexsort((at, device)), dtype=np.int64)


def _version_shift(
    excess: Floats, length: Ints, device: Ints, version: Ints, *, levels: Sequence[Ints], rule: StartupRule
) -> Floats:
    """What each run's version changed for its device's peers, in log seconds; NaN where too few peers run it.

    `excess` has one entry a boot; `length` (boots), `device` and `version` one entry a run of boots.
    """
    shift = np.full(len(length), np.nan)
    versions = int(version.max(initial=0)) + 1
    for level in levels:
        if not np.isnan(shift).any():
            break
        groups = (int(level.max(initial=0)) + 1) * versions
        group = level[device] * versions + version
        pairs = np.unique(group * len(level) + device)
        enough = (np.bincount(group, weights=length, minlength=groups) >= rule.peers_boots) & (
            np.bincount(pairs // len(level), minlength=groups) >= rule.peers_devices
        )
        medians = group_medians(excess, np.repeat(group, length), groups=groups)
        shift = np.where(np.isnan(shift), np.where(enough, medians, np.nan)[group], shift)
    return shift

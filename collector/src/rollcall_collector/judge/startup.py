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
    order = _by_device_and_time(boots)
    device, day, version = boots.device[order], boots.day[order], boots.version[order]
    seconds = boots.seconds[order]
    same = np.append(False, device[1:] == device[:-1])[: len(device)]
    usable = (seconds > 0) & ~(same & np.append(False, version[1:] != version[:-1])[: len(device)])
    if since_day is not None:
        usable &= day >= since_day[device] + rule.settling_days
    device, day, version, y = device[usable], day[usable], version[usable], np.log(seconds[usable])
    first = np.searchsorted(device, np.arange(devices + 1))
    count = np.minimum(np.diff(first), rule.baseline_most)
    count[count < rule.baseline_least] = 0
    start = first[:-1]
    shift, adjusted = np.zeros(len(y)), y
    baseline = window_medians(adjusted, start, count)
    for _ in range(_ROUNDS):
        shift = _version_shift(y - baseline[device], device, version, levels, start=start, count=count, rule=rule)
        adjusted = y - shift
        baseline = window_medians(np.where(np.isnan(adjusted), y, adjusted), start, count)
    excess = adjusted - baseline[device]
    spread = np.maximum(rule.least_spread, _SPREAD * window_medians(np.abs(np.nan_to_num(excess)), start, count))
    return StartupTrack(
        device=device, day=day, version=version, excess=excess, shift=shift, baseline=baseline, spread=spread
    )


def _by_device_and_time(boots: Boots) -> Ints:
    step, later = np.diff(boots.device), np.diff(boots.order_us)
    if bool(np.all((step > 0) | ((step == 0) & (later >= 0)))):
        return np.arange(len(boots.device))
    return np.asarray(np.lexsort((boots.order_us, boots.device)), dtype=np.int64)


def _version_shift(
    excess: Floats,
    device: Ints,
    version: Ints,
    levels: Sequence[Ints],
    *,
    start: Ints,
    count: Ints,
    rule: StartupRule,
) -> Floats:
    """What each boot's version changed for its device's peers, in log seconds; NaN where nobody can know.

    Where peers are too few, the version on which a device's own usual time was learnt has changed nothing.
    """
    shift = np.full(len(excess), np.nan)
    known = ~np.isnan(excess)
    versions = int(version.max(initial=0)) + 1
    for level in levels:
        group = level[device] * versions + version
        groups = (int(level.max(initial=0)) + 1) * versions
        boots = np.bincount(group[known], minlength=groups)
        pairs = np.unique(group[known] * len(level) + device[known])
        enough = (boots >= rule.peers_boots) & (
            np.bincount(pairs // len(level), minlength=groups) >= rule.peers_devices
        )
        medians = np.where(enough, group_medians(excess[known], group[known], groups=groups), np.nan)
        shift = np.where(np.isnan(shift), medians[group], shift)
    learnt = np.full(len(start), -1, dtype=np.int64)
    has = count > 0
    learnt[has] = version[start[has] + count[has] // 2]
    shift[np.isnan(shift) & (version == learnt[device])] = 0.0
    return shift

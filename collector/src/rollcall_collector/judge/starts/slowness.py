"""Tells a device that has become slow to start from one that merely got the same update as its peers."""

from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints, wide
from rollcall_collector.judge.medians import window_medians
from rollcall_collector.judge.starts.baseline import StartupRule, StartupTrack

_OF_MEDIAN = 1.2533  # sqrt(pi / 2): a median's standard error over a mean's


@dataclass(frozen=True, kw_only=True, slots=True)
class Slowness:
    """One entry a device, as of the last day: is it slow, by which factor, how many sigma, from how many boots."""

    is_slow: Bools
    ratio: Floats
    sureness: Floats
    boots: Ints


def judge_startup(track: StartupTrack, *, until_day: int, rule: StartupRule | None = None) -> Slowness:
    """Who is slow on the eve of `until_day`: over the bound on each of the last `persist_days` days."""
    rule = rule or StartupRule()
    boots = _Windows.over(track, rule, since_day=until_day - rule.window_days - rule.persist_days)
    everyone = np.arange(len(track.baseline))
    ratio, sureness, count = boots.measure(everyone, np.full(len(everyone), until_day - 1), track.spread)
    is_slow = _is_over(ratio, sureness, count, rule)
    for back in range(1, rule.persist_days):
        left = np.flatnonzero(is_slow)
        is_slow[left] = _is_over(*boots.measure(left, np.full(len(left), until_day - 1 - back), track.spread), rule)
    return Slowness(is_slow=is_slow, ratio=ratio, sureness=sureness, boots=count)


def first_slow_day(track: StartupTrack, *, from_day: int, until_day: int, rule: StartupRule | None = None) -> Ints:
    """The first day in from_day … until_day-1 on which each device would have been named; -1 for never."""
    rule = rule or StartupRule()
    boots = _Windows.over(track, rule)
    everyone = np.arange(len(track.baseline))
    run, found = np.zeros(len(everyone), dtype=np.int64), np.full(len(everyone), -1, dtype=np.int64)
    for day in range(from_day, until_day):
        over = _is_over(*boots.measure(everyone, np.full(len(everyone), day), track.spread), rule)
        run = np.where(over, run + 1, 0)
        found[(run == rule.persist_days) & (found < 0)] = day
    return found


def changed_on(track: StartupTrack, device: int) -> int | None:
    """The day since when a slow device has been slow: the last zero of its upward CUSUM; None without boots.

    C_t = max(0, C_t-1 + clip(r / s, -3, 3) - 0.75): Page, Biometrika 41 (1954) 100-115.
    """
    own = track.of(device)
    excess, day = track.excess[own].astype(np.float64), track.day[own]
    known = ~np.isnan(excess)
    steps = np.clip(excess[known] / track.spread[device], -3, 3) - 0.75
    if len(steps) == 0:
        return None
    walk = np.append(0.0, np.cumsum(steps))
    last_zero = np.flatnonzero(walk <= np.minimum.accumulate(walk))[-1]
    return int(day[known][min(last_zero, len(steps) - 1)])


def slow_since_day_one(track: StartupTrack, peers: Ints, *, rule: StartupRule | None = None) -> Bools:
    """Devices whose usual time is over twice their cohort's and among its slowest 1 %: they have no change to show.

    `peers` is one cohort code a device; a cohort needs five devices with a known usual time.
    """
    rule = rule or StartupRule()
    slow = np.zeros(len(track.baseline), dtype=np.bool_)
    known = np.flatnonzero(~np.isnan(track.baseline))
    known = known[np.argsort(peers[known], kind="stable")]
    edges = np.flatnonzero(np.diff(peers[known], prepend=-1)) if len(known) else known
    for cohort in np.split(known, edges[1:]):
        if len(cohort) >= rule.peers_devices:
            usual = track.baseline[cohort]
            bound = max(np.median(usual) + np.log(rule.day_one_ratio), np.quantile(usual, rule.day_one_quantile))
            slow[cohort] = (usual >= bound) & (usual > np.median(usual) + np.log(rule.day_one_ratio))
    return slow


@dataclass(frozen=True, kw_only=True, slots=True)
class _Windows:
    """Boots with a known excess, findable by device and day."""

    key: Ints
    excess: Floats
    span: int
    first_day: int
    rule: StartupRule

    @classmethod
    def over(cls, track: StartupTrack, rule: StartupRule, *, since_day: int = 0) -> "_Windows":
        recent = np.flatnonzero(track.day >= since_day)  # few of millions
        known = recent[~np.isnan(track.excess[recent])]
        day = wide(track.day[known])
        first_day = int(day.min()) if len(day) else 0
        span = (int(day.max()) - first_day if len(day) else 0) + 2 * rule.window_days
        device = np.searchsorted(track.first, known, side="right") - 1
        key = device * span + (day - first_day)
        return cls(key=key, excess=track.excess[known].astype(np.float64), span=span, first_day=first_day, rule=rule)

    def measure(self, device: Ints, day: Ints, spread: Floats) -> tuple[Floats, Floats, Ints]:
        """Ratio, sureness (sigma) and number of boots in the window that ends with `day`, of each device given."""
        last = np.clip(day - self.first_day, -1, self.span - 1)
        low = np.clip(day - self.first_day - self.rule.window_days, -1, self.span - 1)
        start = np.searchsorted(self.key, device * self.span + low, side="right")
        count = np.searchsorted(self.key, device * self.span + last, side="right") - start
        middle = window_medians(self.excess, start, count)
        sureness = middle / (_OF_MEDIAN * spread[device] / np.sqrt(np.maximum(count, 1)))
        return np.exp(middle), sureness, count


def _is_over(ratio: Floats, sureness: Floats, count: Ints, rule: StartupRule) -> Bools:
    return np.asarray((count >= rule.least_boots) & (ratio > rule.ratio) & (sureness > rule.sureness), dtype=np.bool_)

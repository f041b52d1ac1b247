"""Makes boots comparable: takes out each device's usual time, and what an update changed for all its peers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints, narrow, wide
from rollcall_collector.judge.medians import run_medians, window_medians

_SPREAD = 1.4826  # a normal's standard deviation over its median absolute deviation
_ROUNDS = 2
_AT_ONCE = 20_000  # runs of boots
_PORTION = 1 << 18  # boots


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
    screen, `version` a code of the operating system's version (-1: not told). An iPad has no such boots and so no
    verdict on them.
    """

    device: Ints
    day: Ints
    order_us: Ints
    seconds: Floats
    version: Ints

    def at(self, places: Ints) -> "Boots":
        """Those at these places, in their order."""
        return Boots(
            device=self.device[places],
            day=self.day[places],
            order_us=self.order_us[places],
            seconds=self.seconds[places],
            version=self.version[places],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionRuns:
    """Boots of one device and version that follow each other: where each run begins, its device, version and length.

    What a version changed is the same for all boots of a run, and there are millions of boots, but few runs.
    """

    start: Ints
    length: Ints
    device: Ints
    version: Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class UsableBoots:
    """The boots that count, of devices with enough of them: by device and time, day and log seconds of each.

    A device's are those from `first[device]` up to `first[device + 1]`.
    """

    first: Ints
    day: Ints
    y: Floats
    runs: VersionRuns


@dataclass(frozen=True, kw_only=True, slots=True)
class StartupTrack:
    """Boots made comparable: by device and time, the device's own usual time and its peers' shift taken out.

    `day` and `excess` have one entry a boot; a device's are those from `first[device]` up to `first[device + 1]`.
    `excess` is in log seconds: 0 is as ever, log 2 twice as long; NaN where peers are too few to know the version's
    share, which is `shift`, one entry a run of boots, and `level` whose it is: from the closest peers to the widest,
    -1 where there were too few. `baseline` (log seconds) and `spread` have one entry a device, NaN for those not yet
    known well enough.
    """

    first: Ints
    day: Ints
    excess: Floats
    runs: VersionRuns
    shift: Floats
    level: Ints
    baseline: Floats
    spread: Floats

    def of(self, device: int) -> slice:
        """Where a device's boots stand."""
        return slice(int(self.first[device]), int(self.first[device + 1]))

    def only(self, chosen: Bools) -> "StartupTrack":
        """The same with the boots of these devices alone: whoever asks of nobody else holds no millions."""
        count = np.diff(self.first)
        left = np.repeat(chosen, count)
        first = np.append(0, np.cumsum(np.where(chosen, count, 0)))
        return replace(self, first=first, day=self.day[left], excess=self.excess[left])

    def shifts_of(self, device: int) -> tuple[Floats, Ints]:
        """What its versions changed for its peers, and for which, one run of boots after another, as far as known."""
        low, high = np.searchsorted(self.runs.device, [device, device + 1])
        is_known = np.isfinite(self.shift[low:high])
        return self.shift[low:high][is_known], self.level[low:high][is_known]


def track(boots: UsableBoots, levels: Sequence[Ints], *, rule: StartupRule | None = None) -> StartupTrack:
    """Take out each device's own usual time and what each version changed for its peers (closest level with enough).

    Two rounds of median polish (Tukey, "Exploratory Data Analysis", 1977, chapter 11)
    also serve devices whose usual time was learnt on a later version. Peers as in Windows' startup scores: at least 5
    devices (Microsoft, Endpoint analytics).
    """
    rule = rule or StartupRule()
    first, y, runs = boots.first, boots.y, boots.runs
    count = np.minimum(np.diff(first), rule.baseline_most)
    learning = _Learning.of(y, first[:-1], count, runs)
    learnt = np.full(len(count), -1, dtype=np.int64)
    middle = np.searchsorted(runs.start, (first[:-1] + count // 2)[count > 0], side="right") - 1
    learnt[count > 0] = runs.version[middle]
    baseline, shift, level = learning.medians(), np.zeros(len(runs.start)), np.zeros(0, dtype=np.int64)
    for _ in range(_ROUNDS):
        shift, level = _version_shift(y, baseline, runs, levels=levels, rule=rule)
        # Where peers are too few, the version on which its own usual time was learnt has changed nothing.
        shift[np.isnan(shift) & (runs.version == learnt[runs.device])] = 0.0
        baseline = learning.medians(less=np.nan_to_num(shift))
    spread = learning.spread(baseline, shift)
    del learning
    return StartupTrack(
        first=first,
        day=boots.day,
        excess=_taken_out(y, shift + baseline[runs.device], runs),
        runs=runs,
        shift=shift,
        level=level,
        baseline=baseline,
        spread=np.maximum(rule.least_spread, _SPREAD * spread),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Learning:
    """The first boots of each device, from which its usual time is learnt: log seconds, device and run of each."""

    y: Floats
    device: Ints
    run: Ints
    start: Ints
    count: Ints

    @classmethod
    def of(cls, y: Floats, first: Ints, count: Ints, runs: VersionRuns) -> "_Learning":
        start = np.cumsum(count) - count
        place = narrow(np.arange(count.sum())) - np.repeat(narrow(start - first), count)
        run = narrow(np.searchsorted(narrow(runs.start), place, side="right")) - 1
        device = np.repeat(narrow(np.arange(len(count))), count)
        return cls(y=y[place], device=device, run=run, start=start, count=count)

    def medians(self, *, less: Floats | None = None) -> Floats:
        """Each device's median, what belongs to each run taken out."""
        return window_medians(self.y if less is None else self.y - less[self.run], self.start, self.count)

    def spread(self, baseline: Floats, shift: Floats) -> Floats:
        """The median distance from what was expected; what is not known counts as none."""
        excess = self.y - shift[self.run]
        excess -= baseline[self.device]
        np.nan_to_num(excess, copy=False)
        return window_medians(np.abs(excess, out=excess), self.start, self.count)


def usable(
    boots: Boots, *, devices: int, since_day: Ints | None = None, rule: StartupRule | None = None
) -> UsableBoots:
    """The boots that count: not a device's first after an update.

    `since_day` (one a device) is when it was enrolled or re-imaged: the week after and all before are not used. Some
    devices at a time, so that no more than day and seconds stand there for millions of boots.
    """
    rule = rule or StartupRule()
    order = _by_device_and_time(boots)
    boots = boots if isinstance(order, slice) else boots.at(order)
    day, y = np.empty_like(boots.day), np.empty_like(boots.seconds)
    counts, filled = np.zeros(devices, dtype=np.int64), 0
    runs: list[tuple[Ints, Ints, Ints]] = []
    for part in portions(boots.device):
        device, version, seconds = boots.device[part], boots.version[part], boots.seconds[part]
        is_used = np.append(True, (device[1:] != device[:-1]) | (version[1:] == version[:-1]))[: len(device)]
        is_used &= seconds > 0
        if since_day is not None:
            is_used &= boots.day[part] >= since_day[device] + rule.settling_days
        is_used &= (np.bincount(device[is_used], minlength=devices) >= rule.baseline_least)[device]
        device, version = device[is_used], version[is_used]
        until = filled + len(device)
        day[filled:until] = boots.day[part][is_used]
        np.log(seconds[is_used], out=y[filled:until])
        counts += np.bincount(device, minlength=devices)
        begins = np.flatnonzero(
            np.append(True, (device[1:] != device[:-1]) | (version[1:] != version[:-1]))[: len(device)]
        )
        runs.append((begins + filled, wide(device[begins]), wide(version[begins]) + 1))  # 0: not told
        filled = until
    nothing = np.zeros(0, dtype=np.int64)
    start, device, version = (
        (np.concatenate([nothing, *column]) for column in zip(*runs, strict=True)) if runs else (nothing,) * 3
    )
    whole = VersionRuns(start=start, length=np.diff(np.append(start, filled)), device=device, version=version)
    return UsableBoots(first=np.append(0, np.cumsum(counts)), day=day[:filled], y=y[:filled], runs=whole)


def portions(device: Ints) -> Iterator[slice]:
    """Slices of boots that stand by device, some hundred thousand each; no device is cut."""
    low = 0
    while low < len(device):
        high = min(low + _PORTION, len(device))
        high = int(np.searchsorted(device, device[high - 1], side="right"))
        yield slice(low, high)
        low = high


def _by_device_and_time(boots: Boots) -> slice | Ints:
    """What puts boots in order: nothing to do where they stand so already."""
    device, at = boots.device, boots.order_us
    is_later = (device[1:] > device[:-1]) | ((device[1:] == device[:-1]) & (at[1:] >= at[:-1]))
    return slice(None) if bool(is_later.all()) else np.asarray(np.lexsort((at, device)), dtype=np.int64)


def _version_shift(
    y: Floats, baseline: Floats, runs: VersionRuns, *, levels: Sequence[Ints], rule: StartupRule
) -> tuple[Floats, Ints]:
    """What each run's version changed for its device's peers, in log seconds; NaN where too few peers run it.

    With the place in `levels` of the peers that told it, -1 where none did.
    """
    shift, told_by = np.full(len(runs.start), np.nan), np.full(len(runs.start), -1, dtype=np.int64)
    versions = int(runs.version.max(initial=0)) + 1
    for place, level in enumerate(levels):
        is_open = np.isnan(shift)
        if not is_open.any():
            break
        group = level[runs.device] * versions + runs.version
        wanted, code = np.unique(group, return_inverse=True)
        pairs = np.unique(code * len(level) + runs.device)
        enough = (np.bincount(code, weights=runs.length, minlength=len(wanted)) >= rule.peers_boots) & (
            np.bincount(pairs // len(level), minlength=len(wanted)) >= rule.peers_devices
        )
        enough &= np.bincount(code, weights=is_open, minlength=len(wanted)) > 0
        medians = run_medians(
            y, baseline[runs.device], runs.start, runs.length, np.where(enough[code], code, -1), groups=len(wanted)
        )
        shift = np.where(is_open, medians[code], shift)
        told_by[is_open & np.isfinite(shift)] = place
    return shift, told_by


def _taken_out(y: Floats, less: Floats, runs: VersionRuns) -> Floats:
    """Each boot without what belongs to its run; some at a time, for there are millions."""
    found = np.empty_like(y)
    for low in range(0, len(runs.start), _AT_ONCE):
        part = slice(low, low + _AT_ONCE)
        begin, length = int(runs.start[low]), runs.length[part]
        those = slice(begin, begin + int(length.sum()))
        np.subtract(y[those], np.repeat(less[part], length).astype(y.dtype), out=found[those])
    return found

"""Judges one kind of failure of a whole fleet: troubles, what peers let expect, posterior, forecast."""

from dataclasses import dataclass, replace

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints
from rollcall_collector.judge.failures import false_discovery, flexible_prior, forecast, posterior, troubles
from rollcall_collector.judge.failures.cohort import Peers
from rollcall_collector.judge.failures.expected import Expectation, expect
from rollcall_collector.judge.failures.exposure import Exposure, bin_of
from rollcall_collector.judge.failures.versions import VersionSplit
from rollcall_collector.judge.parameters import Parameters

DEFAULTS = Parameters()


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelJudgement:
    """What one kind of failure says of every device; arrays have one entry a device.

    `observed` are troubles: incidents at least `gap_days` apart. `shape` is None under the flexible prior. `forecast`
    is incidents per active year.
    """

    observed: Ints
    weeks: Ints
    expectation: Expectation
    shape: float | None
    gap_days: int
    ratio: Floats
    probability: Floats
    forecast: Floats


def judge_channel(
    exposure: Exposure,
    peers: Peers,
    device: Ints,
    day: Ints,
    *,
    until_day: int,
    parameters: Parameters = DEFAULTS,
    split: VersionSplit | None = None,
    fresh_from: Ints | None = None,
    usual: ChannelJudgement | None = None,
) -> ChannelJudgement:
    """Judge one kind of failure; `device` and `day` (since 1970-01-01) have one entry an incident, folded already.

    With `split`, peers run the same version of the system. `fresh_from` is the first day, one a device, that still
    speaks of it: what came before its repair is its cohort's record, no longer its own. `usual` is the judgement whose
    spread and gap a channel with fewer than 200 incidents borrows: its own would be a guess, and the wildest would
    name devices.
    """
    devices = len(exposure)
    rows = _Rows.of(exposure, peers, split)
    told = _inside(exposure, device, day, until_day, parameters)
    borrowed = None if usual is None or len(told[0]) >= parameters.fleet_incidents else usual.gap_days
    gap_days, (device, day, bins) = _join(rows, told, until_day, parameters, borrowed)
    counted = None if fresh_from is None else since(rows.exposure, fresh_from[rows.owner], until_day, parameters)
    found = rows.expect(device, bins, parameters, own=counted)
    found = replace(found, expected=rows.by_device(found.expected))
    again = len(told[0]) / max(len(device), 1)
    if fresh_from is not None:
        fresh = day >= fresh_from[device]
        device, day = device[fresh], day[fresh]
    observed = np.bincount(device, minlength=devices).astype(np.int64)
    judged, shape = _judge_counts(observed, found.expected, parameters, None if usual is None else usual.shape)
    yearly = forecast.yearly_rates(
        judged.ratio[rows.owner],
        rows.peers,
        found,
        bin_days=parameters.bin_days,
        half_life_days=parameters.recent_half_life_days,
    )
    return ChannelJudgement(
        observed=observed,
        weeks=false_discovery.count_weeks(device, day, devices=devices),
        expectation=found,
        shape=shape,
        gap_days=gap_days,
        ratio=judged.ratio,
        probability=judged.probability,
        forecast=yearly[rows.now] * again,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rows:
    """What is measured by its peers: devices, or each device with each version of its system."""

    exposure: Exposure
    peers: Peers
    owner: Ints
    split: VersionSplit | None

    @classmethod
    def of(cls, exposure: Exposure, peers: Peers, split: VersionSplit | None) -> "_Rows":
        if split is None:
            return cls(exposure=exposure, peers=peers, owner=np.arange(len(exposure)), split=None)
        return cls(exposure=split.exposure, peers=split.peers, owner=split.owner, split=split)

    @property
    def now(self) -> Ints:
        """The row of each device's latest month."""
        return self.owner if self.split is None else self.split.row_of[:, 0]

    def expect(self, device: Ints, bins: Ints, parameters: Parameters, *, own: Exposure | None = None) -> Expectation:
        """What each row's peers let expect, given every incident's device and bin."""
        return expect(
            self.exposure,
            self.peers,
            device if self.split is None else self.split.row_of[device, bins],
            bins,
            own=own,
            smoothing=parameters.smoothing,
            shock_ratio=parameters.shock_ratio,
            shock_devices=parameters.shock_devices,
        )

    def by_device(self, figures: Floats) -> Floats:
        """Figures of rows, along the first axis, added up by device."""
        if self.split is None:
            return figures
        devices = len(self.split.row_of)
        flat = figures.reshape(len(figures), -1)
        summed = [np.bincount(self.owner, weights=one, minlength=devices) for one in flat.T]
        return np.stack(summed, axis=1).astype(np.float64).reshape(devices, *figures.shape[1:])


def _join(
    rows: _Rows, told: tuple[Ints, Ints, Ints], until_day: int, parameters: Parameters, borrowed: int | None
) -> tuple[int, tuple[Ints, Ints, Ints]]:
    """The gap of this record (`borrowed` where another one lends it), and its troubles' device, day and bin."""
    gap, *longer = gaps = troubles.gaps_from(parameters.gap_hours)
    if borrowed is not None:
        gap, longer = borrowed, []
    least = troubles.AGAIN
    while True:
        joined = gap if gap > gaps[0] else 0  # incidents are folded by the first gap already
        device, day = troubles.join_troubles(told[0], told[1], gap_days=joined)
        bins = _bins(day, until_day, parameters)
        if not longer or len(device) < parameters.fleet_incidents:
            return gap, (device, day, bins)
        by_row = troubles.expected_monthly(rows.expect(device, bins, parameters), rows.peers, rows.exposure)
        expected = rows.by_device(by_row)
        near = troubles.near_pairs(device, day, expected, since=gap, until=longer[0], bin_days=parameters.bin_days)
        if not troubles.come_again(near, troubles.far_pairs(device, bins, expected), least=least):
            return gap, (device, day, bins)
        gap, *longer = longer
        least = troubles.STILL


def _bins(day: Ints, until_day: int, parameters: Parameters) -> Ints:
    return bin_of(day, until_day=until_day, window_days=parameters.window_days, bin_days=parameters.bin_days)


def _inside(
    exposure: Exposure, device: Ints, day: Ints, until_day: int, parameters: Parameters
) -> tuple[Ints, Ints, Ints]:
    """Device, day and bin of the incidents in the window for which there are active days."""
    bins = _bins(day, until_day, parameters)
    inside = bins >= 0
    inside[inside] = was_counted(exposure, device[inside], bins[inside])
    return device[inside], day[inside], bins[inside]


def _judge_counts(
    observed: Ints, expected: Floats, parameters: Parameters, usual_shape: float | None
) -> tuple[posterior.Posterior, float | None]:
    """Each device's ratio to its peers, and the spread it was judged by (None: the flexible prior)."""
    if parameters.has_flexible_prior:
        fitted = flexible_prior.fit_prior(observed, expected)
        return flexible_prior.judge_flexibly(observed, expected, fitted, threshold=parameters.threshold), None
    is_sparse = int(observed.sum()) < parameters.fleet_incidents
    borrowed = usual_shape if is_sparse else None
    shape = posterior.fit_shape(observed, expected) if borrowed is None else borrowed
    return posterior.judge(observed, expected, shape=shape, threshold=parameters.threshold), shape


def was_counted(exposure: Exposure, device: Ints, bins: Ints) -> Bools:
    """Failures for which there are active days to hold them against, in their bin or just before it.

    Just before, because the failure that ends a device's service may stand on the first day it serves no more.
    """
    before = np.minimum(bins + 1, exposure.shape[1] - 1)
    return np.asarray((exposure[device, bins] > 0) | (exposure[device, before] > 0), dtype=np.bool_)


def since(exposure: Exposure, fresh_from: Ints, until_day: int, parameters: Parameters) -> Exposure:
    """The exposure from a day on, one day a row; of the month in which it lies, the part that came after it."""
    started = np.flatnonzero(fresh_from > until_day - parameters.window_days)
    if len(started) == 0:
        return exposure
    own = exposure.copy()
    age = (until_day - fresh_from[started])[:, None] - parameters.bin_days * np.arange(exposure.shape[1])
    own[started] *= np.clip(age / parameters.bin_days, 0, 1).astype(np.float32)
    return own

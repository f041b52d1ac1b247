"""Judges one kind of failure of a whole fleet: troubles, what peers let expect, posterior, forecast."""

from dataclasses import dataclass, replace

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints
from rollcall_collector.judge.failures import false_discovery, forecast, posterior, troubles
from rollcall_collector.judge.failures.cohort import Peers
from rollcall_collector.judge.failures.expected import Expectation
from rollcall_collector.judge.failures.exposure import Exposure, bin_of
from rollcall_collector.judge.failures.rows import Rows
from rollcall_collector.judge.failures.versions import VersionSplit
from rollcall_collector.judge.likeness.compared_with import ComparedWith
from rollcall_collector.judge.likeness.peculiar import Peculiar
from rollcall_collector.judge.likeness.shared_rates import SharedRate
from rollcall_collector.judge.likeness.spread import Spread, Told, fit_mixture
from rollcall_collector.judge.parameters import Parameters

DEFAULTS = Parameters()


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelJudgement:
    """What one kind of failure says of every device; arrays have one entry a device.

    `observed` are troubles: incidents at least `gap_days` apart. `expected` holds what a device's school and its small
    model have in common, `doubt` is the standard deviation of its logarithm, and `spread` how unlike devices are
    beyond that. `sites` is how many times as often each school's devices fail (None where schools are not told),
    `site_times` the same by device.
    `forecast` is incidents per active year.
    """

    observed: Ints
    weeks: Ints
    expected: Floats
    doubt: Floats
    expectation: Expectation
    compared_with: ComparedWith
    sites: SharedRate | None
    site_times: Floats
    shape: float
    spread: Spread
    gap_days: int
    ratio: Floats
    probability: Floats
    forecast: Floats

    @property
    def told_spread(self) -> Told:
        """How unlike devices are, to be kept; where each device has its own, the likeliest gamma."""
        return round(self.shape, 6) if self.spread.means.ndim > 1 else self.spread.tell()

    def judge_by(self, spread: Spread, threshold: float) -> "ChannelJudgement":
        """The same counts by another spread."""
        judged = posterior.judge(self.observed, self.expected, spread=spread, doubt=self.doubt, threshold=threshold)
        return replace(
            self,
            spread=spread,
            ratio=judged.ratio,
            probability=judged.probability,
            forecast=self.forecast * judged.ratio / self.ratio,
        )


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
    site: Ints | None = None,
    hours: Floats | None = None,
) -> ChannelJudgement:
    """Judge one kind of failure; `device` and `day` (since 1970-01-01) have one entry an incident, folded already.

    With `split`, peers run the same version of the system. `fresh_from` is the first day, one a device, that still
    speaks of it: what came before its repair is its cohort's record, no longer its own. `usual` is the judgement whose
    spread and gap a channel with fewer than 200 incidents borrows: its own would be a guess, and the wildest would
    name devices.
    """
    rows = Rows.of(exposure, peers, split)
    told = _inside(exposure, device, day, until_day, parameters)
    borrowed = None if usual is None or len(told[0]) >= parameters.fleet_incidents else usual

    def measure(device: Ints, bins: Ints) -> Peculiar:
        def expected_by(times: Floats) -> Floats:
            return rows.by_device(rows.expect(device, bins, parameters, times=times).expected)

        counts, shape = np.bincount(device, minlength=len(exposure)), None if borrowed is None else borrowed.shape
        return Peculiar.find(counts, expected_by, peers, site, hours, shape=shape)

    peculiar = measure(told[0], told[2])
    gap_days, (device, day, bins) = _join(rows, told, peculiar, until_day, parameters=parameters, borrowed=borrowed)
    if len(device) < len(told[0]):
        peculiar = measure(device, bins)
    again = len(told[0]) / max(len(device), 1)
    counted = None if fresh_from is None else since(rows.exposure, fresh_from[rows.owner], until_day, parameters)
    found = rows.expect(device, bins, parameters, own=counted, times=peculiar.of_day)
    fresh = slice(None) if fresh_from is None else day >= fresh_from[device]
    device, day = device[fresh], day[fresh]
    observed = np.bincount(device, minlength=len(exposure)).astype(np.int64)
    expected = rows.by_device(found.expected) * peculiar.of_model
    spread, shape = _fit_spread(observed, expected, parameters, borrowed)
    judged = posterior.judge(observed, expected, spread=spread, doubt=peculiar.doubt, threshold=parameters.threshold)
    return ChannelJudgement(
        observed=observed,
        weeks=false_discovery.count_weeks(device, day, devices=len(exposure)),
        expected=expected,
        doubt=peculiar.doubt,
        expectation=found,
        compared_with=ComparedWith.of(rows, peculiar),
        sites=peculiar.sites,
        site_times=peculiar.of_site,
        shape=shape,
        spread=spread,
        gap_days=gap_days,
        ratio=judged.ratio,
        probability=judged.probability,
        forecast=_foretell(rows, found, judged.ratio * peculiar.of_model * peculiar.of_day, parameters) * again,
    )


def _foretell(rows: Rows, found: Expectation, times: Floats, parameters: Parameters) -> Floats:
    """Troubles in an active year of a device that has so many times its peers' rate."""
    yearly = forecast.yearly_rates(
        times[rows.owner],
        rows.peers,
        found,
        bin_days=parameters.bin_days,
        half_life_days=parameters.recent_half_life_days,
    )
    return yearly[rows.now]


def _join(
    rows: Rows,
    told: tuple[Ints, Ints, Ints],
    peculiar: Peculiar,
    until_day: int,
    *,
    parameters: Parameters,
    borrowed: ChannelJudgement | None,
) -> tuple[int, tuple[Ints, Ints, Ints]]:
    """The gap of this record (`borrowed` where another one lends it), and its troubles' device, day and bin."""
    gap, *longer = gaps = troubles.gaps_from(parameters.gap_hours)
    if borrowed is not None:
        gap, longer = borrowed.gap_days, []
    least = troubles.AGAIN
    while True:
        joined = gap if gap > gaps[0] else 0  # incidents are folded by the first gap already
        device, day = troubles.join_troubles(told[0], told[1], gap_days=joined)
        bins = _bins(day, until_day, parameters)
        if not longer or len(device) < parameters.fleet_incidents:
            return gap, (device, day, bins)
        found = rows.expect(device, bins, parameters, times=peculiar.of_day)
        by_row = troubles.expected_monthly(found, rows.peers, rows.exposure)
        expected = rows.by_device(by_row) * (peculiar.of_day * peculiar.of_model)[:, None]
        near = troubles.near_pairs(device, day, expected, since=gap, until=longer[0], bin_days=parameters.bin_days)
        if not troubles.come_again(near, troubles.far_pairs(device, bins, expected), len(device), least=least):
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


def _fit_spread(
    observed: Ints, expected: Floats, parameters: Parameters, usual: ChannelJudgement | None
) -> tuple[Spread, float]:
    """How unlike devices are: the mixture where the fleet is large enough, and the shape of the likeliest gamma."""
    if usual is not None:
        return usual.spread, usual.shape
    shape = posterior.fit_shape(observed, expected)
    is_large = parameters.has_flexible_prior and np.count_nonzero(expected > 0) >= parameters.mixture_devices
    if is_large and int(observed.sum()) >= parameters.fleet_incidents:
        return fit_mixture(observed, expected, shape=shape), shape
    return Spread.gamma(shape), shape


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

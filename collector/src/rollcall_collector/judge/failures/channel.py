"""Judges one kind of failure of a whole fleet: troubles, what peers let expect, posterior, forecast."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Bools, Floats, Ints
from rollcall_collector.judge.failures import false_discovery, forecast, posterior, troubles
from rollcall_collector.judge.failures.cohort import Peers
from rollcall_collector.judge.failures.expected import Expectation, by_others
from rollcall_collector.judge.failures.exposure import Exposure, bin_of, from_service
from rollcall_collector.judge.failures.rows import Rows
from rollcall_collector.judge.failures.troubles import TroubleRecord
from rollcall_collector.judge.failures.versions import VersionSplit
from rollcall_collector.judge.likeness.compared_with import ComparedWith
from rollcall_collector.judge.likeness.lasting import MonthlyRecord, still_bad
from rollcall_collector.judge.likeness.peculiar import Peculiar
from rollcall_collector.judge.likeness.shared_rates import SharedRate
from rollcall_collector.judge.likeness.spread import Spread, fit_mixture
from rollcall_collector.judge.parameters import Parameters

DEFAULTS = Parameters()
_NO_CHANCE = 0.01  # a gap less likely than this is not reckoned with
_NEVER = 1e-12


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelJudgement:
    """What one kind of failure says of every device; arrays have one entry a device.

    `observed` are troubles: incidents at least `gap_days` apart. `expected` holds what a device's school and its small
    model have in common, its own count left out; `doubt` is the standard deviation of its logarithm (of these two and
    of peers' rate), and `spread` how unlike devices are beyond that. `sites` is how many times as often each school's
    devices fail (None where schools are not told), `site_times` the same by device. `forecast` is incidents per active
    year. `gaps` says how likely each gap is to be the one after which a new trouble begins. `probability` is what the
    counts by the likeliest gap say, times `trust`: what is left of it by the doubt of the gap, and by that whether the
    device still is what it was.
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
    gaps: Mapping[int, float]
    ratio: Floats
    probability: Floats
    trust: Floats
    forecast: Floats

    @property
    def gap_days(self) -> int:
        """The likeliest gap: troubles are counted by it."""
        return max(self.gaps, key=lambda gap: self.gaps[gap])

    def judge_beside(self, own: Spread, threshold: float) -> "ChannelJudgement":
        """The same counts by a gamma a device, which other kinds let expect; it accuses nobody by its form alone.

        Such a gamma is as wide as the fleet's spread and of another form, and what that adds is no evidence: who
        would be likelier bad than not by it, and than by the fleet's own spread, is judged by that.
        """
        judged = posterior.judge(self.observed, self.expected, spread=own, doubt=self.doubt, threshold=threshold)
        probability = judged.probability * self.trust
        by_form = (judged.probability > false_discovery.LEAVE_BELOW) & (probability > self.probability)
        ratio = np.where(by_form, self.ratio, judged.ratio)
        return replace(
            self,
            spread=self.spread.but_for(own, ~by_form),
            ratio=ratio,
            probability=np.where(by_form, self.probability, probability),
            forecast=self.forecast * ratio / self.ratio,
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
    name devices. Where its incidents are known to come again, those of a larger channel are not taken for what they
    seem until that is known of them alone.
    """
    told = _inside(exposure, device, day, until_day, parameters)
    first = troubles.gaps_from(parameters.gap_hours)[0]
    found = _Found(
        peers=peers,
        rows=Rows.of(exposure, peers, split),
        device=told[0],
        day=told[1],
        until_day=until_day,
        parameters=parameters,
        fresh_from=fresh_from,
        site=site,
        hours=hours,
        usual=None if usual is None or len(told[0]) >= parameters.fleet_incidents else usual,
        come_again=usual is not None and first not in usual.gaps,
    )
    by_days = found.measure(found.device, found.day)
    gaps = found.weigh_gaps(by_days)
    likeliest, *others = sorted(gaps, key=lambda gap: -gaps[gap])
    judged = found.judge(likeliest, by_days)
    doubted = [gaps[gap] * np.minimum(judged.probability, found.judge(gap, by_days).probability) for gap in others]
    probability = gaps[likeliest] * judged.probability + np.sum(doubted, axis=0)
    return replace(
        judged,
        gaps=gaps,
        probability=probability,
        trust=judged.trust * probability / np.maximum(judged.probability, _NEVER),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """The incidents of one kind, one entry each, and all by which they are judged (see `judge_channel`)."""

    peers: Peers
    rows: Rows
    device: Ints
    day: Ints
    until_day: int
    parameters: Parameters
    fresh_from: Ints | None
    site: Ints | None
    hours: Floats | None
    usual: ChannelJudgement | None
    come_again: bool
    """Whether that is known of the incidents of all kinds."""

    @property
    def devices(self) -> int:
        return len(self.rows.now)

    def join(self, gap_days: int) -> tuple[Ints, Ints, Ints]:
        """Device, first and last day of each trouble."""
        return troubles.join_troubles(self.device, self.day, gap_days=gap_days if self._is_longer(gap_days) else 0)

    def _is_longer(self, gap_days: int) -> bool:
        """Whether a gap joins what is not one already: incidents are folded by the first one."""
        return gap_days > troubles.gaps_from(self.parameters.gap_hours)[0]

    def measure(self, device: Ints, day: Ints) -> Peculiar:
        cells = self.rows.count(device, _bins(day, self.until_day, self.parameters))

        def expected_by(times: Floats) -> Floats:
            return self.rows.by_device(self.rows.expect(cells, self.parameters, times=times).expected)

        return Peculiar.find(
            np.bincount(device, minlength=self.devices),
            expected_by,
            self.peers,
            self.site,
            self.hours,
            shape=None if self.usual is None else self.usual.shape,
        )

    def weigh_gaps(self, peculiar: Peculiar) -> dict[int, float]:
        """How likely each gap is the first that counts no trouble twice; those of another kind where it lends them."""
        if self.usual is not None:
            return dict(self.usual.gaps)
        tried = troubles.gaps_from(self.parameters.gap_hours)
        gaps: dict[int, float] = {}
        left = 1.0
        for gap, longer in pairwise(tried):
            again = self._told_again(gap, longer, peculiar, is_asked_first=not gaps and not self.come_again)
            gaps[gap], left = left * (1 - again), left * again
            if left < _NO_CHANCE:
                break
        else:
            gaps[tried[-1]] = left
        likely = {gap: chance for gap, chance in gaps.items() if chance >= _NO_CHANCE}
        return {gap: chance / sum(likely.values()) for gap, chance in likely.items()}

    def _told_again(self, gap: int, longer: int, peculiar: Peculiar, *, is_asked_first: bool) -> float:
        """How likely troubles of this gap are told again before a longer one ends; too few of them do not say so.

        What is asked first is whether that is known at all: it is 0 or 1.
        """
        device, day, last = self.join(gap)
        if len(device) < self.parameters.fleet_incidents:
            return 0.0
        bins = _bins(day, self.until_day, self.parameters)
        found = self.rows.expect(self.rows.count(device, bins), self.parameters, times=peculiar.of_day)
        record = TroubleRecord(
            device=device,
            day=day,
            last=last,
            bins=bins,
            expected=self.rows.monthly(found, self.rows.exposure) * (peculiar.of_day * peculiar.of_model)[:, None],
            bin_days=self.parameters.bin_days,
        )
        excess = record.told_again(gap, longer)
        if is_asked_first:
            return float(excess.is_known or record.is_told_again_soon(gap, longer))
        return excess.chance_over(troubles.STILL)

    def _free(self, gap_days: int) -> "_Found":
        """With those days alone on which a new trouble could begin; for the gap between incidents, all days.

        A day within the gap after an incident can count nothing, so it is no good record either: the at-risk process
        of Andersen, Borgan, Gill & Keiding, "Statistical Models Based on Counting Processes" (1993), III.1. Without
        it those that fail most lose the most troubles and no days.
        """
        if not self._is_longer(gap_days):
            return self
        days = partial(
            from_service,
            until_day=self.until_day,
            window_days=self.parameters.window_days,
            bin_days=self.parameters.bin_days,
        )
        device, after, until = troubles.shut(self.device, self.day, gap_days=gap_days, until_day=self.until_day)
        shut = np.zeros((self.devices, self.rows.exposure.shape[1]), dtype=np.float32)
        np.add.at(shut, device, days(after, until))
        free = 1 - shut / days(np.array([self.until_day - self.parameters.window_days]), np.array([self.until_day]))
        return replace(self, rows=replace(self.rows, exposure=self.rows.exposure * free[self.rows.owner]))

    def judge(self, gap_days: int, by_days: Peculiar) -> ChannelJudgement:
        """By the troubles of this gap alone; `by_days` is what was measured of all incidents."""
        free, parameters = self._free(gap_days), self.parameters
        rows = free.rows
        device, day, _ = self.join(gap_days)
        peculiar = by_days if len(device) == len(self.device) else free.measure(device, day)
        # Incidents in an active day, by troubles in a free one.
        again = len(self.device) / max(len(device), 1) * rows.exposure.sum() / max(self.rows.exposure.sum(), 1)
        counted = free.counted()
        bins = _bins(day, self.until_day, parameters)
        found = rows.expect(rows.count(device, bins), parameters, own=counted, times=peculiar.of_day)
        fresh = slice(None) if self.fresh_from is None else day >= self.fresh_from[device]
        device, day, bins = device[fresh], day[fresh], bins[fresh]
        observed = np.bincount(device, minlength=self.devices).astype(np.int64)
        expected = rows.by_device(found.expected) * peculiar.of_model
        shape = posterior.fit_shape(observed, expected) if self.usual is None else self.usual.shape
        expected, unsure = by_others(observed, expected, self.peers, shape)
        doubt = np.hypot(peculiar.doubt, unsure)
        spread = self._fit_spread(observed, expected, doubt, shape)
        judged = posterior.judge(observed, expected, spread=spread, doubt=doubt, threshold=parameters.threshold)
        record = free.record(device, bins, found, peculiar, counted)
        trust = still_bad(record, judged.probability, spread, threshold=parameters.threshold)
        return ChannelJudgement(
            observed=observed,
            weeks=false_discovery.count_weeks(device, day, devices=self.devices),
            expected=expected,
            doubt=doubt,
            expectation=found,
            compared_with=ComparedWith.of(rows, peculiar),
            sites=peculiar.sites,
            site_times=peculiar.of_site,
            shape=shape,
            spread=spread,
            gaps={gap_days: 1.0},
            ratio=judged.ratio,
            probability=judged.probability * trust,
            trust=trust,
            forecast=_foretell(rows, found, judged.ratio * peculiar.of_model * peculiar.of_day, parameters) * again,
        )

    def _fit_spread(self, observed: Ints, expected: Floats, doubt: Floats, shape: float) -> Spread:
        """How unlike devices are: the mixture where the fleet is large enough, else the likeliest gamma."""
        if self.usual is not None:
            return self.usual.spread
        parameters = self.parameters
        is_large = parameters.has_flexible_prior and np.count_nonzero(expected > 0) >= parameters.mixture_devices
        if is_large and int(observed.sum()) >= parameters.fleet_incidents:
            return fit_mixture(observed, expected, doubt=doubt)
        return Spread.gamma(shape)

    def counted(self) -> Exposure:
        """The days that still speak of each device."""
        if self.fresh_from is None:
            return self.rows.exposure
        return since(self.rows.exposure, self.fresh_from[self.rows.owner], self.until_day, self.parameters)

    def record(
        self, device: Ints, bins: Ints, found: Expectation, peculiar: Peculiar, counted: Exposure
    ) -> MonthlyRecord:
        """Troubles and what is expected month by month."""
        monthly = self.rows.monthly(found, counted)
        return MonthlyRecord.of(
            device,
            bins,
            expected=monthly * (peculiar.of_day * peculiar.of_model)[:, None],
            years=self.rows.by_device(counted.astype(np.float64)) / DAYS_A_YEAR,
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

"""Works out what would change verdicts: how many more incidents would name a device, how many quiet days clear it."""

from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import Bools, Floats, Ints
from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.crossing import halve
from rollcall_collector.judge.failures.false_discovery import LEAVE_BELOW
from rollcall_collector.judge.likeness.spread import Spread
from rollcall_collector.judge.parameters import Parameters

_MOST = 100
_LONGEST = 64.0  # times what was expected so far
_HALVINGS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class VerdictChange:
    """One device's 90 % interval and what would change its verdict; None where nobody asks, or no number would."""

    low: float | None = None
    high: float | None = None
    more_to_name: int | None = None
    days_to_clear: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceCounts:
    """What one kind of failure tells of some devices, one entry each; fields as in a channel's judgement."""

    observed: Ints
    expected: Floats
    doubt: Floats
    spread: Spread
    probability: Floats
    active_days: Floats
    weeks: Ints

    def changes(self, is_listed: Bools, parameters: Parameters) -> list[VerdictChange]:
        """One a device; interval and days of those on a list alone."""
        trust = posterior.trust_in(
            self.probability,
            self.observed,
            self.expected,
            spread=self.spread,
            doubt=self.doubt,
            threshold=parameters.threshold,
        )
        more, listed = self._more_to_name(trust, parameters), np.flatnonzero(is_listed)
        low, high = np.full((2, len(more)), np.nan)
        clear = np.full(len(more), np.nan)
        low[listed], high[listed] = posterior.intervals_alone(
            self.observed[listed], self.expected[listed], spread=self.spread.of(listed), doubt=self.doubt[listed]
        )
        clear[listed] = self._days_to_clear(listed, trust[listed], parameters)
        return [
            VerdictChange(
                low=told[0], high=told[1], days_to_clear=told[2], more_to_name=None if number < 0 else number
            )
            if has_all
            else VerdictChange(more_to_name=None if number < 0 else number)
            for has_all, number, *told in zip(
                is_listed.tolist(), more.tolist(), low.tolist(), high.tolist(), clear.tolist(), strict=True
            )
        ]

    def _more_to_name(self, trust: Floats, parameters: Parameters) -> Ints:
        """-1 where no number would: it was not in use for long enough, or its troubles may be one or long past."""
        wanted = (1 - parameters.replace_fdr) / trust
        those = np.flatnonzero((wanted < 1) & (self.active_days >= parameters.least_active_days))
        more = np.full(len(trust), -1)
        enough = incidents_to_name(
            self.observed[those],
            self.expected[those],
            spread=self.spread.of(those),
            probability=wanted[those],
            doubt=self.doubt[those],
            threshold=parameters.threshold,
        )
        more[those] = np.maximum(enough, parameters.least_incidents - self.weeks[those])
        return more

    def _days_to_clear(self, those: Ints, trust: Floats, parameters: Parameters) -> Floats:
        days, expected = self.active_days[those], self.expected[those]
        return days_to_clear(
            self.observed[those],
            expected,
            spread=self.spread.of(those),
            expected_daily=np.divide(expected, days, out=np.zeros(len(days)), where=days > 0),
            doubt=self.doubt[those],
            probability=np.minimum(1.0, LEAVE_BELOW / trust),
            threshold=parameters.threshold,
        )


def incidents_to_name(
    observed: Ints, expected: Floats, *, spread: Spread, probability: Floats, doubt: Floats, threshold: float = 1.5
) -> Ints:
    """How many more incidents, soon, would bring P(theta > threshold) to `probability`; 0 where it is there.

    One entry a device, as in all that is given; 100 where fewer do not.
    """
    not_yet, enough = np.full(len(observed), -1), np.full(len(observed), _MOST)
    while len(left := np.flatnonzero(enough - not_yet > 1)):
        more = np.minimum((not_yet[left] + enough[left]) // 2, 2 * not_yet[left] + 4)  # mostly few are needed
        judged = posterior.judge(
            observed[left] + more, expected[left], spread=spread.of(left), doubt=doubt[left], threshold=threshold
        )
        is_enough = judged.probability >= probability[left]
        not_yet[left], enough[left] = np.where(is_enough, not_yet[left], more), np.where(is_enough, more, enough[left])
    return enough


def days_to_clear(
    observed: Ints,
    expected: Floats,
    *,
    spread: Spread,
    expected_daily: Floats,
    probability: Floats,
    doubt: Floats,
    threshold: float = 1.5,
) -> Floats:
    """Days of use without an incident after which P(theta > threshold) falls below `probability`; 0 where it is.

    One entry a device, as in all that is given. `expected_daily` is what its peers have in an active day; infinite
    where they have none.
    """

    def chance(those: Ints, more: Floats) -> Floats:
        return posterior.judge(
            observed[those], expected[those] + more, spread=spread.of(those), doubt=doubt[those], threshold=threshold
        ).probability

    everyone = np.arange(len(observed))
    longest = _LONGEST * np.maximum(expected, 1.0)
    is_bad = chance(everyone, np.zeros(len(observed))) > probability
    days = np.where(is_bad, np.inf, 0.0)
    those = np.flatnonzero(is_bad & (expected_daily > 0) & (chance(everyone, longest) <= probability))
    _, quiet = halve(
        lambda some, more: chance(those[some], more),
        probability[those],
        np.zeros(len(those)),
        longest[those],
        halvings=_HALVINGS,
    )
    days[those] = quiet / expected_daily[those]
    return days

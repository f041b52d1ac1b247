"""Gathers the numbers behind one device's place among its peers out of the fleet's arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rollcall_collector.judge.failures.false_discovery import LEAVE_BELOW
from rollcall_collector.judge.failures.posterior import interval, trust_in
from rollcall_collector.judge.failures.reliability import FleetJudgement
from rollcall_collector.judge.failures.what_would_change import days_to_clear, incidents_to_name
from rollcall_collector.judge.likeness.spread import Spread
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.model.judgement import ANY, APART

Listed = Literal["replace", "watch", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureEvidence:
    """What the failures of one channel say of one device; the interval is the 90 % one of its ratio to its peers.

    `wrong_share` is what was promised of the list it stands on. `more_to_name` incidents would make it as sure by
    itself as the replace list promises, and so put it there; after `days_to_clear` of quiet use it would leave. None
    where an older judging kept no answer; interval and days are worked out for who is on a list. Incidents less than
    `gap_days` after another are one trouble and count once. `peers` says who they were; `site_times` is how many times
    as often as elsewhere devices of its school fail, which is not charged to it. `waits_for` is what a device lacks
    before it may be named at all, however sure.
    """

    channel: str
    listed: Listed
    observed: int
    expected: float
    active_days: int
    ratio: float
    low: float | None
    high: float | None
    probability: float
    threshold: float
    wrong_share: float
    forecast_yearly: float
    more_to_name: int | None
    days_to_clear: float | None
    gap_days: int
    peers: str = ""
    site_times: float = 1.0
    waits_for: str = ""
    kinds: str = ""
    """Where all kinds are counted together: how many of each, as `crash 6, hardware 3`."""


def failure_evidence(judged: FleetJudgement, device: int, *, parameters: Parameters | None = None) -> FailureEvidence:
    """The evidence of the channel that speaks most against this device. Raises ValueError in a fleet without any."""
    parameters = parameters or Parameters()
    # Rounded as rows are kept: of equally sure kinds the same speaks by night and by day, all together first.
    name, one = max(sorted(judged.channels.items()), key=lambda item: round(float(item[1].probability[device]), 6))
    return weigh(
        channel=name,
        listed="replace" if judged.replace[device] else "watch" if judged.watch[device] else "none",
        observed={kind: int(other.observed[device]) for kind, other in judged.channels.items()},
        expected=float(one.expected[device]),
        doubt=float(one.doubt[device]),
        active_days=float(judged.active_days[device]),
        ratio=float(one.ratio[device]),
        probability=float(one.probability[device]),
        forecast_yearly=float(one.forecast[device]),
        spread=one.spread.at(device),
        gap_days=one.gap_days,
        peers=one.compared_with.say(device),
        weeks=int(one.weeks[device]),
        site_times=float(one.site_times[device]),
        parameters=parameters,
    )


def weigh(
    *,
    channel: str,
    listed: Listed,
    observed: Mapping[str, int],
    expected: float,
    active_days: float,
    ratio: float,
    probability: float,
    forecast_yearly: float,
    spread: Spread | None,
    gap_days: int,
    weeks: int,
    parameters: Parameters,
    doubt: float = 0.0,
    peers: str = "",
    site_times: float = 1.0,
) -> FailureEvidence:
    """Evidence from plain numbers. Who is as sure as the replace list promises enters it whoever else stands there."""
    low = high = more = clear = None
    seen, lacks = observed[channel], _lacks(active_days, weeks, parameters)
    threshold = parameters.threshold
    if spread is not None:
        count, due, unsure = np.array([seen]), np.array([expected]), np.array([doubt])
        trust = trust_in(np.array([probability]), count, due, spread=spread, doubt=unsure, threshold=threshold)
        by = _Changes(
            observed=seen, expected=expected, spread=spread, doubt=doubt, trust=float(trust[0]), parameters=parameters
        )
        more = by.incidents_to_name(active_days, weeks)
        if listed != "none":
            ends = interval(count, due, spread=spread, doubt=unsure)
            low, high = float(ends[0][0]), float(ends[1][0])
            clear = by.days_to_clear(active_days)
    kinds = (f"{kind} {count}" for kind, count in observed.items() if count and kind not in {ANY, *APART})
    return FailureEvidence(
        channel=channel,
        listed=listed,
        observed=seen,
        expected=expected,
        active_days=round(active_days),
        ratio=ratio,
        low=low,
        high=high,
        probability=probability,
        threshold=threshold,
        wrong_share=parameters.replace_fdr if listed == "replace" else parameters.watch_fdr,
        forecast_yearly=forecast_yearly,
        more_to_name=more,
        days_to_clear=clear,
        gap_days=gap_days,
        peers=peers,
        site_times=site_times,
        waits_for=" and ".join(lacks) if listed == "none" else "",
        kinds=", ".join(kinds) if channel == ANY else "",
    )


def _lacks(active_days: float, weeks: int, parameters: Parameters) -> list[str]:
    """What keeps a device off every list, whatever it is likely to be."""
    found = []
    if active_days < parameters.least_active_days:
        found.append(f"{parameters.least_active_days:g} days of use")
    if weeks < parameters.least_incidents:
        found.append(f"incidents in {parameters.least_incidents} different weeks")
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class _Changes:
    """What would change a verdict, where other doubts leave `trust` of what the count says."""

    observed: int
    expected: float
    spread: Spread
    doubt: float
    trust: float
    parameters: Parameters

    def incidents_to_name(self, active_days: float, weeks: int) -> int | None:
        """None where no number would: it was not in use for long enough, or its troubles may be one or long past."""
        wanted = (1 - self.parameters.replace_fdr) / self.trust
        if wanted >= 1 or active_days < self.parameters.least_active_days:
            return None
        more = incidents_to_name(
            self.observed,
            self.expected,
            spread=self.spread,
            probability=wanted,
            doubt=self.doubt,
            threshold=self.parameters.threshold,
        )
        return max(more, self.parameters.least_incidents - weeks)

    def days_to_clear(self, active_days: float) -> float:
        return days_to_clear(
            self.observed,
            self.expected,
            spread=self.spread,
            expected_daily=self.expected / active_days if active_days else 0.0,
            doubt=self.doubt,
            probability=min(1.0, LEAVE_BELOW / self.trust),
            threshold=self.parameters.threshold,
        )

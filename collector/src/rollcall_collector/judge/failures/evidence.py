"""Gathers the numbers behind devices' places among their peers out of the fleet's arrays."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rollcall_collector.judge.arrays import Ints
from rollcall_collector.judge.failures.reliability import FleetJudgement
from rollcall_collector.judge.failures.what_would_change import DeviceCounts, VerdictChange
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
    return failure_evidences(judged, np.array([device]), parameters=parameters)[device]


def failure_evidences(
    judged: FleetJudgement, devices: Ints, *, parameters: Parameters | None = None
) -> dict[int, FailureEvidence]:
    """The same of each of these devices, by its place: what would change their verdicts is worked out at once."""
    parameters = parameters or Parameters()
    loudest: dict[str, list[int]] = defaultdict(list)
    for device in devices.tolist():
        loudest[_loudest(judged, device)].append(device)
    found: dict[int, FailureEvidence] = {}
    for name, those in loudest.items():
        one, places = judged.channels[name], np.array(those)
        told = DeviceCounts(
            observed=one.observed[places],
            expected=one.expected[places],
            doubt=one.doubt[places],
            spread=one.spread.of(places),
            probability=one.probability[places],
            active_days=judged.active_days[places],
            weeks=one.weeks[places],
        )
        is_listed = judged.replace[places] | judged.watch[places]
        for device, change in zip(those, told.changes(is_listed, parameters), strict=True):
            found[device] = _evidence_of(judged, name, device, change, parameters)
    return found


def _loudest(judged: FleetJudgement, device: int) -> str:
    """Rounded as rows are kept: of equally sure kinds the same speaks by night and by day, all together first."""
    return max(sorted(judged.channels), key=lambda name: round(float(judged.channels[name].probability[device]), 6))


def _evidence_of(
    judged: FleetJudgement, name: str, device: int, change: VerdictChange, parameters: Parameters
) -> FailureEvidence:
    one = judged.channels[name]
    return weigh(
        channel=name,
        listed="replace" if judged.replace[device] else "watch" if judged.watch[device] else "none",
        observed={kind: int(other.observed[device]) for kind, other in judged.channels.items()},
        expected=float(one.expected[device]),
        active_days=float(judged.active_days[device]),
        ratio=float(one.ratio[device]),
        probability=float(one.probability[device]),
        forecast_yearly=float(one.forecast[device]),
        gap_days=one.gap_days,
        weeks=int(one.weeks[device]),
        change=change,
        peers=one.compared_with.say(device),
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
    gap_days: int,
    weeks: int,
    change: VerdictChange,
    parameters: Parameters,
    peers: str = "",
    site_times: float = 1.0,
) -> FailureEvidence:
    """Evidence from plain numbers. Who is as sure as the replace list promises enters it whoever else stands there."""
    lacks = _lacks(active_days, weeks, parameters)
    kinds = (f"{kind} {count}" for kind, count in observed.items() if count and kind not in {ANY, *APART})
    return FailureEvidence(
        channel=channel,
        listed=listed,
        observed=observed[channel],
        expected=expected,
        active_days=round(active_days),
        ratio=ratio,
        low=change.low,
        high=change.high,
        probability=probability,
        threshold=parameters.threshold,
        wrong_share=parameters.replace_fdr if listed == "replace" else parameters.watch_fdr,
        forecast_yearly=forecast_yearly,
        more_to_name=change.more_to_name,
        days_to_clear=change.days_to_clear,
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

"""Gathers the numbers behind one device's verdict out of the fleet's arrays, ready to be said in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from rollcall_collector.judge.battery import BatteryOutlook
from rollcall_collector.judge.outlook import days_to_clear, incidents_to_name
from rollcall_collector.judge.parameters import Parameters
from rollcall_collector.judge.posterior import interval
from rollcall_collector.judge.reliability import FleetJudgement
from rollcall_collector.judge.slowness import Slowness, changed_on
from rollcall_collector.judge.startup import StartupTrack
from rollcall_collector.model.judgement import ANY, APART

DAYS_A_MONTH = 30.4
REFRESH_MONTHS = 12
"""A device whose support ends sooner goes with the next refresh."""
Listed = Literal["replace", "watch", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureEvidence:
    """What the failures of one channel say of one device; the interval is the 90 % one of its ratio to its peers.

    `wrong_share` is what was promised of the list it stands on. `more_to_name` incidents would put it on the replace
    list; after `days_to_clear` of quiet use it would leave. None: the flexible prior has no such short answer.
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
    kinds: str = ""
    """Where all kinds are counted together: how many of each, as `crash 6, hardware 3`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartupEvidence:
    """How one device's starts changed: seconds before and now, what its peers' changed by, from how many boots."""

    since_day: int
    usual_seconds: float
    now_seconds: float
    peers_seconds: float
    boots: int
    sureness: float


@dataclass(frozen=True, kw_only=True, slots=True)
class BatteryEvidence:
    """How one device's battery fares: shares of its design, losses a month, months left with their 90 % interval."""

    health: float
    design_wh: float | None
    full_wh: float | None
    cycles: int | None
    loss: float
    model_loss: float
    months_left: float
    months_left_low: float
    months_left_high: float
    probability: float
    hours: float | None
    is_due: bool


def failure_evidence(judged: FleetJudgement, device: int, *, parameters: Parameters | None = None) -> FailureEvidence:
    """The evidence of the channel that speaks most against this device. Raises ValueError in a fleet without any."""
    parameters = parameters or Parameters()
    name, one = max(judged.channels.items(), key=lambda item: float(item[1].probability[device]))
    return weigh(
        channel=name,
        listed="replace" if judged.replace[device] else "watch" if judged.watch[device] else "none",
        observed={kind: int(other.observed[device]) for kind, other in judged.channels.items()},
        expected=float(one.expectation.expected[device]),
        active_days=float(judged.active_days[device]),
        ratio=float(one.ratio[device]),
        probability=float(one.probability[device]),
        forecast_yearly=float(one.forecast[device]),
        shape=one.shape,
        bar=judged.bar,
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
    shape: float | None,
    bar: float | None,
    parameters: Parameters,
) -> FailureEvidence:
    """Evidence from plain numbers; `bar` is the lowest probability on the replace list (None: it is empty)."""
    low = high = more = clear = None
    seen = observed[channel]
    if shape is not None:
        ends = interval(np.array([seen]), np.array([expected]), shape=shape)
        low, high = float(ends[0][0]), float(ends[1][0])
        wanted = bar or 1 - parameters.replace_fdr
        more = incidents_to_name(seen, expected, shape=shape, probability=wanted, threshold=parameters.threshold)
        daily = expected / active_days if active_days else 0.0
        clear = days_to_clear(seen, expected, shape=shape, expected_daily=daily, threshold=parameters.threshold)
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
        threshold=parameters.threshold,
        wrong_share=parameters.replace_fdr if listed == "replace" else parameters.watch_fdr,
        forecast_yearly=forecast_yearly,
        more_to_name=more,
        days_to_clear=clear,
        kinds=", ".join(kinds) if channel == ANY else "",
    )


def startup_evidence(track: StartupTrack, slowness: Slowness, device: int) -> StartupEvidence | None:
    """The evidence of a device that has become slow; None where it has not."""
    since = changed_on(track, device) if slowness.is_slow[device] else None
    if since is None:
        return None
    low, high = np.searchsorted(track.device, [device, device + 1])
    shift = track.shift[low:high][np.isfinite(track.shift[low:high])]
    before = float(np.exp(track.baseline[device] + shift[0]))
    peers = before * float(np.exp(shift[-1] - shift[0]) - 1)
    return StartupEvidence(
        since_day=since,
        usual_seconds=before,
        now_seconds=(before + peers) * float(slowness.ratio[device]),
        peers_seconds=peers,
        boots=int(slowness.boots[device]),
        sureness=float(slowness.sureness[device]),
    )


def battery_evidence(
    outlook: BatteryOutlook,
    device: int,
    *,
    design_wh: float | None = None,
    full_wh: float | None = None,
    cycles: int | None = None,
) -> BatteryEvidence | None:
    """The evidence of a battery that is due or watched; None where it is neither."""
    if not (outlook.is_due[device] or outlook.is_watched[device]):
        return None
    hours = float(outlook.hours[device])
    return BatteryEvidence(
        health=float(outlook.health[device]),
        design_wh=design_wh,
        full_wh=full_wh,
        cycles=cycles,
        loss=float(outlook.loss[device]),
        model_loss=float(outlook.model_loss[device]),
        months_left=float(outlook.months_left[device]),
        months_left_low=float(outlook.months_left_low[device]),
        months_left_high=float(outlook.months_left_high[device]),
        probability=float(outlook.probability[device]),
        hours=hours if np.isfinite(hours) else None,
        is_due=bool(outlook.is_due[device]),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Papers:
    """What the school's papers say of a device, as of `today`; None is not known."""

    today: date
    warranty_until: date | None = None
    support_until: date | None = None

    @property
    def is_in_warranty(self) -> bool:
        """Whether the vendor still pays."""
        return self.warranty_until is not None and self.warranty_until >= self.today

    @property
    def support_months(self) -> float | None:
        """Months until its support ends; below zero when it has ended."""
        return None if self.support_until is None else (self.support_until - self.today).days / DAYS_A_MONTH

    @property
    def is_support_ending(self) -> bool:
        """Whether its support ends within a year, or has ended."""
        return self.support_months is not None and self.support_months <= REFRESH_MONTHS

"""What one judging said, in numbers: of each device and kind of failure, of its starts, and of the fleet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

ANY = "any"
"""The channel that counts incidents of all judged kinds together, but for those in APART."""
APART = ("storage",)
"""A dying disk fails day after day: counted with other kinds it would make devices look more unlike than they are."""


class Judgement(NamedTuple):
    """One device and channel: incidents seen and expected, and how much worse than its peers it is.

    The fields are the columns of its table: a night and a plan make a hundred thousand of them.
    `observed` counts troubles: what comes again too soon for chance is one (see `JudgingRun.gap_days`). `weeks` is in
    how many different weeks they fell; `ratio` is the posterior mean with its 90 % interval (`low` and
    `high`, None in some older judgings), `probability` that of being worse than the threshold, `forecast_yearly`
    incidents in an active year. `doubt` is the standard deviation of the logarithm of what is expected. `own_shape`
    and `own_mean` are the gamma by which other kinds let this device's ratio be expected (None: that of the run).
    `peers` says who they were, `site_times` how many times as often as elsewhere its school's devices fail.
    """

    device: int
    channel: str
    observed: int
    weeks: int
    expected: float
    ratio: float
    low: float | None
    high: float | None
    probability: float
    forecast_yearly: float
    doubt: float = 0.0
    own_shape: float | None = None
    own_mean: float | None = None
    peers: str = ""
    site_times: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class StartJudgement:
    """How one device starts: its own usual seconds, those of the last four weeks, its model's, and starts a year.

    The model's figure is the median of its devices' last four weeks. None where too few starts were measured.
    """

    device: int
    usual_seconds: float | None
    now_seconds: float | None
    model_seconds: float | None
    starts_yearly: float


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgingRun:
    """One judging of the whole fleet, frozen. `shapes` has the spread of each channel, as `Spread.tell` tells it.

    `gap_days` is after how many days without an incident a new trouble was counted, by channel; empty in older runs.
    `digest` is the fingerprint of the facts it read, `version` that of the code, `until_on` the first day it did not
    read. Without enough evidence nobody was listed.
    """

    run: int
    judged_at: datetime
    until_on: date
    digest: str
    version: str
    devices: int
    incidents: int
    history_days: int
    is_enough: bool
    replace: int
    watch: int
    parameters: Mapping[str, Any]
    shapes: Mapping[str, Any]
    shocks: tuple[Mapping[str, Any], ...]
    gap_days: Mapping[str, int] = field(default_factory=dict)

"""Make-believe fleets whose bad devices are known, as plain arrays."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.failures.cohort import Peers, choose_peers
from rollcall_collector.judge.failures.exposure import Exposure
from rollcall_collector.judge.failures.reliability import FleetJudgement, judge_fleet
from rollcall_collector.judge.starts.baseline import Boots

UNTIL = 20_000
Truth = Literal["null", "gamma", "lognormal", "lemons"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeFleet:
    """`theta` is each device's true ratio to its peers; incidents are folded."""

    theta: Floats
    exposure: Exposure
    peers: Peers
    device: Ints
    day: Ints

    def judge(self) -> FleetJudgement:
        in_service = np.ones(len(self.theta), dtype=np.bool_)
        return judge_fleet(
            self.exposure, self.peers, {"hardware": (self.device, self.day)}, until_day=UNTIL, in_service=in_service
        )

    @property
    def years(self) -> Floats:
        return np.asarray(self.exposure.sum(axis=1, dtype=np.float64) / 365.25)


def make_fleet(truth: Truth, *, devices: int, yearly: float, seed: int, models: int = 12) -> MadeFleet:
    """Devices seen for 30 days to two years, `models` of which some fail twice as often as others."""
    random = np.random.default_rng(seed)
    theta = make_theta(truth, devices, random)
    model = random.integers(0, models, devices)
    rate = yearly * random.lognormal(0, 0.25, models)[model] * theta
    seen = np.minimum(np.exp(random.uniform(np.log(30), np.log(1460), devices)), 730)
    exposure = np.clip(seen[:, None] - 30 * np.arange(25), 0, np.append(np.full(24, 30), 10)).astype(np.float32)
    count = random.poisson(rate * exposure.sum(axis=1) / 365.25)
    device = np.repeat(np.arange(devices), count)
    day = UNTIL - 1 - np.floor(random.random(len(device)) * np.floor(seen[device])).astype(np.int64)
    peers = choose_peers([model, np.zeros(devices, dtype=np.int64)], exposure.sum(axis=1, dtype=np.float64))
    return MadeFleet(theta=theta, exposure=exposure, peers=peers, device=device, day=day)


def make_theta(truth: Truth, devices: int, random: np.random.Generator) -> Floats:
    """How much worse than its peers each device truly is; 1 on average."""
    match truth:
        case "null":
            return np.ones(devices)
        case "gamma":
            return random.gamma(1.5, 1 / 1.5, devices)
        case "lognormal":
            return random.lognormal(-0.32, 0.8, devices)
        case "lemons":
            return np.where(random.random(devices) < 0.05, 4.0, 1.0) / 1.15


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeBoots:
    """Boots of 240 days; `onset` is when the bad devices began to slow down."""

    boots: Boots
    cohort: Ints
    is_bad: np.ndarray
    onset: Ints
    days: int = 240


def make_boots(*, devices: int, seed: int, cohorts: int = 12, share_bad: float = 0.03) -> MadeBoots:
    """Boots on 55 % of days, 6 % of them odd, two updates rolled out in stages, 3 % of devices slowing by 60 %."""
    random = np.random.default_rng(seed)
    cohort = random.integers(0, cohorts, devices)
    device, day = np.nonzero(random.random((devices, 240)) < 0.55)
    first, second = random.integers(70, 120, devices), random.integers(140, 190, devices)
    version = (day >= first[device]).astype(np.int64) + (day >= second[device])
    logs = np.log(36) + random.normal(0, 0.3, cohorts)[cohort[device]] + random.normal(0, 0.15, devices)[device]
    logs += random.normal(0, 0.2, len(device))
    logs += (random.random(len(device)) < 0.06) * random.exponential(0.7, len(device))
    for least, change in ((1, np.log(1.25)), (2, np.log(1.10))):
        logs += (version >= least) * (change + random.normal(0, 0.02, cohorts))[cohort[device]]
    is_bad = random.random(devices) < share_bad
    onset = random.integers(90, 170, devices)
    is_ramp = random.random(devices) < 0.5
    risen = np.where(is_ramp[device], np.clip((day - onset[device]) / 40, 0, 1), day >= onset[device])
    logs += is_bad[device] * risen * np.log(1.6)
    boots = Boots(device=device, day=day, order_us=day, seconds=np.exp(logs), version=version)
    return MadeBoots(boots=boots, cohort=cohort, is_bad=is_bad, onset=onset)

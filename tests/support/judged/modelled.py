"""Make-believe fleets of many models at a few schools, whose true rates are known: who is called, and rightly."""

from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAYS_A_YEAR, Floats, Ints
from rollcall_collector.judge.models.counts import Counted
from rollcall_collector.judge.models.rates import ModelRate, rate_models
from rollcall_collector.judge.models.standing import stand_beside
from rollcall_collector.model.hardware import Standing

SCHOOLS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Mix:
    """What a fleet is like: models of 120 devices, `times` the usual rate each, lognormal by `unlike` on top.

    Schools report by a lognormal of `schools` more or less, and `at_home` is the share of a model at one school.
    Devices differ as gamma(1.5) does, fail about once a year, and were in use for 150 to 430 days.
    """

    said: str
    times: tuple[float, ...]
    schools: float = 0.0
    at_home: float = 0.0
    unlike: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelledFleet:
    """One entry a device, but `times` the true rate by model."""

    times: Floats
    model: Ints
    site: Ints
    days: Floats
    incidents: Ints

    @property
    def rates(self) -> tuple[ModelRate, ...]:
        """Each model's published rate."""
        return rate_models(self.model, self.days, self.incidents)

    def call(self) -> list[Standing]:
        """As the product does."""
        counted = Counted(days=self.days, incidents=self.incidents, left_out=np.zeros_like(self.incidents))
        within = np.zeros_like(self.model)
        return [standing for standing, _ in stand_beside(counted, self.model, within, self.site, self.rates)]

    def call_by_interval(self) -> list[Standing]:
        """The rule that seems natural: its 90 % interval does not hold the rate of all devices."""
        usual = self.incidents.sum() / self.days.sum() * DAYS_A_YEAR
        intervals = (rate.interval or (0.0, np.inf) for rate in self.rates)
        return ["below" if high < usual else "above" if low > usual else "no_difference" for low, high in intervals]

    def wrong(self, called: list[Standing]) -> int:
        """How many of those called are truly not so: no rate of a model is but by chance the mean of the others'."""
        others = (self.times.sum() - self.times) / (len(self.times) - 1)
        truly = np.where(np.isclose(self.times, others), 0, np.sign(self.times - others))
        said = np.array([{"above": 1, "below": -1}.get(one, 0) for one in called])
        return int(((said != 0) & (said != truly)).sum())


def make_modelled(mix: Mix, seed: int) -> ModelledFleet:
    """One fleet of this mix."""
    random = np.random.default_rng(seed)
    models, per = len(mix.times), 120
    model = np.repeat(np.arange(models), per)
    home = random.integers(0, SCHOOLS, models)[model]
    site = np.where(random.random(len(model)) < mix.at_home, home, random.integers(0, SCHOOLS, len(model)))
    loud = random.lognormal(0, mix.schools, SCHOOLS)
    times = np.array(mix.times) * random.lognormal(0, mix.unlike, models)
    days = random.uniform(150, 430, len(model))
    rate = times[model] * loud[site] * random.gamma(1.5, 1 / 1.5, len(model))
    incidents = random.poisson(rate * days / DAYS_A_YEAR)
    return ModelledFleet(times=times, model=model, site=site, days=days, incidents=incidents)


def equal(models: int) -> tuple[float, ...]:
    """So many models alike."""
    return (1.0,) * models


MIXES = (
    Mix(said="12 equal models", times=equal(12)),
    Mix(said="30 equal models", times=equal(30)),
    Mix(said="12 equal, schools .2, 80 % at one", times=equal(12), schools=0.2, at_home=0.8),
    Mix(said="12 equal, schools .35, 80 % at one", times=equal(12), schools=0.35, at_home=0.8),
    Mix(said="30 equal, schools .35, 80 % at one", times=equal(30), schools=0.35, at_home=0.8),
    Mix(said="12 equal, schools .35, all at one", times=equal(12), schools=0.35, at_home=1.0),
    Mix(said="12 unlike by .3", times=equal(12), unlike=0.3),
    Mix(said="12 unlike by .3, schools .35, 80 %", times=equal(12), unlike=0.3, schools=0.35, at_home=0.8),
    Mix(said="one of 12 fails twice as often", times=(2.0, *equal(11))),
    Mix(said="three of 12 fail 1.6 times as often", times=(1.6, 1.6, 1.6, *equal(9))),
)

"""Make-believe fleets as messy as schools are: faults that come again, busy devices, loud schools, kinds that agree."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from rollcall_collector.judge.arrays import DAY_US, DAYS_A_YEAR, Bools, Floats, Ints
from rollcall_collector.judge.failures.cohort import choose_peers
from rollcall_collector.judge.failures.exposure import Exposure
from rollcall_collector.judge.failures.incidents import fold_fleet
from rollcall_collector.judge.failures.reliability import FleetJudgement, Lists, judge_fleet
from rollcall_collector.judge.fleet_arrays import join_kinds
from rollcall_collector.model.judgement import ANY
from tests.support.fleets.arrays import UNTIL, Truth, make_theta

KINDS = ("hardware", "crash", "network", "update", "memory")
SITES = 10
WINDOW = 730


@dataclass(kw_only=True, slots=True)
class Draft:
    """A fleet in the making: `yearly` is each device's true rate, `seen` its days on record, `day` fractions of days.

    `theta` is the truth that lists are held to: each device's own lasting ratio to its peers, as of the last day.
    """

    random: np.random.Generator
    theta: Floats
    model: Ints
    site: Ints
    seen: Floats
    yearly: Floats
    hours: Floats
    is_mute: Bools
    device: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    day: Floats = field(default_factory=lambda: np.zeros(0))
    kind: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def happen(self, yearly: Floats, since: Floats, until: Floats, *, kind: int = 0) -> None:
        """Failures at these rates, one figure a device, between these days."""
        span = np.maximum(until - since, 0)
        device = np.repeat(np.arange(len(yearly)), self.random.poisson(yearly * span / DAYS_A_YEAR))
        self.add(device, since[device] + self.random.random(len(device)) * span[device], kind)

    def add(self, device: Ints, day: Floats, kind: int | Ints) -> None:
        """More failures; those after the last day are not known yet."""
        known = day < UNTIL
        kinds = np.broadcast_to(np.asarray(kind, dtype=np.int64), day.shape)
        self.device = np.append(self.device, device[known])
        self.day = np.append(self.day, day[known])
        self.kind = np.append(self.kind, kinds[known])


@dataclass(frozen=True, kw_only=True, slots=True)
class WildFleet:
    """Failures as they were told, not folded: device, place in KINDS, day with its fraction."""

    theta: Floats
    exposure: Exposure
    levels: tuple[Ints, ...]
    site: Ints
    hours: Floats
    is_mute: Bools
    device: Ints
    kind: Ints
    day: Floats

    def judge(self, *, until: int = UNTIL, before: Lists | None = None) -> FleetJudgement:
        """As the product would on that day, an earlier one with what was known then."""
        later = UNTIL - until
        age = np.arange(self.exposure.shape[1]) * 30
        seen = self.exposure.sum(axis=1, dtype=np.float64)[:, None] - later
        exposure = np.clip(seen - age, 0, np.minimum(30, WINDOW - age)).astype(np.float32) if later else self.exposure
        known = self.day < until
        told_us = (self.day[known] * DAY_US).astype(np.int64)
        folded = fold_fleet(self.device[known], self.kind[known], told_us)
        began = folded.start_us // DAY_US
        incidents = {
            KINDS[kind]: (folded.device[folded.channel == kind], began[folded.channel == kind])
            for kind in np.unique(folded.channel).tolist()
        }
        if len(incidents) > 1:
            incidents[ANY] = join_kinds(incidents)
        return judge_fleet(
            exposure,
            choose_peers(self.levels, exposure.sum(axis=1, dtype=np.float64)),
            incidents,
            until_day=until,
            in_service=np.ones(len(self.theta), dtype=np.bool_),
            before=before,
            site=self.site,
            hours=self.hours,
            can_tell=dict.fromkeys(incidents, ~self.is_mute),
        )


Trouble = Callable[[Draft, float], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of mess: what it does to the rates before anything happens, and to what happened; three strengths."""

    said: str
    strengths: tuple[float, float, float]
    before: Trouble | None = None
    after: Trouble | None = None
    truths: tuple[Truth, ...] = ("null", "gamma")


def make_wild(kind: Kind, strength: float, truth: Truth, *, seed: int, devices: int = 1000) -> WildFleet:
    """Devices of twelve models at ten schools, seen for 30 days to two years, about one incident a year each."""
    random = np.random.default_rng(seed)
    model = random.integers(0, 12, devices)
    draft = Draft(
        random=random,
        theta=make_theta(truth, devices, random),
        model=model,
        site=random.integers(0, SITES, devices),
        seen=np.floor(np.minimum(np.exp(random.uniform(np.log(30), np.log(1460), devices)), WINDOW)),
        yearly=random.lognormal(0, 0.25, 12)[model],
        hours=np.full(devices, 5.0),
        is_mute=np.zeros(devices, dtype=np.bool_),
    )
    # The machine's own dice: fleets stay those that they were before hours were told.
    draft.hours *= np.random.default_rng(seed).lognormal(0, 0.1, devices)
    if kind.before:
        kind.before(draft, strength)
    draft.happen(draft.yearly * draft.theta, UNTIL - draft.seen, np.full(devices, float(UNTIL)))
    if kind.after:
        kind.after(draft, strength)
    age = 30 * np.arange(25)
    return WildFleet(
        theta=draft.theta,
        exposure=np.clip(draft.seen[:, None] - age, 0, np.minimum(30, WINDOW - age)).astype(np.float32),
        levels=(2 * draft.model + draft.is_mute, draft.is_mute.astype(np.int64)),
        site=draft.site,
        hours=draft.hours,
        is_mute=draft.is_mute,
        device=draft.device,
        kind=draft.kind,
        day=draft.day,
    )


def _busier(draft: Draft, times: float) -> None:
    """Everybody fails so many times as often: more evidence, no mess."""
    draft.yearly *= times


def _tenfold_hours(draft: Draft, times: float) -> None:
    busy = slice(len(draft.yearly) // 10)
    draft.yearly[busy] *= times
    draft.hours[busy] *= times


def _loud_school(draft: Draft, times: float) -> None:
    draft.yearly[draft.site == 0] *= times


def _unlike_schools(draft: Draft, spread: float) -> None:
    draft.yearly *= draft.random.lognormal(0, spread, SITES)[draft.site]


def _small_models(size: int) -> Trouble:
    def scatter(draft: Draft, spread: float) -> None:
        devices = len(draft.theta)
        draft.model = np.arange(devices) // size
        draft.yearly = draft.random.lognormal(0, spread, devices // size + 1)[draft.model]

    return scatter


def _mute(draft: Draft, share: float) -> None:
    """So many tell no failure, whatever happens to them: nobody is truly bad because others are silent."""
    silent = slice(round(share * len(draft.yearly)))
    draft.yearly[silent] = 0
    draft.is_mute[silent] = True


def _again_until_mended(draft: Draft, days: float) -> None:
    """Three in twenty troubles come again about every five days, until somebody mends them so many days later."""
    again = np.flatnonzero(draft.random.random(len(draft.device)) < 0.15)
    lasts = draft.random.exponential(days, len(again))
    repeats = draft.random.poisson(lasts / 5)
    first = np.repeat(again, repeats)
    day = draft.day[first] + draft.random.random(len(first)) * np.repeat(lasts, repeats)
    draft.add(draft.device[first], day, draft.kind[first])


def _contagion(draft: Draft, begets: float) -> None:
    """Each trouble begets others of its device, about ten days later, and these theirs."""
    device, day = draft.device, draft.day
    while len(device):
        children = np.repeat(np.arange(len(device)), draft.random.poisson(begets, len(device)))
        device, day = device[children], day[children] + draft.random.exponential(10, len(children))
        draft.add(device, day, 0)


def _bad_network(draft: Draft, times: float) -> None:
    yearly = 0.5 * draft.theta * np.where(draft.site == 0, times, 1.0)
    draft.happen(yearly, UNTIL - draft.seen, np.full(len(yearly), float(UNTIL)), kind=2)


def _told_twice(draft: Draft, share: float) -> None:
    """So many troubles are told in a second kind too, within the day."""
    twice = draft.random.random(len(draft.device)) < share
    draft.add(draft.device[twice], draft.day[twice] + draft.random.random(int(twice.sum())), 1)


def _shared_cause(draft: Draft, kinds: float) -> None:
    for kind in range(1, round(kinds)):
        draft.happen(0.5 * draft.yearly * draft.theta, UNTIL - draft.seen, np.full(len(draft.theta), UNTIL), kind=kind)


def _turned_bad(draft: Draft, times: float) -> None:
    """One in twenty began to fail so many times as often, on a day of the last year."""
    _struck(draft, times, is_cured=False)
    draft.theta[: len(draft.theta) // 20] *= times


def _cured(draft: Draft, times: float) -> None:
    """One in twenty failed so many times as often until a day of the last year, when somebody cured it unseen."""
    _struck(draft, times, is_cured=True)


def _struck(draft: Draft, times: float, *, is_cured: bool) -> None:
    devices = len(draft.theta)
    turned = UNTIL - draft.random.uniform(0, 365, devices)
    first = UNTIL - draft.seen
    since, until = (first, turned) if is_cured else (np.maximum(first, turned), np.full(devices, float(UNTIL)))
    extra = draft.yearly * draft.theta * (times - 1)
    extra[devices // 20 :] = 0
    draft.happen(extra, since, until)


def _all_before(draft: Draft, amount: float) -> None:
    _tenfold_hours(draft, 1 + 9 * amount)
    _unlike_schools(draft, 0.5 * amount)


def _all_after(draft: Draft, amount: float) -> None:
    _again_until_mended(draft, 60 * amount)
    _bad_network(draft, 1 + 4 * amount)
    _told_twice(draft, 0.6 * amount)


INDEPENDENT = Kind(
    said="independent",
    strengths=(0.5, 1, 2),
    before=_busier,
    truths=("null", "gamma", "lognormal", "lemons"),
)
WILD = (
    INDEPENDENT,
    Kind(said="come again until mended, days", strengths=(20, 60, 120), after=_again_until_mended),
    Kind(said="contagion, begets", strengths=(0.15, 0.3, 0.5), after=_contagion),
    Kind(said="a tenth used more hours, times", strengths=(3, 5, 10), before=_tenfold_hours),
    Kind(said="one school reports more, times", strengths=(2, 3, 5), before=_loud_school),
    Kind(said="schools differ, lognormal", strengths=(0.2, 0.35, 0.5), before=_unlike_schools),
    Kind(said="network at one school, times", strengths=(3, 5, 10), after=_bad_network),
    Kind(said="told in two kinds, share", strengths=(0.3, 0.6, 1), after=_told_twice),
    Kind(said="one cause, kinds", strengths=(2, 3, 5), after=_shared_cause),
    Kind(said="models of 5, lognormal", strengths=(0.25, 0.5, 0.75), before=_small_models(5)),
    Kind(said="models of 20, lognormal", strengths=(0.25, 0.5, 0.75), before=_small_models(20)),
    Kind(said="cannot tell, share", strengths=(0.1, 0.33, 0.5), before=_mute),
    Kind(said="good ones turned bad, times", strengths=(3, 6, 10), after=_turned_bad, truths=("null",)),
    Kind(said="bad ones cured, times", strengths=(3, 5, 10), after=_cured, truths=("null",)),
    Kind(said="all of it, amount", strengths=(0.33, 0.67, 1), before=_all_before, after=_all_after),
)

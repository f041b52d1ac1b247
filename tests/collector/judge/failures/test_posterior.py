"""The posterior is the closed form, moves the right way, and its lists are what they promise."""

import json

import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize_scalar

from rollcall_collector.judge.failures import posterior
from rollcall_collector.judge.failures.false_discovery import count_weeks, draw, select
from rollcall_collector.judge.likeness.spread import Spread, fit_mixture
from tests.support.fleets.arrays import make_fleet, make_theta

counts = st.integers(0, 40)
expectations = st.floats(0.01, 20)
shapes = st.floats(0.05, 100)


def _one(observed: int, expected: float, shape: float) -> tuple[float, float]:
    judged = posterior.judge(np.array([observed]), np.array([expected]), spread=Spread.gamma(shape))
    return float(judged.ratio[0]), float(judged.probability[0])


@given(counts, expectations, shapes)
def test_the_posterior_is_the_closed_form(observed: int, expected: float, shape: float) -> None:
    ratio, probability = _one(observed, expected, shape)
    lower, upper = posterior.interval(np.array([observed]), np.array([expected]), spread=Spread.gamma(shape))

    exact = stats.gamma(shape + observed, scale=1 / (shape + expected))
    assert ratio == pytest.approx(exact.mean())
    assert probability == pytest.approx(exact.sf(1.5), abs=1e-9)
    assert (lower[0], upper[0]) == pytest.approx(exact.ppf([0.05, 0.95]), rel=1e-6, abs=1e-12)


@given(counts, expectations, st.floats(0.2, 20), st.floats(0.06, 0.5))
def test_what_peers_let_expect_is_weighed_by_the_device_s_own_count(
    observed: int, expected: float, shape: float, doubt: float
) -> None:
    judged = posterior.judge(
        np.array([observed]), np.array([expected]), spread=Spread.gamma(shape), doubt=np.array([doubt])
    )

    due = expected * np.exp(np.sqrt(3) * doubt * np.array([-1, 0, 1]))
    likely = np.array([1, 4, 1]) / 6 * stats.nbinom(shape, shape / (shape + due)).pmf(observed)
    over = stats.gamma(shape + observed, scale=1 / (shape + due)).sf(1.5)
    assert judged.probability[0] == pytest.approx(likely @ over / likely.sum(), rel=1e-6, abs=1e-9)


@given(counts, expectations, shapes)
def test_an_incident_never_clears_a_device(observed: int, expected: float, shape: float) -> None:
    assert _one(observed + 1, expected, shape)[1] >= _one(observed, expected, shape)[1] - 1e-12


@given(counts, expectations, shapes, st.floats(0, 5))
def test_quiet_days_never_accuse_a_device(observed: int, expected: float, shape: float, more: float) -> None:
    assert _one(observed, expected + more, shape)[1] <= _one(observed, expected, shape)[1] + 1e-12


def test_the_shape_is_the_likeliest_of_the_negative_binomial() -> None:
    fleet = make_fleet("gamma", devices=4000, yearly=2, seed=1)
    one = fleet.judge().channels["hardware"]
    expected = one.expectation.expected  # of all peers, itself among them

    def loss(log_a: float) -> float:
        a = np.exp(log_a)
        return -float(stats.nbinom.logpmf(one.observed, a, a / (a + expected)).sum())

    exact = np.exp(minimize_scalar(loss, bounds=(-6, 5), method="bounded").x)

    assert one.shape == pytest.approx(exact, rel=1e-2)
    assert one.shape == pytest.approx(1.5, rel=0.15)


def test_few_incidents_leave_the_shape_to_the_prior() -> None:
    observed, expected = np.array([1, 0, 2] * 9), np.full(27, 1.0)

    assert posterior.fit_shape(observed[:9], expected[:9]) == 2.0
    assert 0.5 < posterior.fit_shape(np.tile(observed, 3), np.tile(expected, 3)) < 20


@pytest.mark.parametrize(
    ("expected", "needed"), [(0.1, (3, 5)), (0.25, (4, 5)), (0.5, (4, 6)), (1, (5, 7)), (2, (7, 9)), (4, (10, 13))]
)
def test_the_guide_s_table_of_least_incidents_holds(expected: float, needed: tuple[int, int]) -> None:
    found = tuple(
        int(posterior.least_incidents(np.array([expected]), shape=1.6, probability=sure)[0]) for sure in (0.80, 0.95)
    )

    assert found == needed


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0.01, 0.4))
def test_the_list_is_the_longest_whose_mean_innocence_is_allowed(chances: list[float], rate: float) -> None:
    probability = np.array(chances)

    chosen = select(probability, rate=rate)

    surest = np.sort(probability[probability > 0])[::-1]  # who cannot be bad is on no list
    allowed = [k for k in range(1, len(surest) + 1) if np.cumsum(1 - surest)[k - 1] / k <= rate]
    lengths = [k for k in allowed if k == len(surest) or surest[k] < surest[k - 1]]
    assert chosen.sum() == max(lengths, default=0)
    assert not chosen.any() or probability[chosen].min() > probability[~chosen].max(initial=-1)


def test_only_those_who_may_enter_are_listed() -> None:
    probability = np.array([0.99, 0.98, 0.3])

    chosen = select(probability, rate=0.05, may_enter=np.array([False, True, True]))

    assert chosen.tolist() == [False, True, False]


def test_who_is_listed_stays_while_likelier_bad_than_not_and_the_list_keeps_its_promise() -> None:
    sure, doubtful, cleared, new = [0.999] * 8, [0.63, 0.55], [0.4], [0.9]
    probability = np.array([*sure, *doubtful, *cleared, *new])
    stood = np.arange(12) < 11

    named, watched = draw(
        probability, rates=(0.05, 0.20), may_enter=np.ones(12, dtype=np.bool_), standing=(stood, ~stood & ~stood)
    )

    assert np.flatnonzero(named).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert np.flatnonzero(watched).tolist() == [11]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.sampled_from(["", "replace", "watch"])), min_size=1),
    st.floats(0.01, 0.2),
    st.floats(0.01, 0.4),
)
def test_both_lists_keep_their_promise_whoever_stood_on_them(
    told: list[tuple[float, bool, str]], rate: float, watch_rate: float
) -> None:
    probability = np.array([one for one, _, _ in told])
    may_enter = np.array([one for _, one, _ in told])
    stood = tuple(np.array([was == name for _, _, was in told]) for name in ("replace", "watch"))

    lists = draw(probability, rates=(rate, watch_rate), may_enter=may_enter, standing=(stood[0], stood[1]))

    assert not (lists[0] & lists[1]).any()
    for chosen, allowed in zip(lists, (rate, watch_rate), strict=True):
        assert not chosen.any() or (1 - probability[chosen]).mean() <= allowed + 1e-9
    assert lists[0][may_enter & (probability >= 1 - rate)].all()


def test_sunday_and_monday_are_two_weeks() -> None:
    monday = 4  # 1970-01-05

    weeks = count_weeks(np.array([0, 0, 1, 1]), np.array([monday - 1, monday, monday, monday + 6]), devices=3)

    assert weeks.tolist() == [2, 1, 0]


def test_a_large_fleet_says_itself_that_it_holds_lemons_and_more_of_them_are_named() -> None:
    fleet = make_fleet("lemons", devices=4000, yearly=2, seed=3)
    one = fleet.judge().channels["hardware"]

    spread = fit_mixture(one.observed, one.expected)
    judged = posterior.judge(one.observed, one.expected, spread=spread)

    by_gamma = posterior.judge(one.observed, one.expected, spread=Spread.gamma(one.shape))
    chosen, named_by_gamma = select(judged.probability, rate=0.05), select(by_gamma.probability, rate=0.05)
    bad = spread.weights[spread.means > 2].sum()
    assert spread.weights.sum() == pytest.approx(1)
    assert bad == pytest.approx(0.05, abs=0.02)
    assert chosen.sum() > named_by_gamma.sum()
    assert (fleet.theta[chosen] <= 1.5).mean() <= 0.08


def test_how_bad_lemons_are_is_known_where_a_device_has_less_than_an_incident() -> None:
    random = np.random.default_rng(11)
    held = named = 0
    seen, true = [], []
    for _ in range(12):
        theta = np.where(random.random(1000) < 0.05, random.uniform(3, 8, 1000), 0.763)
        expected = random.uniform(0.2, 1.2, 1000)
        observed = random.poisson(expected * theta)

        spread = fit_mixture(observed, expected)
        judged = posterior.judge(observed, expected, spread=spread)
        chosen = np.flatnonzero(select(judged.probability, rate=0.1))
        low, high = posterior.interval(observed[chosen], expected[chosen], spread=spread)

        held += int(((low <= theta[chosen]) & (theta[chosen] <= high)).sum())
        named += len(chosen)
        seen += judged.ratio[chosen].tolist()
        true += theta[chosen].tolist()

    assert named > 100
    assert held / named >= 0.85
    assert np.mean(seen) == pytest.approx(np.mean(true), rel=0.12)


def test_a_long_tail_is_held_for_possible() -> None:
    random = np.random.default_rng(7)
    theta = make_theta("lognormal", 4000, random)
    expected = random.uniform(0.5, 4, len(theta))
    observed = random.poisson(expected * theta)

    spread = fit_mixture(observed, expected)

    beyond = spread.weights @ scipy.special.gammaincc(spread.shapes, spread.shapes / spread.means * 5)
    assert beyond == pytest.approx((theta > 5).mean(), rel=0.5)


def test_what_is_not_known_of_peers_is_no_unlikeness() -> None:
    random = np.random.default_rng(5)
    expected = np.full(5000, 4.0)
    observed = random.poisson(expected * np.exp(random.normal(0, 0.4, 5000)))

    plain, told = (fit_mixture(observed, expected, doubt=one) for one in (None, np.full(5000, 0.4)))

    variance = [one.weights @ one.means**2 - (one.weights @ one.means) ** 2 for one in (plain, told)]
    assert variance[1] < 0.5 * variance[0]


def test_the_spread_of_twins_is_one_value() -> None:
    random = np.random.default_rng(5)
    expected = np.full(5000, 2.0)

    spread = fit_mixture(random.poisson(expected * make_theta("null", 5000, random)), expected)

    assert spread.means @ spread.weights == pytest.approx(1, abs=0.05)
    assert spread.weights[(spread.means > 0.75) & (spread.means < 1.35)].sum() > 0.9


def test_a_spread_comes_back_as_it_was_told() -> None:
    fleet = make_fleet("lemons", devices=1000, yearly=2, seed=3)
    spread = fleet.judge().channels["hardware"].spread
    observed, expected = np.arange(9), np.full(9, 1.3)

    told = Spread.read(json.loads(json.dumps(spread.tell())))

    assert told is not None
    assert len(told.weights) > 1
    assert Spread.read(None) is None
    assert posterior.judge(observed, expected, spread=told).probability == pytest.approx(
        posterior.judge(observed, expected, spread=spread).probability, abs=1e-4
    )


@given(counts, expectations, st.floats(0.05, 1))
def test_doubt_of_the_peers_lies_between_what_its_ends_would_say(observed: int, expected: float, doubt: float) -> None:
    seen, due = np.array([observed]), np.array([expected])
    spread = Spread.gamma(1.5)

    unsure = float(posterior.judge(seen, due, spread=spread, doubt=np.array([doubt])).probability[0])

    many, few = expected * np.exp(2 * doubt), expected * np.exp(-2 * doubt)
    assert _one(observed, many, 1.5)[1] - 1e-9 <= unsure <= _one(observed, few, 1.5)[1] + 1e-9


def test_an_interval_of_a_mixture_holds_what_its_own_posterior_gives_it() -> None:
    fleet = make_fleet("lemons", devices=1000, yearly=2, seed=4)
    one = fleet.judge().channels["hardware"]

    low, high = posterior.interval(one.observed, one.expected, spread=one.spread)

    above_low = [
        posterior.judge(one.observed[[at]], one.expected[[at]], spread=one.spread, threshold=float(low[at]))
        for at in range(30)
    ]
    assert (low < high).all()
    assert [float(found.probability[0]) for found in above_low] == pytest.approx([0.95] * 30, abs=0.01)


@pytest.mark.parametrize("doubt", [0.0, 0.3])
def test_devices_with_spreads_of_their_own_have_the_intervals_they_would_have_alone(doubt: float) -> None:
    observed, expected, doubts = np.array([1, 4]), np.array([1.0, 0.8]), np.full(2, doubt)
    own = Spread(weights=np.ones(1), means=np.array([[1.0], [2.0]]), shapes=np.array([[2.0], [5.0]]))

    low, high = posterior.interval(observed, expected, spread=own, doubt=doubts)

    for at, (mean, shape) in enumerate([(1.0, 2.0), (2.0, 5.0)]):
        alone = Spread(weights=np.ones(1), means=np.array([mean]), shapes=np.array([shape]))
        one = posterior.interval(observed[[at]], expected[[at]], spread=alone, doubt=doubts[[at]])
        assert (low[at], high[at]) == pytest.approx((one[0][0], one[1][0]), rel=0.02)

"""Where a chance crosses its level is found as halving alone finds it, whatever the chances look like."""

import numpy as np
import scipy
from hypothesis import given
from hypothesis import strategies as st

from rollcall_collector.judge.arrays import Floats, Ints
from rollcall_collector.judge.failures.crossing import Chance, halve

_HALVINGS = 40


def _by_halving(chance: Chance, level: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    everyone = np.arange(len(level))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_over = chance(everyone, middle) > level
        low, high = np.where(is_over, middle, low), np.where(is_over, high, middle)
    return low, high


@given(st.integers(0, 10_000))
def test_tails_of_mixtures_are_crossed_where_halving_says(seed: int) -> None:
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.ones(5), size=20)
    shapes, rates = np.exp(random.normal(0, 2.5, size=(2, 20, 5)))
    level, low, high = random.uniform(0.001, 0.999, 20), np.full(20, np.log(1e-9)), np.full(20, np.log(1e3))

    def chance(those: Ints, log: Floats) -> Floats:
        tails = scipy.special.gammaincc(shapes[those], rates[those] * np.exp(log)[:, None])
        return np.asarray((weights[those] * tails).sum(axis=1), dtype=np.float64)

    found = halve(chance, level, low, high, halvings=_HALVINGS)

    assert np.array_equal(found, _by_halving(chance, level, low, high))


def test_a_step_is_found_and_who_never_crosses_stays_at_an_end() -> None:
    steps = np.array([0.3, 0.7, -1.0, 2.0])
    level, low, high = np.full(4, 0.5), np.zeros(4), np.ones(4)

    def chance(those: Ints, at: Floats) -> Floats:
        return np.where(at < steps[those], 1.0, 0.0)

    found = halve(chance, level, low, high, halvings=_HALVINGS)

    assert np.array_equal(found, _by_halving(chance, level, low, high))
    assert found[1][2] < 1e-11
    assert found[0][3] > 1 - 1e-11


def test_few_chances_are_asked_for() -> None:
    asked = 0
    level, low, high = np.full(100, 0.95), np.full(100, -20.0), np.full(100, 7.0)
    shapes = np.linspace(0.5, 30, 100)

    def chance(those: Ints, log: Floats) -> Floats:
        nonlocal asked
        asked += len(those)
        return np.asarray(scipy.special.gammaincc(shapes[those], np.exp(log)), dtype=np.float64)

    halve(chance, level, low, high, halvings=_HALVINGS)

    assert asked < 100 * _HALVINGS / 2

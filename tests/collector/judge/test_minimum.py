"""The least of a function is found where SciPy finds it, to the last bit: older judgings were made with its numbers."""

import math
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from rollcall_collector.judge.minimum import least

_numbers = st.floats(-5, 5)


@given(st.tuples(_numbers, _numbers, _numbers), _numbers, st.floats(0.01, 10), st.sampled_from((1e-5, 1e-4, 0.05)))
def test_it_is_where_scipy_has_it(abc: tuple[float, float, float], low: float, width: float, within: float) -> None:
    a, b, c = abc
    losses: tuple[Callable[[float], float], ...] = (
        lambda x: a * x**4 + b * x**2 + c * x,
        lambda x: abs(x - a),
        lambda x: math.cos(a * x) + b * x,
        lambda x: round(c * x, 1),
    )

    found = [least(loss, low, low + width, within=within) for loss in losses]

    bounds = (low, low + width)
    assert found == [
        minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": within}).x for loss in losses
    ]

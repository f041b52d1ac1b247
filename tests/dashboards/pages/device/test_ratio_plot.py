"""A device is drawn and said beside its peers."""

import pytest

from rollcall_collector.model.judgement import Judgement
from rollcall_dashboards.pages.device import ratio_plot


def _judgement(**changed: object) -> Judgement:
    known: dict[str, object] = {
        "device": 1,
        "channel": "any",
        "observed": 8,
        "weeks": 6,
        "expected": 1.93,
        "ratio": 2.71,
        "low": 1.52,
        "high": 4.4,
        "probability": 0.953,
        "forecast_yearly": 4.1,
    }
    return Judgement(**{**known, **changed})  # type: ignore[arg-type]  # fields of the dataclass


def test_a_device_beside_its_peers_is_said_in_one_line() -> None:
    assert ratio_plot.say(_judgement()) == "8 seen, 1.9 expected, 2.7 times its peers (1.5 to 4.4)"
    assert ratio_plot.say(_judgement(expected=0.03, low=0.01)) == (
        "8 seen, under 0.1 expected, 2.7 times its peers (under 0.1 to 4.4)"
    )
    assert ratio_plot.say(_judgement(low=None, high=None)) == "8 seen, 1.9 expected, 2.7 times its peers"


def test_the_scale_is_logarithmic_and_what_lies_beyond_is_drawn_at_its_end() -> None:
    assert ratio_plot.at(1) - ratio_plot.at(0.1) == pytest.approx(ratio_plot.at(10) - ratio_plot.at(1))
    assert (ratio_plot.at(0.0001), ratio_plot.at(50)) == (2, 98)


def test_a_dot_is_filled_only_where_the_whole_interval_lies_above_its_peers() -> None:
    above, across = (str(ratio_plot.draw(_judgement(low=low), 1.5)) for low in (1.1, 0.9))

    assert 'class="dot"' in above
    assert 'class="dot open"' in across


def test_an_interval_that_leaves_the_scale_has_no_cap_there() -> None:
    inside, beyond = (str(ratio_plot.draw(_judgement(low=low), 1.5)) for low in (0.5, 0.01))

    assert (inside.count('class="cap"'), beyond.count('class="cap"')) == (2, 1)


def test_a_kind_in_which_nothing_was_seen_is_not_drawn() -> None:
    drawn = ratio_plot.compare([_judgement(), _judgement(channel="storage", observed=0, low=0.01, high=0.1)], 1.5)

    assert drawn is not None
    assert len(drawn.rows) == 1
    assert ratio_plot.compare([_judgement(observed=0)], 1.5) is None

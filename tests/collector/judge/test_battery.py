"""Batteries are judged by their trend, with an interval, and never past the knee."""

import numpy as np
import pytest

from rollcall_collector.judge.battery import BatteryOutlook, judge_batteries, since_replacement

NAN = float("nan")


def _fleet(loss: list[float], *, months: int = 14, start: float = 0.95, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    return start - np.array(loss)[:, None] * np.arange(months) + random.normal(0, 0.004, (len(loss), months))


def _judge(health: np.ndarray, *, hours: float = 5.0) -> BatteryOutlook:
    devices = len(health)
    return judge_batteries(
        health,
        np.zeros(devices, dtype=np.int64),
        full_wh=np.full(devices, 10 * hours),
        drain_watts=np.full(devices, 10.0),
    )


def test_the_loss_is_found_again() -> None:
    losses = [0.004] * 20 + [0.009] * 20 + [0.012] * 3

    outlook = _judge(_fleet(losses))

    assert np.abs(outlook.loss - losses).max() < 0.002


def test_the_weak_and_short_are_due_and_the_weak_alone_are_watched() -> None:
    health = _fleet([0.012] * 4 + [0.002] * 30)

    short, long = _judge(health, hours=5), _judge(health, hours=9)

    assert np.flatnonzero(short.is_due).tolist() == [0, 1, 2, 3]
    assert not long.is_due.any()
    assert np.flatnonzero(long.is_watched).tolist() == [0, 1, 2, 3]


def test_an_unknown_run_time_makes_nothing_due() -> None:
    health = _fleet([0.012] * 4)

    outlook = judge_batteries(
        health, np.zeros(4, dtype=np.int64), full_wh=np.full(4, 30.0), drain_watts=np.full(4, NAN)
    )

    assert not outlook.is_due.any()
    assert outlook.is_watched.all()


def test_nothing_is_foretold_past_the_knee() -> None:
    outlook = _judge(_fleet([0.02] * 5, start=0.9))

    assert outlook.months_left.tolist() == [0] * 5
    assert outlook.probability.tolist() == [1] * 5


def test_the_time_left_comes_with_its_interval() -> None:
    outlook = _judge(_fleet([0.005] * 10, months=10))

    left = (outlook.health - 0.80) / 0.005
    assert (outlook.months_left_low < outlook.months_left).all()
    assert (outlook.months_left < outlook.months_left_high).all()
    assert outlook.months_left == pytest.approx(left, rel=0.25)


def test_a_leap_in_health_is_a_new_battery() -> None:
    health = np.array([[0.70, 0.68, NAN, 0.99, 0.98]])

    kept = since_replacement(health)

    assert np.isnan(kept[0, :3]).all()
    assert kept[0, 3:].tolist() == [0.99, 0.98]


def test_little_is_known_of_a_new_device_or_of_one_without_a_gauge() -> None:
    health = np.vstack([_fleet([0.005] * 3), np.full((1, 14), NAN)])
    health[0, :12] = NAN

    outlook = _judge(health)

    assert np.isnan(outlook.loss[[0, 3]]).all()
    assert np.isnan(outlook.probability[[0, 3]]).all()
    assert not (outlook.is_due | outlook.is_watched)[[0, 3]].any()
    assert outlook.months.tolist()[0::3] == [2, 0]
    assert outlook.model_loss[3] == pytest.approx(0.005, abs=0.002)


def test_one_odd_reading_changes_little() -> None:
    health = _fleet([0.005] * 5)
    odd = health.copy()
    odd[0, 6] = 0.75

    assert _judge(odd).loss[0] == pytest.approx(_judge(health).loss[0], abs=0.001)

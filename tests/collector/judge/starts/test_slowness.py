"""A slow start is told from an update's effect, on made-up fleets with updates rolled out in stages."""

from dataclasses import replace

import numpy as np
import pytest

from rollcall_collector.judge.arrays import Ints
from rollcall_collector.judge.starts.baseline import Boots, StartupTrack, track, usable
from rollcall_collector.judge.starts.slowness import changed_on, first_slow_day, judge_startup, slow_since_day_one
from tests.support.fleets.arrays import MadeBoots, make_boots


def _track(made: MadeBoots, boots: Boots | None = None) -> StartupTrack:
    devices = len(made.cohort)
    return track(usable(boots or made.boots, devices=devices), [made.cohort, np.zeros(devices, dtype=np.int64)])


def _found(made: MadeBoots, boots: Boots | None = None) -> Ints:
    return first_slow_day(_track(made, boots), from_day=0, until_day=made.days)


@pytest.fixture(scope="module")
def fleets() -> list[MadeBoots]:
    return [make_boots(devices=2000, seed=seed) for seed in range(4)]


def test_the_rule_finds_the_slow_and_spares_the_good(fleets) -> None:
    days = [_found(made) for made in fleets]

    false = np.concatenate([found[~made.is_bad] >= 0 for made, found in zip(fleets, days, strict=True)]).mean()
    right = np.concatenate([found[made.is_bad] >= 0 for made, found in zip(fleets, days, strict=True)]).mean()
    print(f"start-up rule: {false:.2%} of good devices named, {right:.1%} of bad ones found")
    assert false <= 0.005
    assert right >= 0.90


def test_without_versions_an_update_looks_like_faults(fleets) -> None:
    made = fleets[0]
    blind = replace(made.boots, version=np.zeros(len(made.boots.device), dtype=np.int64))

    false = (_found(made, blind)[~made.is_bad] >= 0).mean()

    assert false > 0.20


def test_tonights_verdict_agrees_with_the_history(fleets) -> None:
    made = fleets[0]
    tracked = _track(made)

    tonight = judge_startup(tracked, until_day=made.days)

    just_named = first_slow_day(tracked, from_day=made.days - 14, until_day=made.days) == made.days - 1
    assert tonight.is_slow.any()
    assert np.array_equal(tonight.is_slow, just_named)


def test_a_slow_device_is_dated_to_when_it_changed(fleets) -> None:
    made = fleets[1]
    tracked = _track(made)
    slow = np.flatnonzero(judge_startup(tracked, until_day=made.days).is_slow & made.is_bad)

    late = [(changed_on(tracked, int(one)) or 0) - made.onset[one] for one in slow]

    assert len(late) > 10
    assert -10 <= np.median(late) <= 25


def test_one_bad_morning_is_not_a_finding() -> None:
    made = make_boots(devices=200, seed=9, share_bad=0)
    seconds = made.boots.seconds.copy()
    seconds[(made.boots.day == 200)] *= 20

    named = _found(made, replace(made.boots, seconds=seconds)) >= 0

    assert not named.any()


def test_boots_may_come_in_any_order() -> None:
    made = make_boots(devices=100, seed=3)
    order = np.random.default_rng(0).permutation(len(made.boots.device))
    mixed = Boots(
        device=made.boots.device[order],
        day=made.boots.day[order],
        order_us=made.boots.order_us[order],
        seconds=made.boots.seconds[order],
        version=made.boots.version[order],
    )

    assert np.array_equal(_found(made), _found(made, mixed))


def test_a_device_slow_since_day_one_is_seen_against_its_peers() -> None:
    made = make_boots(devices=300, seed=4, cohorts=2, share_bad=0)
    seconds = np.where(made.boots.device == 17, made.boots.seconds * 3, made.boots.seconds)
    tracked = _track(made, replace(made.boots, seconds=seconds))

    slow = slow_since_day_one(tracked, made.cohort)

    assert np.flatnonzero(slow).tolist() == [17]
    assert not judge_startup(tracked, until_day=made.days).is_slow[17]


def test_without_boots_nothing_is_said() -> None:
    none = np.zeros(0, dtype=np.int64)
    boots = Boots(device=none, day=none, order_us=none, seconds=none.astype(np.float64), version=none)
    tracked = track(usable(boots, devices=3), [np.zeros(3, dtype=np.int64)])

    judged = judge_startup(tracked, until_day=100)

    assert not judged.is_slow.any()
    assert np.isnan(judged.ratio).all()
    assert changed_on(tracked, 0) is None
    assert not slow_since_day_one(tracked, np.zeros(3, dtype=np.int64)).any()


def test_what_was_before_a_reimage_is_forgotten() -> None:
    made = make_boots(devices=60, seed=5, share_bad=0)
    since = np.full(60, 100)

    tracked = track(usable(made.boots, devices=60, since_day=since), [made.cohort])

    assert tracked.day.min() >= 107


def test_a_device_alone_on_a_new_version_is_not_accused() -> None:
    made = make_boots(devices=40, seed=6, cohorts=1, share_bad=0)
    alone = (made.boots.device == 7) & (made.boots.day > 150)
    boots = replace(
        made.boots,
        version=np.where(alone, 9, made.boots.version),
        seconds=np.where(alone, made.boots.seconds * 2, made.boots.seconds),
    )

    named = _found(made, boots)

    assert named[7] == -1

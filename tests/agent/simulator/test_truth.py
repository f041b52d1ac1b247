"""The truth about the make-believe devices shows in what they say, and its rates are those of the sources."""

import json
import math
import random
from collections import Counter, defaultdict
from pathlib import Path
from statistics import fmean, median

import pytest

from rollcall_agent.simulator.life import priors
from rollcall_agent.simulator.life.device import SPREADS, Device, Spread, draw_theta
from rollcall_agent.simulator.life.history import Life, Told
from rollcall_agent.simulator.truth import should_be_flagged, usual_incidents, write_truth
from rollcall_wire import Boot, Failure, Vitals
from tests.support.fleets.make_believe import LAST, Year, school_year

Lived = tuple[Life, tuple[Told, ...]]


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def year() -> Year:
    return school_year(1000)


def _lived(year: Year) -> list[Lived]:
    return list(zip(year.lives, year.told, strict=True))


def _starts(told: tuple[Told, ...]) -> list[Boot]:
    return [body for _, body in told if isinstance(body, Boot) and body.start_kind == "full"]


def test_a_dying_disk_shows_growing_errors_and_a_sound_one_none(year: Year) -> None:
    dying = 0
    for life, told in _lived(year):
        if life.device.model.storage in ("emmc", "flash"):
            continue
        errors = [body.media_errors or body.reallocated_sectors or 0 for _, body in told if isinstance(body, Vitals)]
        from_day = life.device.nature.dying_disk_from
        if from_day is None:
            assert set(errors) <= {life.device.nature.old_sectors}
        elif sum(at.date() > from_day for at, _ in told) > 40:
            dying += 1
            assert errors[-1] > errors[0] + 10
            assert any(isinstance(body, Failure) and body.channel == "storage" for _, body in told)
    assert dying >= 2


def test_a_slow_device_starts_more_slowly_than_before(year: Year) -> None:
    ratios = []
    for life, told in _lived(year):
        slow_from = life.device.nature.slow_from
        if slow_from is None or life.device.nature.lost_from is not None:
            continue
        versions = {one.version: one.boot_factor for one in year.district.versions[life.device.model.os_line]}
        plain = [
            (one.booted_at.date(), (one.to_login_seconds or 0) / versions[one.os_version or ""])
            for one in _starts(told)
        ]
        before = [seconds for on, seconds in plain if on < slow_from]
        after = [seconds for on, seconds in plain if (on - slow_from).days > 75]
        if len(before) > 10 and len(after) > 10:
            ratios.append(median(after) / median(before))

    assert len(ratios) >= 5
    assert 1.4 < median(ratios) < 1.8


def test_an_update_slows_everybody_alike(year: Year) -> None:
    found = year.district.versions["chromeos"]
    slowed = next(n for n, one in enumerate(found) if n and one.boot_factor > found[n - 1].boot_factor * 1.15)

    seconds: dict[str, list[float]] = {}
    for life, told in _lived(year):
        if life.device.model.name == "Alder Chromebook 314":
            for one in _starts(told):
                seconds.setdefault(one.os_version or "", []).append(one.to_login_seconds or 0)

    assert fmean(seconds[found[slowed].version]) > 1.1 * fmean(seconds[found[slowed - 1].version])


def test_one_bad_update_hits_a_whole_model_and_no_other(year: Year) -> None:
    (bad,) = [one for found in year.district.versions.values() for one in found if one.bad_for]
    crashes: Counter[bool] = Counter()
    days: Counter[bool] = Counter()
    for life, told in _lived(year):
        if life.device.model.name != bad.bad_for:
            assert life.seen.bad_update_from is None
            continue
        begins, ends = life.seen.bad_update_from, life.seen.bad_update_until
        if begins is None or ends is None:
            continue
        for on in {at.date() for at, _ in told}:
            days[begins <= on < ends] += 1
        for at, body in told:
            if isinstance(body, Failure) and body.channel == "crash":
                crashes[begins <= at.date() < ends] += 1

    assert sum(life.seen.bad_update_from is not None for life in year.lives) > 80
    assert crashes[True] / days[True] > 5 * crashes[False] / days[False]


def test_versions_are_rolled_out_in_stages(year: Year) -> None:
    (bad,) = [one for found in year.district.versions.values() for one in found if one.bad_for]

    begins = {life.seen.bad_update_from for life in year.lives if life.seen.bad_update_from}

    assert len(begins) >= 5
    assert all(0 <= (on - bad.on).days <= 20 for on in begins)


def test_lemons_fail_several_times_as_often(year: Year) -> None:
    incidents: dict[bool, list[int]] = {True: [], False: []}
    for life in year.lives:
        if life.device.model.platform != "ipados":
            own = sum(count for cause, count in life.incidents.items() if cause != "bad_update")
            incidents[life.device.nature.theta > 2].append(own)

    assert 0.02 < len(incidents[True]) / (len(incidents[True]) + len(incidents[False])) < 0.08
    assert 3.5 < fmean(incidents[True]) / fmean(incidents[False]) < 12


@pytest.mark.parametrize("spread", SPREADS)
def test_thetas_have_mean_one_under_every_spread(spread: Spread) -> None:
    drawn = [draw_theta(spread, random.Random(number)) for number in range(20_000)]

    assert fmean(drawn) == pytest.approx(1.0, abs=0.04)


def test_crash_rates_are_those_of_the_sources(year: Year) -> None:
    for platform, rate in priors.CRASHES_A_YEAR.items():
        lives = [life for life in year.lives if life.device.model.platform == platform]
        expected = sum(
            rate
            * life.device.nature.theta
            * year.district.model_factors[life.device.model.name]
            * life.seen.active_days
            / priors.ACTIVE_DAYS_A_YEAR
            for life in lives
        )
        found = sum(life.incidents.get("crash", 0) for life in lives)
        assert abs(found - expected) <= 4 * math.sqrt(expected)


def test_damage_is_within_what_districts_report() -> None:
    shares = []
    for seed in range(12):
        year = school_year(100, seed=seed)
        devices: list[Device] = [life.device for life in year.lives]
        damaged = sum(isinstance(body, Failure) and body.channel == "damage" for told in year.told for _, body in told)
        shares.append(damaged / len(devices))

    assert 0.03 <= median(shares) <= 0.30


def test_starts_take_as_long_as_the_sources_say(year: Year) -> None:
    medians = {}
    for platform in ("chromeos", "windows", "linux"):
        taken = [
            one.to_login_seconds or 0
            for life, told in _lived(year)
            if life.device.model.platform == platform
            for one in _starts(told)
        ]
        medians[platform] = median(taken)

    assert 8 <= medians["chromeos"] <= 14
    assert 15 <= medians["windows"] <= 36
    assert 10 <= medians["linux"] <= 25


def test_batteries_fade_and_few_are_worn(year: Year) -> None:
    lives = [life for life in year.lives if life.device.model.design_wh]
    worn = sum(life.seen.battery_under_60_from is not None for life in lives)
    fading = sum(life.seen.battery_under_80_from is not None for life in lives)

    for told in year.told:
        full = [(at, body.battery_full_wh) for at, body in told if isinstance(body, Vitals) and body.battery_full_wh]
        if len({at.date() for at, _ in full}) > 100:
            assert fmean(wh for _, wh in full[-40:]) < fmean(wh for _, wh in full[:40])
    assert 0.002 < worn / len(lives) < 0.05
    assert 0.02 < fading / len(lives) < 0.15


def test_repeats_of_one_fault_stay_within_seventy_two_hours_of_school(year: Year) -> None:
    recorded = Counter(
        body.channel
        for told in year.told
        for _, body in told
        if isinstance(body, Failure) and body.channel == "hardware"
    )
    incidents = sum(life.incidents.get("hardware", 0) for life in year.lives)

    assert 1.2 < recorded["hardware"] / incidents < 1.7


def test_the_truth_file_says_what_is_wrong_with_whom(year: Year, tmp_path: Path) -> None:
    path = tmp_path / "truth.json"

    write_truth(path, year.district, year.lives, {0: "d-0123456789ab"})

    told = json.loads(path.read_text())
    by_serial = {one["serial_number"]: one for one in told["devices"]}
    assert len(by_serial) == 1000
    assert told["devices"][0]["device_id"] == "d-0123456789ab"
    assert told["district"]["last"] == LAST.isoformat()
    assert [one["model"] for one in told["district"]["bad_updates"]] == ["Maple Book 14"]
    for life in year.lives:
        one = by_serial[life.device.serial_number]
        assert one["should_be_flagged"] == list(should_be_flagged(life))
        assert ("failing_disk" in one["should_be_flagged"]) == (one["failing_disk_from"] is not None)
        assert one["active_days"] == life.seen.active_days


def test_the_truth_file_tells_the_rates_that_incidents_are_drawn_from(year: Year) -> None:
    expected: defaultdict[str, float] = defaultdict(float)
    found: Counter[str] = Counter()
    for life in year.lives:
        active = life.seen.active_days * life.device.nature.theta / 100
        for channel, usual in usual_incidents(year.district, life.device).items():
            expected[channel] += usual * active
        found.update({channel: count for channel, count in life.incidents.items() if channel != "bad_update"})

    assert set(expected) == {"crash", "hardware", "thermal", "update"}
    for channel, rate in expected.items():
        assert abs(found[channel] - rate) <= 4 * math.sqrt(rate)


def test_a_bad_update_or_an_accident_alone_flags_nobody(year: Year) -> None:
    for life in year.lives:
        nature = life.device.nature
        if nature.theta <= 1.5 and not (nature.dying_disk_from or nature.slow_from or nature.lost_from):
            assert set(should_be_flagged(life)) <= {"worn_battery", "fading_battery"}

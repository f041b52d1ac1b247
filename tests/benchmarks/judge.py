"""How long judging takes from ten thousand to a million devices with two years of history, and how much memory."""

import resource
import time
from dataclasses import dataclass

import numpy as np

from rollcall_collector.judge.arrays import DAY_US
from rollcall_collector.judge.failures.cohort import choose_peers
from rollcall_collector.judge.failures.exposure import Exposure
from rollcall_collector.judge.failures.incidents import fold_fleet
from rollcall_collector.judge.failures.reliability import judge_fleet
from rollcall_collector.judge.starts.baseline import Boots, track, usable
from rollcall_collector.judge.starts.slowness import judge_startup

UNTIL = 20_000  # the day judged on, in days since 1970-01-01
WINDOW = 730
SIZES = (10_000, 25_000, 100_000, 1_000_000)
BOUNDS = {25_000: 5.0, 1_000_000: 60.0}  # seconds, on one core
MEMORY_BOUND = 4.0  # gigabytes, at a million devices


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """A made-up fleet: failures unfolded, channels 0 (hardware) and 1 (crash), a few repeated within hours."""

    device: np.ndarray
    channel: np.ndarray
    time_us: np.ndarray
    exposure: Exposure
    levels: list[np.ndarray]


def make_fleet(devices: int, seed: int = 1) -> Fleet:
    """Two years of a staggered fleet with 1.3 incidents a device and year, in 40-device to 4,000-device cohorts."""
    random = np.random.default_rng(seed)
    cohorts = max(12, devices // 2_000)
    platform_of, model_of = np.arange(cohorts) % 4, np.arange(cohorts) % max(4, cohorts // 3)
    cohort = random.integers(0, cohorts, devices)
    theta = random.gamma(1.5, 1 / 1.5, devices)
    came = random.integers(0, WINDOW - 60, devices) * (random.random(devices) < 0.5)
    days = np.arange(25) * 30
    served = np.clip(WINDOW - came[:, None] - days, 0, 30).astype(np.float32)
    served *= 0.5
    parts = []
    for channel, yearly in ((0, 0.5), (1, 0.8)):
        count = random.poisson(theta * yearly * served.sum(axis=1) / 365.25)
        device = np.repeat(np.arange(devices), count)
        at = UNTIL * DAY_US - (random.random(len(device)) * (WINDOW - came[device]) * DAY_US).astype(np.int64)
        again = random.random(len(device)) < 0.3
        parts.append((device, channel, at))
        parts.append((device[again], channel, at[again] + 3_600_000_000))
    return Fleet(
        device=np.concatenate([device for device, _, _ in parts]),
        channel=np.concatenate([np.full(len(device), channel) for device, channel, _ in parts]),
        time_us=np.concatenate([at for _, _, at in parts]),
        exposure=served,
        levels=[cohort, model_of[cohort], platform_of[cohort]],
    )


def make_boots(devices: int, *, days: int, seed: int = 2) -> Boots:
    """One boot on half of the days, two operating system versions, in the order a store would give them."""
    random = np.random.default_rng(seed)
    device, day = np.nonzero(random.random((devices, days), dtype=np.float32) < 0.5)
    switched = random.integers(days // 3, days // 2, devices)
    version = (day >= switched[device]).astype(np.int64)
    usual = random.normal(3.4, 0.2, devices)
    seconds = np.exp(usual[device] + 0.2 * random.standard_normal(len(device)) + 0.2 * version)
    day += UNTIL - days
    return Boots(device=device, day=day, order_us=day * DAY_US, seconds=seconds, version=version)


def judge_all(fleet: Fleet) -> tuple[int, int]:
    """Everything from raw failures to the two lists; how many were named on each."""
    folded = fold_fleet(fleet.device, fleet.channel, fleet.time_us)
    day = folded.start_us // DAY_US
    incidents = {
        name: (folded.device[folded.channel == code], day[folded.channel == code])
        for code, name in enumerate(("hardware", "crash"))
    }
    peers = choose_peers(fleet.levels, fleet.exposure.sum(axis=1, dtype=np.float64))
    in_service = np.ones(len(fleet.exposure), dtype=np.bool_)
    judged = judge_fleet(fleet.exposure, peers, incidents, until_day=UNTIL, in_service=in_service)
    return int(judged.replace.sum()), int(judged.watch.sum())


def main() -> None:
    """Print seconds, growth and memory for each size; raise AssertionError where a bound is broken."""
    spent: dict[int, float] = {}
    print(
        f"{'devices':>10}{'failures':>11}{'judged in s':>13}{'us/device':>11}{'replace':>9}{'watch':>8}{'peak GB':>9}"
    )
    for devices in SIZES:
        fleet = make_fleet(devices)
        began = time.process_time()
        replace, watch = judge_all(fleet)
        seconds = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        failures = len(fleet.device)
        print(
            f"{devices:>10,}{failures:>11,}{seconds:>13.2f}{seconds / devices * 1e6:>11.1f}"
            f"{replace:>9,}{watch:>8,}{peak:>9.2f}"
        )
        spent[devices] = seconds
        assert seconds <= BOUNDS.get(devices, 60.0)
        assert peak <= MEMORY_BOUND
        del fleet
    for devices, days in ((25_000, WINDOW), (200_000, 120)):
        boots = make_boots(devices, days=days)
        peers = np.arange(devices) % 40
        began = time.process_time()
        slow = judge_startup(track(usable(boots, devices=devices), [peers, peers % 4]), until_day=UNTIL).is_slow
        seconds = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"start-up: {devices:,} devices, {len(boots.device):,} boots in {seconds:.2f} s, "
            f"{int(slow.sum())} named, peak {peak:.2f} GB"
        )
        assert seconds + (spent.get(devices) or 0.0) <= BOUNDS.get(devices, 60.0)


if __name__ == "__main__":
    main()

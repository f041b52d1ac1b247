"""A bad version of the system is expected of whoever runs it; a device's months are shared out among its versions."""

import numpy as np
import pytest

from rollcall_collector.judge.failures.channel import judge_channel
from rollcall_collector.judge.failures.cohort import choose_peers
from rollcall_collector.judge.failures.exposure import Exposure
from rollcall_collector.judge.failures.shocks import name_shocks
from rollcall_collector.judge.failures.versions import VersionSplit, split_by_version
from rollcall_collector.judge.parameters import Parameters

UNTIL = 20_000
PARAMETERS = Parameters()


def _exposure(devices: int, *, months: int = 12, days: float = 20) -> Exposure:
    exposure = np.zeros((devices, PARAMETERS.bins), dtype=np.float32)
    exposure[:, :months] = days
    return exposure


def _split(exposure: Exposure, device: list[int], version: list[int], bins: list[int]) -> VersionSplit:
    everybody = np.zeros(len(exposure), dtype=np.int64)
    return split_by_version(
        exposure, (everybody, everybody, everybody), np.array(device), np.array(version), np.array(bins)
    )


def test_every_month_of_a_device_is_shared_out_whole() -> None:
    exposure = _exposure(3)

    # Device 0 ran two versions in month 5, none was told in months 0 to 3; device 1 told none at all.
    split = _split(exposure, [0, 0, 0, 0, 2], [7, 7, 7, 9, 7], [5, 5, 5, 5, 0])

    shared = np.zeros_like(exposure)
    np.add.at(shared, split.owner, split.exposure)
    rows = {
        (int(one), int(which)): row for row, (one, which) in enumerate(zip(split.owner, split.version, strict=True))
    }
    assert np.allclose(shared, exposure)
    assert set(rows) == {(0, 7), (0, 9), (1, -1), (2, 7)}
    assert split.exposure[rows[0, 7], 5] == pytest.approx(15)
    assert split.exposure[rows[0, 9], 5] == pytest.approx(5)
    assert split.row_of[0, 5] == rows[0, 7]
    assert split.exposure[rows[1, -1]].sum() == pytest.approx(240)


def test_a_month_without_a_start_keeps_the_version_known_before() -> None:
    split = _split(_exposure(1), [0, 0], [1, 2], [9, 4])

    version = split.version[split.row_of[0]]

    assert version[:5].tolist() == [2, 2, 2, 2, 2]
    assert version[5:10].tolist() == [1, 1, 1, 1, 1]
    assert version[10:12].tolist() == [1, 1]


def test_starts_outside_the_window_and_untold_versions_are_left_out() -> None:
    split = _split(_exposure(2), [0, 1], [3, -1], [-1, 2])

    assert sorted(split.owner.tolist()) == [0, 1]
    assert split.version.tolist() == [-1, -1]


def test_those_who_got_a_bad_version_early_are_not_accused_of_it() -> None:
    random = np.random.default_rng(1)
    devices = 400
    exposure = _exposure(devices)
    early = np.arange(devices) < 120
    starts = [(device, int(early[device] and month < 6), month) for device in range(devices) for month in range(12)]
    device, version, bins = (np.array(column) for column in zip(*starts, strict=True))
    everybody = np.zeros(devices, dtype=np.int64)
    levels = (everybody, everybody, everybody)
    split = split_by_version(exposure, levels, device, version, bins)
    rate = np.where(early[:, None] & (np.arange(12) < 6)[None, :], 0.5, 0.05)
    struck, month = np.nonzero(random.random((devices, 12)) < rate)
    day = UNTIL - 1 - month * 30 - random.integers(0, 30, len(month))
    peers = choose_peers(levels, exposure.sum(axis=1, dtype=np.float64))

    plain = judge_channel(exposure, peers, struck, day, until_day=UNTIL)
    fair = judge_channel(exposure, peers, struck, day, until_day=UNTIL, split=split)

    assert plain.ratio[early].mean() > 1.4
    assert fair.ratio[early].mean() == pytest.approx(1.0, abs=0.1)
    assert fair.expectation.expected.sum() == pytest.approx(len(day), rel=0.05)
    assert (fair.probability > 0.8).sum() < (plain.probability > 0.8).sum() / 4


def test_the_version_that_struck_a_model_is_named_and_an_old_one_is_not() -> None:
    exposure = _exposure(100)
    group = np.zeros(100, dtype=np.int64)
    new = _split(exposure, [*range(100), *range(100)], [0] * 100 + [1] * 100, [6] * 100 + [2] * 100)
    old = _split(exposure, list(range(100)), [0] * 100, [11] * 100)
    calm = [(device, UNTIL - 1 - 30 * (4 + device % 8)) for device in range(0, 100, 4)]
    struck = [(device, UNTIL - 1 - 75) for device in range(40)]
    device, day = (np.array(column) for column in zip(*calm, *struck, strict=True))

    by_new, by_old = (
        name_shocks("crash", exposure, group, device, day, until_day=UNTIL, parameters=PARAMETERS, split=split)
        for split in (new, old)
    )

    (shock,) = by_new
    assert (shock.from_day, shock.until_day) == (UNTIL - 90, UNTIL - 60)
    assert (shock.devices, shock.incidents, shock.version) == (40, 40, 1)
    assert shock.usual < 4
    assert [one.version for one in by_old] == [None]

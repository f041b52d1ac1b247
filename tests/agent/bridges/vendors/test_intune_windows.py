"""Windows PCs by Intune: what each is, and once a day the starts that Endpoint analytics recorded, each told once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rollcall_agent.bridges.vendors.graph import PAGE_SIZE
from rollcall_agent.bridges.vendors.intune_windows import BRIDGE
from rollcall_agent.bridges.vendors.startups import KEPT, read_startup
from rollcall_wire import Boot, Failure
from tests.support.ipads.vendored import NOW, Vendored, readings
from tests.support.stand_ins.microsoft_graph import KEY, PUBLISHED, Graph, microsoft_graph

HISTORY = "userExperienceAnalyticsDeviceStartupHistory"
DAY = timedelta(days=1)


def pc(number: int) -> dict[str, Any]:
    return {
        "id": f"intune-{number}",
        "serialNumber": f"5CD{number:05d}AB",
        "manufacturer": "Dell Inc.",
        "model": "Latitude 3190",
        "operatingSystem": "Windows",
        "osVersion": "10.0.22631.3155",
        "totalStorageSpaceInBytes": 256_000_000_000,
        "freeStorageSpaceInBytes": 90_000_000_000,
        "lastSyncDateTime": "2026-03-04T08:30:00Z",
    }


def start(number: int, at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{number}-{at:%d%H%M}",
        "deviceId": f"intune-{number}",
        "startTime": at.isoformat().replace("+00:00", ".123Z"),
        "coreBootTimeInMs": 21_500,
        "totalBootTimeInMs": 34_000,
        "operatingSystemVersion": "10.0.22631.3155",
        "restartCategory": "shutdownWithoutUpdate",
        "restartStopCode": "",
        **more,
    }


@pytest.fixture
def graph() -> Iterator[Graph]:
    with microsoft_graph() as running:
        tablet = {
            "id": "t",
            "serialNumber": "DMPX000001AB",
            "model": "iPad (9th generation)",
            "operatingSystem": "iPadOS",
        }
        running.entries["managedDevice"] = [pc(1), pc(2), tablet]
        yield running


@pytest.fixture
def school(tmp_path: Path, graph: Graph) -> Vendored:
    found = Vendored(bridge=BRIDGE, folder=tmp_path)
    found.set_up(KEY, **graph.settings)
    return found


def starts(school: Vendored, **more: Any) -> list[tuple[str | None, datetime]]:
    told = school.round(**more)
    return [
        (one.device.serial_number, body.booted_at) for one in told for body in one.bodies if isinstance(body, Boot)
    ]


def test_a_start_says_how_long_it_took_and_how_the_run_before_ended(school: Vendored, graph: Graph) -> None:
    at = NOW - timedelta(hours=1)
    crashed = start(1, at, restartCategory="blueScreen", restartStopCode="0x0000009F")
    graph.entries[HISTORY] = [crashed, start(9, at)]

    told = school.round()

    assert set(readings(told)) == {"5CD00001AB", "5CD00002AB"}
    ((boot, failure),) = [one.bodies for one in told if any(isinstance(body, Boot) for body in one.bodies)]
    assert isinstance(boot, Boot)
    assert (boot.source, boot.booted_at, boot.to_login_seconds) == ("endpoint_analytics", at, 21.5)
    assert (boot.start_kind, boot.previous_stop, boot.stop_cause, boot.stop_code) == (
        "full", "unclean", "crash", "0x0000009F",
    )  # fmt: skip
    assert failure == Failure(channel="crash", code="stop_error", occurred_at=at, evidence={"stop_code": 159.0})


def test_every_category_that_graph_may_tell_is_understood() -> None:
    ends = {}
    for category in PUBLISHED["restartCategory"]:
        startup = read_startup(start(1, NOW, restartCategory=category, restartStopCode="159"))
        assert startup is not None
        boot = startup.bodies("5CD00001AB")[0]
        assert isinstance(boot, Boot)
        ends[category] = f"{boot.start_kind}, {boot.previous_stop}, {boot.stop_cause}, {boot.stop_code}"

    assert ends == {
        "unknown": "unknown, unknown, unknown, None",
        "restartWithUpdate": "full, clean, update, None",
        "restartWithoutUpdate": "full, clean, user, None",
        "blueScreen": "full, unclean, crash, 0x0000009F",
        "shutdownWithUpdate": "unknown, clean, update, None",
        "shutdownWithoutUpdate": "unknown, clean, user, None",
        "longPowerButtonPress": "full, unclean, power_button_held, None",
        "bootError": "full, unclean, unknown, None",
        "update": "full, clean, update, None",
        "unknownFutureValue": "unknown, unknown, unknown, None",
    }


def test_each_start_is_told_once_also_one_that_comes_late_over_two_pages(school: Vendored, graph: Graph) -> None:
    of_all = [start(1, NOW - timedelta(hours=hours)) for hours in range(2, KEPT)]
    of_others = [start(2 + number % 3, NOW - timedelta(minutes=number)) for number in range(PAGE_SIZE)]
    graph.entries[HISTORY] = [*of_all, *of_others]
    first = starts(school)
    graph.entries[HISTORY] = [*graph.entries[HISTORY], start(1, NOW - timedelta(minutes=150))]

    too_early = starts(school, now=NOW + timedelta(hours=2))
    a_day_later = starts(school, now=NOW + DAY)
    anew = starts(school, now=NOW + DAY, anew=True)

    assert len(first) == len(set(first)) == len(of_all) + sum(number % 3 == 0 for number in range(PAGE_SIZE))
    assert too_early == []
    assert a_day_later == [("5CD00001AB", NOW - timedelta(minutes=150))]
    assert len(anew) == len(first) + 1


def test_the_fleet_is_told_though_nobody_switched_analytics_on(school: Vendored) -> None:
    told = school.round()

    assert len(readings(told)) == 2
    assert starts(school, now=NOW + DAY) == []


def test_what_is_no_start_is_left_out_and_what_is_not_believable_is_not_measured() -> None:
    strange = read_startup(start(1, NOW, coreBootTimeInMs=-1, restartCategory="blueScreen", restartStopCode="?"))

    assert strange is not None
    assert (strange.seconds, strange.code) == (None, None)
    assert [read_startup(one) for one in (None, {}, start(1, NOW) | {"startTime": "yesterday"})] == [None] * 3

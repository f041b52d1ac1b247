"""Jamf School: one list, asked for with the network's id and key; a reading counts once, at Jamf School's own instant."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rollcall_agent.bridges.vendors.jamf_school import BRIDGE
from rollcall_agent.errors import ComeBackLaterError
from tests.support.ipads.vendored import NOW, Vendored, readings
from tests.support.stand_ins.vendor_service import Asked, Reply, VendorService, vendor_service

KEY = "a-key-of-the-school"
IPAD: dict[str, Any] = {
    "UDID": "00008030-000A1B2C3D4E5F60",
    "serialNumber": "DMPX000001AB",
    "name": "Maja's iPad",
    "owner": {"username": "maja", "email": "maja@example.org"},
    "model": {"name": "iPad (9th generation)", "identifier": "iPad12,1", "type": "iPad"},
    "os": {"prefix": "iOS", "version": "18.5"},
    "batteryLevel": 0.81,
    "totalCapacity": 64.0,
    "availableCapacity": 5.5,
    "lastCheckin": "2026-03-04 08:31:00",
    "modified": "2026-03-04 08:30:00",
    "assetTag": "Cart B 07",
    "groups": ["Year 7"],
    "notes": "belongs to Maja",
    "inTrash": False,
}
DEVICES: list[dict[str, Any]] = []


def answer(asked: Asked) -> Reply:
    assert (asked.method, asked.path, asked.query) == ("GET", "/api/devices", {})
    assert asked.headers["x-server-protocol-version"] == "3"
    if asked.headers["authorization"] != "Basic " + base64.b64encode(f"12345:{KEY}".encode()).decode():
        return 401, {}, {"code": 401, "message": "AuthenticationFailed"}
    return 200, {}, {"code": 200, "count": len(DEVICES), "devices": DEVICES}


@pytest.fixture
def service() -> Iterator[VendorService]:
    DEVICES[:] = [IPAD]
    with vendor_service(answer) as running:
        yield running


@pytest.fixture
def school(tmp_path: Path, service: VendorService) -> Vendored:
    found = Vendored(bridge=BRIDGE, folder=tmp_path)
    found.set_up(KEY, url=service.url, network_id="12345")
    return found


def test_what_it_lists_is_told_at_its_own_instant(school: Vendored) -> None:
    (told,) = school.round()

    inventory = told.device.inventory
    assert inventory is not None
    assert (inventory.model, inventory.os_version, inventory.asset_tag) == (
        "iPad (9th generation)",
        "18.5",
        "Cart B 07",
    )
    assert readings([told]) == {"DMPX000001AB": (81.0, 5_500_000_000)}
    assert told.observed_at == datetime(2026, 3, 4, 8, 30, tzinfo=UTC)


def test_a_list_that_says_the_same_again_says_nothing_new(school: Vendored) -> None:
    school.round()
    same = school.round()
    DEVICES[:] = [IPAD | {"lastCheckin": "2026-03-04 08:45:00"}]
    heard = school.round()
    DEVICES[:] = [IPAD | {"modified": "2026-03-04 08:50:00", "batteryLevel": 0.5}]
    fresh = school.round()

    assert [(one.bodies, one.is_heard, one.marks) for one in same] == [((), False, {})]
    assert [(one.bodies, one.is_heard) for one in heard] == [((), True)]
    assert heard[0].observed_at == datetime(2026, 3, 4, 8, 45, tzinfo=UTC)
    assert readings(fresh) == {"DMPX000001AB": (50.0, 5_500_000_000)}


def test_everything_is_told_again_when_the_collector_asks(school: Vendored) -> None:
    school.round()

    assert len(readings(school.round(anew=True))) == 1


def test_other_devices_and_those_in_the_bin_are_left_out(school: Vendored) -> None:
    mac = IPAD | {"serialNumber": "C02XXXXXXXXX", "model": {"identifier": "MacBookAir10,1"}}
    DEVICES[:] = [mac, IPAD | {"inTrash": True}, IPAD | {"serialNumber": ""}, IPAD | {"serialNumber": None}]

    assert school.round() == []


def test_who_uses_an_ipad_is_never_told(school: Vendored) -> None:
    labels = list(BRIDGE.labels(school.folder)) if BRIDGE.labels else []

    assert labels[0].texts == {"asset_tag": "Cart B 07", "groups": "Year 7"}
    assert "maja" not in repr((school.round(), labels)).lower()


@pytest.mark.parametrize(
    "change",
    [
        {"batteryLevel": -1, "availableCapacity": "x", "totalCapacity": None}, {"batteryLevel": True},
        {"batteryLevel": 17}, {"modified": None, "lastCheckin": None}, {"modified": "soon", "lastCheckin": [1]},
        {"os": None, "model": {"identifier": "iPad12,1", "name": 5}},
    ],
)  # fmt: skip
def test_what_cannot_be_is_not_measured(school: Vendored, change: dict[str, Any]) -> None:
    DEVICES[:] = [IPAD | change]

    (told,) = school.round()

    level = readings([told]).get("DMPX000001AB", (None, None))[0]
    assert level in {None, 81.0}
    assert told.device.serial_number == "DMPX000001AB"


def test_a_clock_that_is_ahead_tells_nothing_of_the_future(school: Vendored) -> None:
    DEVICES[:] = [IPAD | {"modified": "2027-01-01 00:00:00"}]

    (told,) = school.round()

    assert told.observed_at == NOW


def test_too_many_questions_are_waited_for_as_long_as_it_says(school: Vendored, service: VendorService) -> None:
    service.replies.append((429, {"retry-after": "17"}, {}))

    with pytest.raises(ComeBackLaterError) as found:
        school.round()

    assert found.value.seconds == 17.0


def test_the_check_says_what_is_wrong(school: Vendored, service: VendorService) -> None:
    well = school.checks()
    school.set_up("another-key", url=service.url, network_id="12345")
    refused = school.checks()
    school.set_up(KEY, url="http://school.example.org", network_id="12345")
    open_line = school.checks()
    school.set_up(KEY, url=service.url)
    lacking = school.checks()

    assert [one.is_fault for one in well] == [False, False]
    assert "the key is not taken" in refused[-1].way_out
    assert "use https" in open_line[-1].way_out
    assert "network_id" in lacking[0].way_out
    assert KEY not in repr((well, refused, open_line, lacking))

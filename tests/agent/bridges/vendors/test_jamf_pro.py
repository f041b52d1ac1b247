"""Jamf Pro: a token by client credentials, and every page of the list with the sections that are needed."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rollcall_agent.bridges.vendors.jamf_pro import BRIDGE, PAGE_SIZE
from tests.support.ipads.vendored import Vendored, readings
from tests.support.stand_ins.vendor_service import Asked, Reply, VendorService, vendor_service

KEY = "a-secret-of-the-client"
COUNT = PAGE_SIZE + 30


PUBLISHED = {
    "general": {
        "udid", "displayName", "assetTag", "siteId", "lastInventoryUpdateDate", "osVersion", "osBuild", "managed",
        "supervised", "lastEnrolledDate", "declarativeDeviceManagementEnabled",
    },
    "hardware": {
        "capacityMb", "availableSpaceMb", "usedSpacePercentage", "batteryLevel", "serialNumber", "model",
        "modelIdentifier", "modelNumber", "deviceId",
    },
    "userAndLocation": {
        "username", "realName", "emailAddress", "position", "phoneNumber", "departmentId", "buildingId", "room",
        "building", "department",
    },
    "purchasing": {"purchased", "leased", "poNumber", "poDate", "warrantyExpiresDate", "leaseExpiresDate"},
}  # fmt: skip
"""Of the fields of a mobile device in Jamf Pro's interface, as jamf-pro-sdk 0.9a1 (PyPI) publishes them."""


def ipad(number: int) -> dict[str, Any]:
    return {
        "mobileDeviceId": str(number),
        "deviceType": "iOS",
        "general": {
            "udid": f"00008030-{number:016X}",
            "displayName": "Maja's iPad",
            "assetTag": "Cart B 07",
            "lastInventoryUpdateDate": "2026-03-04T08:30:00.123Z",
            "osVersion": "18.5",
            "osBuild": "22F76",
        },
        "hardware": {
            "serialNumber": f"DMPX{number:06d}AB",
            "modelIdentifier": "iPad12,1",
            "batteryLevel": 81,
            "capacityMb": 64_000,
            "availableSpaceMb": 5_500,
        },
        "purchasing": {"poDate": "2023-08-15T00:00:00Z", "warrantyExpiresDate": "2026-08-14T00:00:00Z"},
        "userAndLocation": {"username": "maja", "emailAddress": "maja@example.org", "room": "12", "building": "Oak"},
    }


def answer(asked: Asked) -> Reply:
    if asked.path == "/api/v1/oauth/token":
        assert asked.method == "POST"
        assert set(asked.body) == {"grant_type", "client_id", "client_secret"}
        assert asked.body["grant_type"] == "client_credentials"
        if asked.body["client_secret"] != KEY:
            return 401, {}, {"errors": []}
        return 200, {}, {"access_token": "a-token", "token_type": "Bearer", "expires_in": 1199}
    assert (asked.method, asked.path) == ("GET", "/api/v2/mobile-devices/detail")
    assert asked.headers["authorization"] == "Bearer a-token"
    assert set(asked.query) == {"section", "page", "page-size"}
    assert asked.query["section"] == ["GENERAL", "HARDWARE", "USER_AND_LOCATION", "PURCHASING"]
    page, size = int(asked.query["page"][0]), int(asked.query["page-size"][0])
    found = [ipad(number) for number in range(COUNT)][page * size : (page + 1) * size]
    return 200, {}, {"totalCount": COUNT, "results": found}


@pytest.fixture
def service() -> Iterator[VendorService]:
    with vendor_service(answer) as running:
        yield running


@pytest.fixture
def school(tmp_path: Path, service: VendorService) -> Vendored:
    found = Vendored(bridge=BRIDGE, folder=tmp_path)
    found.set_up(KEY, url=service.url, client_id="a-client")
    return found


def test_every_page_is_read_and_each_ipad_told_once(school: Vendored, service: VendorService) -> None:
    first, again = school.round(), school.round()

    assert len(first) == len(readings(first)) == COUNT
    assert readings(first)["DMPX000007AB"] == (81.0, 5_500_000_000)
    assert readings(again) == {}
    assert [asked.path for asked in service.asked].count("/api/v2/mobile-devices/detail") == 4


def test_the_stand_in_answers_with_published_fields_alone() -> None:
    for section, published in PUBLISHED.items():
        assert set(ipad(1)[section]) <= published


def test_who_uses_an_ipad_is_never_told(school: Vendored) -> None:
    labels = list(BRIDGE.labels(school.folder)) if BRIDGE.labels else []

    assert labels[0].papers == (date(2023, 8, 15), date(2026, 8, 14), None)
    assert labels[0].texts == {"asset_tag": "Cart B 07", "room": "12", "building": "Oak"}
    assert "maja" not in repr((school.round(), labels)).lower()


def test_a_wrong_secret_and_a_missing_right_are_told_apart(school: Vendored, service: VendorService) -> None:
    service.replies += [(200, {}, {"access_token": "a-token"}), (403, {}, {})]
    forbidden = school.checks()
    school.set_up("another-secret", url=service.url, client_id="a-client")
    refused = school.checks()

    assert "the right to read them" in forbidden[-1].way_out
    assert "the key is not taken" in refused[-1].way_out

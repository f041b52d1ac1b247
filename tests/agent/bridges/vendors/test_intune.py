"""Intune by Microsoft Graph: a token, only the fields that are needed, and every page as far as it stands at Graph."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollcall_agent.bridges.vendors.intune import BRIDGE, FIELDS, PAGE_SIZE, SCOPE
from tests.support.ipads.vendored import Vendored, readings
from tests.support.stand_ins.vendor_service import Asked, Reply, VendorService, vendor_service

KEY = "a-secret-of-the-app"
COUNT = PAGE_SIZE + 20
GRAPH = frozenset(
    {
        "id", "serialNumber", "model", "operatingSystem", "osVersion", "totalStorageSpaceInBytes",
        "freeStorageSpaceInBytes", "lastSyncDateTime", "managedDeviceName", "deviceCategoryDisplayName",
        "userPrincipalName", "emailAddress", "deviceName", "wiFiMacAddress", "enrolledDateTime", "isSupervised",
    }
)  # fmt: skip
"""Of the properties of `managedDevice` in Graph v1.0, those that a bridge might think of."""
NAMING = frozenset({"userPrincipalName", "emailAddress", "deviceName", "managedDeviceName", "wiFiMacAddress"})
NEXT: dict[str, str] = {}


def ipad(number: int) -> dict[str, Any]:
    return {
        "serialNumber": f"DMPX{number:06d}AB",
        "model": "iPad (9th generation)",
        "operatingSystem": "iPadOS",
        "osVersion": "18.5",
        "totalStorageSpaceInBytes": 64_000_000_000,
        "freeStorageSpaceInBytes": 5_500_000_000,
        "lastSyncDateTime": "2026-03-04T08:30:00Z",
        "deviceCategoryDisplayName": "Cart B",
    }


def answer(asked: Asked) -> Reply:
    if asked.path == "/a-tenant/oauth2/v2.0/token":
        assert asked.method == "POST"
        assert asked.body["grant_type"] == "client_credentials"
        assert asked.body["scope"] == SCOPE
        return (200, {}, {"access_token": "a-token"}) if asked.body["client_secret"] == KEY else (401, {}, {})
    assert (asked.method, asked.path) == ("GET", "/v1.0/deviceManagement/managedDevices")
    assert asked.headers["authorization"] == "Bearer a-token"
    assert set(asked.query) <= {"$select", "$top", "$skiptoken"}
    assert set(asked.query["$select"][0].split(",")) <= GRAPH
    first = int(asked.query.get("$skiptoken", ["0"])[0])
    found = [ipad(number) for number in range(COUNT)][first : first + PAGE_SIZE]
    windows = {"serialNumber": "5CD1234ABC", "model": "Latitude 3190", "operatingSystem": "Windows"}
    told: dict[str, Any] = {"value": [*found, windows]}
    if first + PAGE_SIZE < COUNT:
        query = f"$select={asked.query['$select'][0]}&$skiptoken={first + PAGE_SIZE}"
        told["@odata.nextLink"] = f"{NEXT['place']}/v1.0/deviceManagement/managedDevices?{query}"
    return 200, {}, told


@pytest.fixture
def service() -> Iterator[VendorService]:
    with vendor_service(answer) as running:
        NEXT["place"] = running.url
        yield running


@pytest.fixture
def school(tmp_path: Path, service: VendorService) -> Vendored:
    found = Vendored(bridge=BRIDGE, folder=tmp_path)
    found.set_up(KEY, url=service.url, sign_in_url=service.url, tenant="a-tenant", client_id="a-client")
    return found


def test_every_page_is_read_and_each_ipad_told_once(school: Vendored) -> None:
    first, again = school.round(), school.round()

    assert len(first) == len(readings(first)) == COUNT
    assert readings(first)["DMPX000007AB"] == (None, 5_500_000_000)
    assert readings(again) == {}


def test_nothing_that_names_a_pupil_is_asked_for() -> None:
    assert not NAMING & set(FIELDS)


def test_the_token_goes_to_graph_alone(school: Vendored) -> None:
    NEXT["place"] = "http://127.0.0.1:1"

    with pytest.raises(ValueError, match="elsewhere"):
        school.round()


def test_a_storage_of_zero_bytes_is_not_known(school: Vendored, service: VendorService) -> None:
    unknown = ipad(1) | {"totalStorageSpaceInBytes": 0, "freeStorageSpaceInBytes": 0}
    service.replies += [(200, {}, {"access_token": "a-token"}), (200, {}, {"value": [unknown]})]

    (told,) = school.round()

    assert told.bodies == ()
    assert told.is_heard

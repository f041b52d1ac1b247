"""Intune by Microsoft Graph: a token, only the fields that are needed, and every page as far as it stands at Graph."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollcall_agent.bridges.vendors import intune_windows
from rollcall_agent.bridges.vendors.graph import DEVICE_FIELDS, PAGE_SIZE
from rollcall_agent.bridges.vendors.intune import BRIDGE
from tests.support.ipads.vendored import Vendored, readings
from tests.support.stand_ins.microsoft_graph import KEY, Graph, microsoft_graph

COUNT = PAGE_SIZE + 20
NAMING = {"userPrincipalName", "userDisplayName", "userId", "emailAddress", "deviceName", "managedDeviceName", "notes"}
NAMING |= {"wiFiMacAddress", "ethernetMacAddress", "phoneNumber", "imei"}


def ipad(number: int) -> dict[str, Any]:
    return {
        "id": f"intune-{number:04d}",
        "serialNumber": f"DMPX{number:06d}AB",
        "udid": f"00008030-{number:016X}",
        "model": "iPad (9th generation)",
        "operatingSystem": "iPadOS",
        "osVersion": "18.5",
        "totalStorageSpaceInBytes": 64_000_000_000,
        "freeStorageSpaceInBytes": 5_500_000_000,
        "lastSyncDateTime": "2026-03-04T08:30:00Z",
        "deviceCategoryDisplayName": "Cart B",
        "deviceName": "Maja's iPad",
    }


@pytest.fixture
def graph() -> Iterator[Graph]:
    with microsoft_graph() as running:
        laptop = {"id": "pc", "serialNumber": "5CD1234ABC", "model": "Latitude 3190", "operatingSystem": "Windows"}
        running.entries["managedDevice"] = [laptop, *(ipad(number) for number in range(COUNT))]
        yield running


@pytest.fixture
def school(tmp_path: Path, graph: Graph) -> Vendored:
    found = Vendored(bridge=BRIDGE, folder=tmp_path)
    found.set_up(KEY, **graph.settings)
    return found


def test_every_page_is_read_and_each_ipad_told_once(school: Vendored) -> None:
    first, again = school.round(), school.round()

    assert len(first) == len(readings(first)) == COUNT
    assert readings(first)["DMPX000007AB"] == (None, 5_500_000_000)
    assert readings(again) == {}


def test_nothing_that_names_a_pupil_is_asked_for() -> None:
    assert not NAMING & {*DEVICE_FIELDS, *intune_windows.FIELDS}


def test_the_token_goes_to_graph_alone(school: Vendored, graph: Graph) -> None:
    graph.next_place = "http://127.0.0.1:1"

    with pytest.raises(ValueError, match="elsewhere"):
        school.round()


def test_a_storage_of_zero_bytes_is_not_known(school: Vendored, graph: Graph) -> None:
    graph.entries["managedDevice"] = [ipad(1) | {"totalStorageSpaceInBytes": 0, "freeStorageSpaceInBytes": 0}]

    (told,) = school.round()

    assert told.bodies == ()
    assert told.is_heard

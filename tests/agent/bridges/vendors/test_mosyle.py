"""Mosyle Manager: a login, then a hundred iPads at a time with only the columns that are needed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rollcall_agent.bridges.vendors.mosyle import BRIDGE, COLUMNS
from tests.support.ipads.vendored import Vendored, readings
from tests.support.stand_ins.vendor_service import Asked, Reply, VendorService, vendor_service

TOKEN, PASSWORD = "a-token-of-the-school", "a-password"
COUNT, PAGE = 130, 100
READ_AT = int(datetime(2026, 3, 4, 8, 30, tzinfo=UTC).timestamp())


def ipad(number: int) -> dict[str, Any]:
    return {
        "deviceudid": f"00008030-{number:016X}",
        "serial_number": f"DMPX{number:06d}AB",
        "device_model": "iPad12,1",
        "osversion": "18.5",
        "battery": "0.81",
        "total_disk": "64.000000",
        "available_disk": "5.5",
        "date_info": str(READ_AT),
        "date_last_beat": str(READ_AT + 600),
        "asset_tag": "IP-07",
        "tags": "",
        "SharedCartName": "Cart B",
    }


def answer(asked: Asked) -> Reply:
    assert asked.method == "POST"
    assert asked.headers["content-type"] == "application/json"
    assert asked.body["accessToken"] == TOKEN
    if asked.path == "/v2/login":
        assert set(asked.body) == {"accessToken", "email", "password"}
        if asked.body["password"] != PASSWORD:
            return 401, {}, {}
        return 200, {"Authorization": "Bearer a-day-s-token"}, {"UserID": "u"}
    assert asked.path == "/v2/listdevices"
    assert asked.headers["authorization"] == "Bearer a-day-s-token"
    options = asked.body["options"]
    assert set(options) == {"os", "page", "specific_columns"}
    assert (options["os"], options["specific_columns"]) == ("ios", list(COLUMNS))
    first = (options["page"] - 1) * PAGE
    found = [ipad(number) for number in range(COUNT)][first : first + PAGE]
    return 200, {}, {"status": "OK", "response": {"devices": found, "rows": COUNT, "page_size": PAGE}}


@pytest.fixture
def service() -> Iterator[VendorService]:
    with vendor_service(answer) as running:
        yield running


@pytest.fixture
def school(tmp_path: Path, service: VendorService) -> Vendored:
    found = Vendored(bridge=BRIDGE, folder=tmp_path)
    found.set_up(f"{TOKEN}\n{PASSWORD}\n", url=service.url, email="it@example.org")
    return found


def test_every_page_is_read_and_each_ipad_told_once(school: Vendored, service: VendorService) -> None:
    first, again = school.round(), school.round()

    assert len(first) == len(readings(first)) == COUNT
    assert readings(first)["DMPX000007AB"] == (81.0, 5_500_000_000)
    assert first[0].observed_at == datetime.fromtimestamp(READ_AT, UTC)
    assert readings(again) == {}
    assert [asked.path for asked in service.asked] == ["/v2/login", *["/v2/listdevices"] * 3] * 2


def test_the_shared_cart_s_name_is_a_text_for_the_patterns(school: Vendored) -> None:
    labels = list(BRIDGE.labels(school.folder)) if BRIDGE.labels else []

    assert labels[0].texts == {"cart": "Cart B", "asset_tag": "IP-07"}


def test_nothing_that_names_a_pupil_is_asked_for() -> None:
    assert not {"device_name", "username", "useremail", "userid", "wifi_mac_address", "last_ip_beat"} & set(COLUMNS)


def test_the_check_says_what_is_wrong(school: Vendored, service: VendorService) -> None:
    school.set_up("only-one-line", url=service.url, email="it@example.org")
    lacking = school.checks()
    school.set_up(f"{TOKEN}\nanother-password", url=service.url, email="it@example.org")
    refused = school.checks()

    assert "two lines" in lacking[-1].way_out
    assert "the key is not taken" in refused[-1].way_out

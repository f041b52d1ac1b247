"""A device that puts its disk back says so on its page; a name that two devices use stands on Health."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from rollcall_collector.store.instants import to_us
from rollcall_collector.store.publishers.identities import add_device, set_credential
from rollcall_collector.store.tables import boots, copies, devices
from tests.support.browsing import Served, serving
from tests.support.fleets import seed

ME = "d-0123456789ab"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, is_seeded=False) as running:
        with running.engine.begin() as connection:
            key = add_device(connection, {"device_id": ME, "platform": "linux"})
            set_credential(connection, name=ME, device=key, platform=None, secret_hash="$7$", now_us=1)
        yield running


def keep(served: Served, **row: Any) -> None:
    with served.engine.begin() as connection:
        connection.execute(copies.insert(), [{"publisher": 1, **row}])


def page(served: Served, address: str) -> str:
    answer = httpx.get(served.url + address, cookies=served.cookie(), timeout=20)
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


@pytest.mark.parametrize(
    ("platform", "count", "starts", "is_habit"),
    [("linux", 1, 1, False), ("windows", 3, 40, False), ("windows", 40, 41, True), ("macos", 3, 4, True)],
)
def test_the_page_of_a_device_says_that_it_puts_its_disk_back(
    served: Served, platform: str, count: int, starts: int, is_habit: bool
) -> None:
    keep(served, set_backs=count, set_back_us=to_us(seed.NOW))
    start = {"device": 1, "booted_us": 1, "booted_on": 1, "is_day_only": False, "source": "uptime"}
    ended = {"start_kind": "full", "previous_stop": "unknown", "stop_cause": "unknown"}
    with served.engine.begin() as connection:
        connection.execute(update(devices).values(platform=platform))
        connection.execute(boots.insert(), [start | ended | {"boot_id": str(one)} for one in range(starts)])

    html = page(served, f"/devices/{ME}")

    said = "1 time" if count == 1 else f"{count} times"
    assert f"It began again from an older copy of its disk {said}, last" in html
    assert ("It puts its disk back at every start." in html) is is_habit


def test_the_page_of_any_other_device_says_nothing_of_it(served: Served) -> None:
    keep(served, shared=3, shared_us=to_us(seed.NOW))

    assert "older copy" not in page(served, f"/devices/{ME}")


def test_health_names_what_two_devices_share_and_the_way_out(served: Served) -> None:
    keep(served, shared=3, shared_us=to_us(seed.NOW))

    html = page(served, "/health")

    assert "Two devices speak under 1 name</h1>" in html
    assert f'<a href="/devices/{ME}">{ME}</a>' in html
    assert "rollcall-agent enroll URL" in html


def test_health_says_nothing_of_names_that_nobody_shares(served: Served) -> None:
    keep(served, set_backs=9, set_back_us=to_us(seed.NOW))

    assert "under one name" not in page(served, "/health")


def test_health_says_nothing_of_two_people_on_one_chromebook(served: Served) -> None:
    keep(served, shared=3, shared_us=to_us(seed.NOW))
    with served.engine.begin() as connection:
        connection.execute(update(devices).values(platform="chromeos"))

    assert "under 1 name" not in page(served, "/health")

"""The Google bridge from a fake Google over a real broker into a real collector and onto the device's page."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.bridges.machine import BridgeMachine, beside_collector
from tests.support.google.chromebooks import Chromebook, crash
from tests.support.google.fake import FakeGoogle, fake_google, old_refusal
from tests.support.google.service_account import write_key
from tests.support.require import require
from tests.support.wait import wait_for

pytestmark = pytest.mark.mosquitto


@dataclass(kw_only=True)
class Tenant(BridgeMachine):
    """With the school's Google."""

    google: FakeGoogle

    def enroll(self) -> None:
        super().enroll()
        write_key(self.state, self.google.token_uri)


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[Tenant]:
    require("mosquitto")
    with fake_google([], lambda: datetime.now(UTC)) as google, beside_collector(tmp_path) as (url, engine):
        program = [sys.executable, "-m", "tests.support.stand_ins.google_bridge", google.url, str(tmp_path / "agent")]
        yield Tenant(
            folder=tmp_path,
            url=url,
            engine=engine,
            name="google",
            platform="chromeos",
            program=program,
            google=google,
        )
        assert google.faults == []


def mornings(count: int) -> tuple[datetime, ...]:
    """That many starts, the last of them this very day."""
    last = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=4)
    return tuple(last - timedelta(days=days) for days in range(count))[::-1]


def test_a_chromebook_s_starts_come_onto_its_page_and_say_that_google_told_them(tenant: Tenant) -> None:
    fleet = [Chromebook(number, boots_at=mornings(3)) for number in range(3)]
    tenant.google.fleet = fleet
    tenant.google.events = [crash(fleet[0].device_id, datetime.now(UTC) - timedelta(hours=2), "c-1")]
    tenant.enroll()

    with tenant.bridge():
        wait_for(lambda: tenant.ask("SELECT count(*) FROM boots") == 9, seconds=60, what="every start")
        wait_for(lambda: tenant.ask("SELECT count(*) FROM failures") == 1, seconds=20, what="the crash")

    page = tenant.page(f"/devices/{fleet[0].serial}")
    assert "google telemetry" in page
    assert "Told by Google (start-ups, crashes, battery)" in page
    assert "9 s" in page
    assert "Alder Chromebook 311" in page
    assert "os crash" in page
    assert tenant.ask("SELECT count(*) FROM refusals") == 0


def test_the_page_enroll_shows_what_the_running_bridge_s_check_finds_and_the_verb_s_too(tenant: Tenant) -> None:
    tenant.google.fleet = [Chromebook(1, boots_at=mornings(1))]
    tenant.google.scripted["chromeosdevices"] = [old_refusal(403, "accessNotConfigured")] * 50
    tenant.enroll()

    with tenant.bridge():
        wait_for(lambda: tenant.ask("SELECT count(*) FROM bridge_checks") == 1, seconds=60, what="what it found")
    failing = tenant.page("/enroll")
    tenant.google.scripted.clear()
    asked = tenant.run("--check")
    mended = tenant.page("/enroll")

    assert "directory wrong Google refuses (HTTP 403, accessNotConfigured) Admin SDK API is off" in failing
    assert "telemetry may be read; 1 Chromebooks looked at" in failing
    assert (asked.returncode, "collector: its page Add devices shows this" in asked.stdout) == (0, True)
    assert "directory may be read" in mended
    assert "Google refuses" not in mended
    for secret in ("PRIVATE KEY", "ya29"):
        assert secret not in failing + tenant.log + asked.stdout


@pytest.mark.slow
def test_a_bridge_killed_in_the_middle_of_a_district_loses_no_start_and_repeats_none(tenant: Tenant) -> None:
    devices = 2_300
    tenant.google.fleet = [Chromebook(number, boots_at=mornings(2)) for number in range(devices)]
    tenant.enroll()

    for part in (1, 3):
        with tenant.bridge() as running:
            wait_for(lambda: tenant.log.count("round.advanced") >= part, seconds=60, what="some of the batches")  # noqa: B023
            running.kill()
            running.wait(10)
    with tenant.bridge():
        wait_for(lambda: tenant.ask("SELECT count(*) FROM boots") == 2 * devices, seconds=120, what="every start")
        wait_for(lambda: "round.done" in tenant.log, seconds=60, what="the end of the round")

    assert tenant.ask("SELECT count(*) FROM boots") == 2 * devices
    assert tenant.ask("SELECT count(*) FROM devices") == devices
    assert tenant.ask("SELECT count(*) FROM refusals") == 0
    assert "Traceback" not in tenant.log

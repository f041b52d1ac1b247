"""The Google bridge from a fake Google over a real broker into a real collector and onto the device's page."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from rollcall_collector.api.app import create_app
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.identity.tokens import create_token
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import open_database
from tests.support.agents import environment
from tests.support.browsing import services_for
from tests.support.faults.collectors import lent_collector
from tests.support.fleets import seed
from tests.support.google.chromebooks import Chromebook, crash
from tests.support.google.fake import FakeGoogle, fake_google, old_refusal
from tests.support.google.service_account import write_key
from tests.support.reading import words_of
from tests.support.require import ROOT, require
from tests.support.wait import wait_for

pytestmark = pytest.mark.mosquitto


@dataclass(kw_only=True)
class Tenant:
    """A collector, the machine on which the bridge runs, and the school's Google."""

    folder: Path
    url: str
    engine: sa.Engine
    google: FakeGoogle
    session: str

    @property
    def service(self) -> Path:
        return self.folder / "agent/bridges/google"

    def verb(self, *arguments: str) -> list[str]:
        module = "tests.support.stand_ins.google_bridge"
        return [sys.executable, "-m", module, self.google.url, str(self.folder / "agent"), "google", *arguments]

    def ask(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.verb(*arguments),
            cwd=ROOT, env=environment(), input=stdin, text=True, check=False, capture_output=True, timeout=60,
        )  # fmt: skip

    def enroll(self) -> None:
        now = datetime.now(UTC)
        token = create_token(self.engine, Scope.all(), site="Hillside", zone="UTC", now=now, platform="chromeos")
        enrolled = self.ask("enroll", self.url, stdin=token)
        assert enrolled.returncode == 0, enrolled.stderr
        write_key(self.service, self.google.token_uri)

    @contextmanager
    def bridge(self) -> Iterator[subprocess.Popen[str]]:
        """The bridge at work, ended with SIGTERM; its log stands beside the folder."""
        with (self.folder / "bridge.log").open("a") as log:
            running = subprocess.Popen(self.verb(), cwd=ROOT, env=environment(), stdout=log, stderr=log, text=True)
            try:
                yield running
            finally:
                running.send_signal(signal.SIGTERM)
                running.wait(20)

    @property
    def log(self) -> str:
        return (self.folder / "bridge.log").read_text()

    def count(self, query: str) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(sa.text(query)).scalar_one() or 0)

    def page(self, path: str) -> str:
        """A page, as a technician reads it now."""
        services = replace(services_for(self.engine), clock=lambda: datetime.now(UTC))
        server = WebServer(create_app(services), host="127.0.0.1", port=0)
        server.start()
        try:
            with httpx.Client(
                base_url=server.url, cookies={"rollcall": self.session}, follow_redirects=True
            ) as client:
                return words_of(client.get(path).text)
        finally:
            server.stop()


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[Tenant]:
    require("mosquitto")
    database = f"sqlite:///{tmp_path / 'rollcall.sqlite3'}"
    with (
        fake_google([], lambda: datetime.now(UTC)) as google,
        lent_collector(tmp_path, database, enrollments=100) as collector,
    ):
        engine = open_database(database)
        session = seed.sign_in(engine, "Tom", "technician", datetime.now(UTC))
        yield Tenant(folder=tmp_path, url=str(collector["url"]), engine=engine, google=google, session=session)
        engine.dispose()
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
        wait_for(lambda: tenant.count("SELECT count(*) FROM boots") == 9, seconds=60, what="every start")
        wait_for(lambda: tenant.count("SELECT count(*) FROM failures") == 1, seconds=20, what="the crash")

    page = tenant.page(f"/devices/{fleet[0].serial}")
    assert "google telemetry" in page
    assert "Told by Google (start-ups, crashes, battery)" in page
    assert "9 s" in page
    assert "Alder Chromebook 311" in page
    assert "os crash" in page
    assert tenant.count("SELECT count(*) FROM refusals") == 0


def test_the_page_enroll_shows_what_the_running_bridge_s_check_finds_and_the_verb_s_too(tenant: Tenant) -> None:
    tenant.google.fleet = [Chromebook(1, boots_at=mornings(1))]
    tenant.google.scripted["chromeosdevices"] = [old_refusal(403, "accessNotConfigured")] * 50
    tenant.enroll()

    with tenant.bridge():
        wait_for(lambda: tenant.count("SELECT count(*) FROM bridge_checks") == 1, seconds=60, what="what it found")
    failing = tenant.page("/enroll")
    tenant.google.scripted.clear()
    asked = tenant.ask("--check")
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
        wait_for(lambda: tenant.count("SELECT count(*) FROM boots") == 2 * devices, seconds=120, what="every start")
        wait_for(lambda: "round.done" in tenant.log, seconds=60, what="the end of the round")

    assert tenant.count("SELECT count(*) FROM boots") == 2 * devices
    assert tenant.count("SELECT count(*) FROM devices") == devices
    assert tenant.count("SELECT count(*) FROM refusals") == 0
    assert "Traceback" not in tenant.log

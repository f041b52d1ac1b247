"""A broker's certificate that ended: everybody says so, nothing is lost, and a new one is taken while all goes on."""

import sqlite3
import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.agents import ask
from tests.support.brokers.certificates import sign_again
from tests.support.brokers.either import BROKERS
from tests.support.brokers.school_server import ADMIN, SchoolServer, school_server
from tests.support.faults.enrolled_reporter import RATE, Reporter, reporter
from tests.support.reading import heading_of, words_of
from tests.support.wait import wait_for

pytestmark = pytest.mark.slow


def _kept(server: SchoolServer, one: Reporter) -> tuple[int, int]:
    """How many reports of this device are kept, and how many different ones."""
    told = "FROM failures f JOIN publishers p USING (device) WHERE p.name = ? AND f.code = 'app_crash'"
    with closing(sqlite3.connect(server.folder / "var" / "rollcall.sqlite3", timeout=60)) as store:
        query = f"SELECT count(*), count(DISTINCT f.epoch_key || '/' || f.seq) {told}"
        count, different = store.execute(query, [one.publisher]).fetchone()
    return int(count), int(different)


@pytest.mark.parametrize("broker", BROKERS)
def test_a_brokers_certificate_that_ended_is_said_by_all_and_renewed_without_a_restart(
    broker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    with (
        school_server(tmp_path / "server", broker=broker) as server,
        reporter(tmp_path / "device", server) as device,
    ):
        server.ask("people", "add", ADMIN, "--role", "admin")
        wait_for(lambda: _kept(server, device)[0] > RATE, seconds=60, what="the first reports")
        well = server.ask("doctor", is_checked=False)

        sign_again(server.folder, ends_at=now - timedelta(hours=1))
        wait_for(lambda: "certificate.renewed" in server.log, seconds=60, what="the broker to take it")
        device.kill()  # as at the end of a school day
        device.start()
        wait_for(lambda: "no longer valid" in device.log, seconds=90, what="the agent's word")
        checked = ask("doctor", device.folder).stdout
        doctored = server.ask("doctor", is_checked=False)
        wait_for(lambda: "certificate ended" in words_of(server.page("/health")), seconds=90, what="the page's word")
        page = server.page("/health")
        kept = _kept(server, device)[0]
        wait_for(lambda: device.waiting > 2 * RATE, seconds=60, what="reports that wait")
        assert _kept(server, device)[0] == kept

        for name in ("server.pem", "pages.pem"):
            sign_again(server.folder, ends_at=now + timedelta(days=90), name=name)
        renewed_at = datetime.now(UTC)
        wait_for(lambda: _kept(server, device)[0] > kept, seconds=120, what="reports by the new certificate")
        waited = (datetime.now(UTC) - renewed_at).total_seconds()
        device.be_quiet()
        wait_for(lambda: device.waiting == 0, seconds=120, what="that all is acknowledged")
        wait_for(lambda: "ended" not in words_of(server.page("/health")), seconds=90, what="the page's relief")

        told, (kept, different) = device.told, _kept(server, device)
        with capsys.disabled():
            print(
                f"\n{broker}, a certificate that ended: {told} told, {kept} kept, {kept - different} twice; "
                f"reports came again {waited:.0f} s after it was renewed",
                end="",
            )
        assert (kept, different) == (told, told)
        assert "certificate: the broker's is good" in well
        assert "else renew the certificate" in checked
        assert "the broker's certificate ended at" in doctored
        assert "broker.certificate_file" in doctored
        assert heading_of(page) == "Some of Rollcall's own work fails"
        assert ssl.get_server_certificate(("localhost", server.web_port)) == (server.folder / "pages.pem").read_text()
        assert server.log.count("Rollcall is up") == 1

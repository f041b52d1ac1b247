"""Programs that watch are told whether it is alive, whether it can keep, and its numbers; nobody else learns them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from rollcall_collector.store.mirror_outbox import put_lines
from rollcall_collector.store.parts.runs import PartRun, note_part
from rollcall_collector.store.publishers.bridge_checks import BridgeCheck, keep_checks
from rollcall_collector.store.publishers.identities import set_credential
from rollcall_collector.store.tables import publishers
from tests.support.browsing import Served, serving
from tests.support.faults.small_disk import small_disk
from tests.support.fleets.seed import NOW
from tests.support.reading import heading_of, read_page, words_of
from tests.support.wait import wait_for

TOKEN = "the-watchers-token"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("probes")
    (folder / "token").write_text(f"{TOKEN}\n")
    with serving(folder, has_record=False, metrics_token_file=folder / "token") as running:
        yield running


def _scrape(served: Served, token: str = TOKEN) -> httpx.Response:
    return httpx.get(f"{served.url}/metrics", headers={"authorization": f"Bearer {token}"}, timeout=20)


def test_who_watches_needs_no_session(served: Served) -> None:
    answers = [httpx.get(f"{served.url}{path}", timeout=20) for path in ("/healthz", "/readyz")]

    assert [(one.status_code, one.text) for one in answers] == [(200, "alive\n"), (200, "ready\n")]


def test_the_metrics_are_for_who_brings_the_token(served: Served) -> None:
    told = {token: _scrape(served, token).status_code for token in (TOKEN, "wrong", TOKEN[:-1])}

    assert told == {TOKEN: 200, "wrong": 401, TOKEN[:-1]: 401}


def test_the_metrics_tell_jobs_ingest_mirror_publishers_and_what_was_refused(served: Served) -> None:
    minute = timedelta(minutes=1)
    with served.engine.begin() as connection:
        for job, trouble in (("judging", ""), ("backup", "No space left on device")):
            told = {"seconds": 2.5}
            ran = PartRun(part=f"job/{job}", began_at=NOW - minute, noted_at=NOW, told=told, trouble=trouble)
            note_part(connection, ran)
        told = {"kept": 12, "refused": 3, "delayed": 4, "delay_seconds": 8.0}
        note_part(connection, PartRun(part="ingest/1/1", began_at=NOW, noted_at=NOW, told=told))
        set_credential(connection, name="b-google-1", device=None, platform="chromeos", secret_hash="$7$", now_us=1)
        bridge = connection.execute(
            select(publishers.c.publisher).where(publishers.c.name == "b-google-1")
        ).scalar_one()
        wrong = [BridgeCheck(subject="key", says="gone", is_fault=True)]
        keep_checks(connection, bridge, "google", wrong, NOW, round_seconds=9)
        put_lines(connection, ["cart,kind=A ready=1i 1", "cart,kind=B ready=1i 1"], NOW - 5 * minute)

    text = _scrape(served).text

    found = dict(re.findall(r"^(rollcall_\S+?(?:\{.*?\})?) (\S+)$", text, flags=re.MULTILINE))
    wanted = {
        'rollcall_job_success{name="judging"}': "1.0",
        'rollcall_job_success{name="backup"}': "0.0",
        'rollcall_job_seconds{name="judging"}': "2.5",
        'rollcall_ingest_kept_total{share="1/1"}': "12.0",
        'rollcall_ingest_delay_seconds_total{share="1/1"}': "8.0",
        'rollcall_quarantined_reports{reason="clock_wrong"}': "3.0",
        'rollcall_publishers{state="ready"}': "75.0",
        'rollcall_bridge_success{bridge="b-google-1",platform="chromeos"}': "0.0",
        'rollcall_bridge_round_seconds{bridge="b-google-1",platform="chromeos"}': "9.0",
        "rollcall_mirror_waiting_lines": "2.0",
        "rollcall_mirror_lag_seconds": "300.0",
        "rollcall_ready": "1.0",
    }
    assert {name: found.get(name) for name in wanted} == wanted
    assert len(re.findall(r"^# TYPE", text, flags=re.MULTILINE)) == len({name.partition("{")[0] for name in found})


def test_a_job_that_failed_and_a_mirror_that_waits_are_on_the_page_of_who_sees_all(served: Served) -> None:
    with served.engine.begin() as connection:
        told = {"sent_lines": 9, "refused_lines": 0, "refused_why": "", "dropped_lines": 0}
        trouble = "InfluxDB does not take the token (401)"
        note_part(connection, PartRun(part="mirror", began_at=NOW, noted_at=NOW, told=told, trouble=trouble))
        ran = PartRun(part="job/cleaning", began_at=NOW, noted_at=NOW, told={"seconds": 1}, trouble="it was locked")
        note_part(connection, ran)

    html = read_page(served, "/health")

    words = words_of(html)
    assert heading_of(html) == "Some of Rollcall's own work fails"
    assert "does not take the token" in words
    assert "cleaning" in words
    assert "it was locked" in words


def test_a_full_disk_is_not_ready_is_said_on_the_page_and_passes_by_itself(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "disk", kilobytes=32_768) as disk,
        serving(disk.path, has_record=False) as served,
    ):
        ready = httpx.get(f"{served.url}/readyz", timeout=20)
        disk.fill()
        wait_for(lambda: httpx.get(f"{served.url}/readyz", timeout=20).status_code == 503, seconds=60, what="its word")
        full = httpx.get(f"{served.url}/readyz", timeout=20).json()
        alive = httpx.get(f"{served.url}/healthz", timeout=20)
        html = read_page(served, "/health")
        disk.make_room()
        wait_for(
            lambda: httpx.get(f"{served.url}/readyz", timeout=20).status_code == 200, seconds=60, what="its return"
        )

    assert (ready.status_code, alive.status_code) == (200, 200)
    assert full["error"] == "not_ready"
    assert "The disk is full: nothing is acknowledged" in full["detail"]
    assert heading_of(html) == "Rollcall cannot keep anything now"
    assert "The disk is full" in words_of(html)

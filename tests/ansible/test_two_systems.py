"""The playbooks make a server and a device of two fresh Debian systems: lived once in order, read by many tests."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from release.debian import pack as pack_debian
from release.packages import pack
from tests.support.agents import environment
from tests.support.fleets.released.store import as_the_last_collector_left_it
from tests.support.require import ROOT
from tests.support.systems.debian import base_system
from tests.support.systems.school import NAME, PROGRAMS, STORE, Played, School, carried
from tests.support.wait import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.systems]
KEPT = ("sites", "devices", "people", "device_days", "watermarks", "judging_runs")
RATE = 50
"""Reports a second while the certificate is exchanged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotation:
    """A certificate exchanged while somebody reports: what the broker showed before and after, what was told and kept."""

    before: str
    after: str
    told: int
    kept: int
    twice: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Upgrade:
    """Rows of the released store, and of what then stood in its place; the programs that ran."""

    released: dict[str, int]
    upgraded: dict[str, int]
    taken_back: dict[str, int]
    programs: tuple[str, str, str]
    put_aside: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """What was seen, in this order."""

    looked_at: Played
    first: Played
    page: str
    checked: str
    second: Played
    looked_at_again: Played
    rotation: Rotation
    upgrade: Upgrade
    left: str


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """From two fresh systems to two fresh systems."""
    began = time.monotonic()
    folder = tmp_path_factory.mktemp("school")
    base = base_system()
    released = carried(pack("rollcall-server"), folder / "dist", "rollcall-server-0.1.0.tar.gz")
    coming = Path(shutil.copy(released, folder / "dist/rollcall-server-0.1.1.tar.gz"))
    package = carried(pack_debian("0.1.0~packed"), folder / "dist", "rollcall-agent.deb")
    school = School(base, folder)
    try:
        school.start()
        school.say(collector_archive=str(released), agent_package=str(package))
        lived = _live(school, coming)
        print(f"from two fresh systems to two fresh systems: {time.monotonic() - began:.0f} s")
        yield lived
    finally:
        school.stop()


def _live(school: School, coming: Path) -> Story:
    looked_at = school.play("site", "--check")
    first = school.play("site")
    school.ask("people", "add", "Ms Lee", "--role", "admin")
    wait_for(lambda: [one for one in school.devices() if one["last_heard_at"]], seconds=300, what="the first report")
    page = school.page("/devices")
    checked = school.laptop.run("rollcall-agent", "doctor", is_checked=False)
    second = school.play("site")
    looked_at_again = school.play("site", "--check")
    rotation = _rotate(school)
    upgrade = _upgrade_and_back(school, coming)
    school.play("uninstall", "-e", "uninstall_data=true")
    left = "".join(
        one.run("find", "/etc", "/opt", "/run", "/usr/bin", "/usr/lib", "/var", "-xdev", "-name", "*rollcall*")
        for one in (school.server, school.laptop)
    )
    return Story(
        looked_at=looked_at,
        first=first,
        page=page,
        checked=checked,
        second=second,
        looked_at_again=looked_at_again,
        rotation=rotation,
        upgrade=upgrade,
        left=left,
    )


def _rotate(school: School) -> Rotation:
    before = _serial(school)
    with _reporting(school) as (publisher, folder):
        wait_for(lambda: _kept(school, publisher)[0] > RATE, seconds=300, what="reports before it")
        school.play("site", "--tags", "certificate", "--limit", "server", "-e", "certificate_is_renewed_now=true")
        after = _serial(school)
        at_exchange = _kept(school, publisher)[0]
        wait_for(lambda: _kept(school, publisher)[0] > at_exchange + RATE, seconds=300, what="reports after it")
        (folder / "quiet").touch()
        wait_for(lambda: _waiting(folder) == 0, seconds=300, what="that all is acknowledged")
    with closing(sqlite3.connect(folder / "outbox.sqlite3")) as outbox:
        told = int(outbox.execute("SELECT next_seq - 1 FROM numbering").fetchone()[0])
    kept, twice = _kept(school, publisher)
    print(f"a certificate exchanged under load: told {told}, kept {kept}, twice {twice}")
    return Rotation(before=before, after=after, told=told, kept=kept, twice=twice)


@contextmanager
def _reporting(school: School) -> Iterator[tuple[str, Path]]:
    """Somebody who enrolls over TLS and reports without pause; their name, and where their outbox is."""
    folder = school.folder / "reporter"
    folder.mkdir(exist_ok=True)
    authority = school.inventory / "secrets/ca.pem"
    token = school.ask("enroll-token", "create", "--site", "Hill School", "--quiet")
    enroll = (PROGRAMS / "rollcall-agent", "enroll", f"https://{NAME}", "--ca-file", authority, "--token-file", "-")
    school.network.run(*enroll, "--state", folder, stdin=token, env=environment())
    identity = json.loads((folder / "identity.json").read_text())
    address = (identity["broker_host"], str(identity["broker_port"]))
    told = (folder, *address, identity["publisher"], identity["password"], str(RATE), authority)
    command = school.network.command(sys.executable, "-m", "tests.support.faults.reporting_agent", *told)
    with (folder / "log").open("w") as log, subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log) as child:
        try:
            yield identity["publisher"], folder
        finally:
            child.kill()


def _serial(school: School) -> str:
    """The certificates that broker, WebSocket and pages show: one serial number, checked against the authority."""
    authority = school.inventory / "secrets/ca.pem"
    shown = set()
    for port in (8883, 8084, 443):
        asked = ("openssl", "s_client", "-connect", f"{NAME}:{port}", "-servername", NAME, "-verify_return_error")
        said = school.network.run(*asked, "-verify_hostname", NAME, "-CAfile", authority)
        shown.add(
            subprocess.run(
                ["openssl", "x509", "-noout", "-serial"], input=said, text=True, capture_output=True, check=True
            ).stdout
        )
    (serial,) = shown
    return serial


def _kept(school: School, publisher: str) -> tuple[int, int]:
    """How many reports of this publisher are kept, and how many of them twice."""
    told = f"FROM failures f JOIN publishers p USING (device) WHERE p.name = '{publisher}' AND f.code = 'app_crash'"
    ((count, different),) = school.sql(f"SELECT count(*), count(DISTINCT f.epoch_key || '/' || f.seq) {told}")
    return count, count - different


def _waiting(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "outbox.sqlite3", timeout=60)) as outbox:
        return int(outbox.execute("SELECT count(*) FROM reports").fetchone()[0])


def _upgrade_and_back(school: School, coming: Path) -> Upgrade:
    school.laptop.run("systemctl", "stop", "rollcall-agent")
    school.server.run("systemctl", "stop", "rollcall")
    folder = school.folder / "released"
    folder.mkdir()
    for side in ("", "-wal", "-shm"):
        if (held := school.server.path(STORE + side)).exists():
            shutil.move(held, folder)
    as_the_last_collector_left_it(folder)
    for piece in folder.iterdir():
        shutil.copy(piece, school.server.path("/var/lib/rollcall"))
    school.server.run("chown", "-R", "rollcall:", "/var/lib/rollcall")
    released, before = _rows(school), _program(school)

    school.play("site", "--limit", "server", "-e", f"collector_archive={coming}")
    upgraded, after = _rows(school), _program(school)

    school.server.run("systemctl", "stop", "rollcall")
    school.sql("UPDATE alembic_version SET version_num = '9999'")  # as a release would whose tables are newer
    school.play("rollback")
    return Upgrade(
        released=released,
        upgraded=upgraded,
        taken_back=_rows(school),
        programs=(before, after, _program(school)),
        put_aside=school.server.run("sh", "-c", f"ls {STORE}.before-*"),
    )


def _rows(school: School) -> dict[str, int]:
    return {table: school.sql(f"SELECT count(*) FROM {table}")[0][0] for table in KEPT}


def _program(school: School) -> str:
    return Path(school.server.run("readlink", "/opt/rollcall").strip()).parent.name


def test_a_look_at_fresh_systems_changes_nothing_and_does_not_fail(story: Story) -> None:
    assert story.looked_at.failed == 0
    assert story.looked_at.changed > 0
    assert story.first.changed > 30  # so they were still fresh


def test_the_device_stands_on_the_page_by_tls_that_is_checked(story: Story) -> None:
    assert "Hill School" in story.page
    assert len(re.findall(r'href="/devices/[^"]+"', story.page)) >= 1
    assert "sign-in: the broker lets" in story.checked
    assert "its certificate is good" in story.checked


def test_a_second_run_changes_nothing(story: Story) -> None:
    assert (story.second.changed, story.looked_at_again.changed) == (0, 0)


def test_a_certificate_exchanged_under_load_loses_no_report(story: Story) -> None:
    assert story.rotation.after != story.rotation.before
    assert story.rotation.told > 2 * RATE
    assert (story.rotation.kept, story.rotation.twice) == (story.rotation.told, 0)


def test_an_upgrade_keeps_what_the_last_release_kept(story: Story) -> None:
    released, upgraded = story.upgrade.released, story.upgrade.upgraded
    before, after, _ = story.upgrade.programs

    assert {table: count for table, count in upgraded.items() if count < released[table]} == {}
    assert before.startswith("rollcall-0.1.0-")
    assert after.startswith("rollcall-0.1.1-")


def test_a_way_back_gives_the_store_as_it_was_and_throws_nothing_away(story: Story) -> None:
    before, _, after = story.upgrade.programs

    assert {
        table: count for table, count in story.upgrade.taken_back.items() if count < story.upgrade.released[table]
    } == {}
    assert after == before
    assert f"{STORE}.before-" in story.upgrade.put_aside


def test_what_is_taken_out_leaves_nothing(story: Story) -> None:
    assert story.left == ""

"""The agent as a Windows program, in Wine (which is no Windows), against a real server over TLS."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.brokers.school_server import SchoolServer, school_server
from tests.support.fleets.released.outbox import EPOCH, released_outbox
from tests.support.wait import wait_for
from tests.support.windows.logs import lines, recorded, start, stopped, xml
from tests.support.windows.wine import Wine

pytestmark = [pytest.mark.slow, pytest.mark.mosquitto]
STATE = r"C:\state"
NOW = datetime.now(UTC)
RUN = ("run", "--state", STATE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SchoolServer]:
    with school_server(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture
def attended(wine: Wine) -> Iterator[Wine]:
    with wine.attended():
        yield wine


@pytest.fixture
def enrolled(wine: Wine, server: SchoolServer) -> Wine:
    """A device at a start of its own, enrolled, that has told nothing and remembers nothing."""
    wine.cut_power()
    shutil.rmtree(wine.drive / "state", ignore_errors=True)
    (wine.drive / "ca.pem").write_bytes(server.ca_file.read_bytes())
    done = wine.agent("enroll", "--state", STATE, server.url, "--ca-file", r"C:\ca.pem", stdin=server.token + "\n")
    assert "enrolled as" in done.stdout, done.stdout
    return wine


def log(wine: Wine, texts: list[str], *deeds: str) -> dict[str, str]:
    """Give the prefix this event log; the surroundings that name it."""
    (wine.drive / "events.xml").write_text(lines(texts, *deeds))
    return {"STAND_IN_EVENTS": r"C:\events.xml"}


def waiting(wine: Wine) -> list[dict[str, Any]]:
    """The reports in the outbox, once there is one."""
    with (
        closing(sqlite3.connect(wine.drive / "state" / "outbox.sqlite3")) as outbox,
        suppress(sqlite3.OperationalError),
    ):
        return [json.loads(body) for (body,) in outbox.execute("SELECT body FROM reports ORDER BY seq")]
    return []


def kept(server: SchoolServer, table: str) -> list[dict[str, Any]]:
    """The rows of a table of the server's store."""
    with closing(sqlite3.connect(server.settings.parent / "var" / "rollcall.sqlite3")) as store:
        store.row_factory = sqlite3.Row
        return [dict(row) for row in store.execute(f"SELECT * FROM {table}")]


def test_a_windows_device_enrolls_and_delivers_its_start_over_tls(enrolled: Wine, server: SchoolServer) -> None:
    texts = [*start(1, at=NOW), *stopped(90), *start(200, at=NOW, is_clean=False, dirty={"BugcheckCode": 159})]
    boots_before, failures_before = len(kept(server, "boots")), len(kept(server, "failures"))

    told = enrolled.agent("once", "--state", STATE, "--seconds", "120", **log(enrolled, texts, "page 2"))

    assert "everything is kept by the collector" in told.stdout, told.stdout
    (device,) = server.devices()
    assert (device["platform"], device["os_version"][:17]) == ("windows", "Microsoft Windows")
    boots = kept(server, "boots")[boots_before:]
    assert [(one["source"], one["previous_stop"], one["stop_cause"], one["stop_code"]) for one in boots] == [
        ("event_log", "unclean", "crash", "0x0000009F")
    ]
    assert [one["code"] for one in kept(server, "failures")[failures_before:]] == ["stop_error"]
    assert (enrolled.drive / "events.xml.open").read_text() == "0", "handles of the event log were left open"


def test_an_agent_that_is_killed_keeps_its_outbox_and_resumes(enrolled: Wine, server: SchoolServer) -> None:
    before = len(kept(server, "boots"))
    enrolled.cut_power()
    texts = [*start(200, at=NOW, is_clean=False, dirty={"BugcheckCode": 159}), *start(400, at=NOW)]
    (enrolled.drive / "state" / "identity.json").rename(enrolled.drive / "identity.json")
    identity = json.loads((enrolled.drive / "identity.json").read_text())
    away = {**identity, "broker_port": 1}
    (enrolled.drive / "state" / "identity.json").write_text(json.dumps(away))
    with enrolled.start("-m", "rollcall_agent.cli", *RUN, **log(enrolled, texts)) as agent:
        wait_for(
            lambda: {"boot", "vitals"} <= {one["body"]["kind"] for one in waiting(enrolled)}, seconds=300, what="it"
        )
        enrolled.cut_power()
        agent.kill()
    left = waiting(enrolled)
    (enrolled.drive / "state" / "identity.json").write_text(json.dumps(identity))

    told = enrolled.agent("once", "--state", STATE, "--seconds", "120", **log(enrolled, texts))

    assert [one["body"]["previous_stop"] for one in left if one["body"]["kind"] == "boot"] == ["clean"]
    assert "everything is kept by the collector" in told.stdout, told.stdout
    assert len(kept(server, "boots")) > before


def test_a_lab_that_puts_its_disk_back_loses_nothing_and_is_named(enrolled: Wine, server: SchoolServer) -> None:
    state, older = enrolled.drive / "state", enrolled.drive / "older"
    starts, before = len(kept(server, "boots")), sum(one["set_backs"] for one in kept(server, "copies"))

    for record in (1000, 2000, 3000):
        enrolled.cut_power()
        if older.exists():
            shutil.rmtree(state)
            shutil.copytree(older, state)
        texts = [*start(record, at=NOW), *stopped(record + 100)]
        told = enrolled.agent("once", "--state", STATE, "--seconds", "60", **log(enrolled, texts))
        assert "everything is kept by the collector" in told.stdout, told.stdout
        if not older.exists():
            shutil.copytree(state, older)
    shutil.rmtree(older)

    assert len(kept(server, "boots")) == starts + 3
    # The second run goes on from the copy as if nothing had been; the third goes on from there too.
    assert sum(one["set_backs"] for one in kept(server, "copies")) == before + 1


def test_two_agents_never_share_an_outbox(enrolled: Wine) -> None:
    with enrolled.start("-m", "rollcall_agent.cli", *RUN, **log(enrolled, start(1))) as agent:
        assert agent.stdout is not None
        while b"broker.connected" not in agent.stdout.readline():
            assert agent.poll() is None
        second = enrolled.agent("once", "--state", STATE)
        enrolled.cut_power()
        agent.kill()

    assert second.returncode == 1
    assert "stop it first" in second.stdout


def test_nobody_but_the_system_and_administrators_may_enter_the_state(enrolled: Wine) -> None:
    read = (
        "import ctypes; api = ctypes.WinDLL('advapi32'); text = ctypes.c_wchar_p(); room = ctypes.c_ulong();"
        "api.GetFileSecurityW('C:\\\\state', 4, None, 0, ctypes.byref(room)); raw = ctypes.create_string_buffer(room.value);"
        "api.GetFileSecurityW('C:\\\\state', 4, raw, room.value, ctypes.byref(room));"
        "api.ConvertSecurityDescriptorToStringSecurityDescriptorW(raw, 1, 4, ctypes.byref(text), None); print(text.value)"
    )

    told = enrolled.python("-c", read).stdout

    assert ";;;WD)" not in told
    assert ";;;BU)" not in told


PROBE = """
import json
from rollcall_agent.sources.windows import boot, system_log
from rollcall_agent.sources.windows.log.channel import Cursor, read
from rollcall_agent.sources.windows.log.starts import find_starts

def told(found):
    return [found.state, [one.record for one in found.events], found.is_broken_off, found.end and found.end.record]

whole = read("System", boot.WANTED, Cursor(record=10**9, at=""))
seen = Cursor(record=310, at="2017-07-12T17:20:37.344883+00:00")
print(json.dumps({
    "starts": [start.first.record for start in find_starts(whole.events)],
    "faults": sum(system_log.count_faults(read("System", system_log.WANTED, Cursor(record=1, at="x")).events).values()),
    "newest": told(read("System", {"EventLog": frozenset({6005})}, newest=2)),
    "behind": told(read("System", {"EventLog": frozenset({6005, 6013})}, seen))[1][:2],
    "with": told(read("System", {"EventLog": frozenset({6005})}, seen, is_from_cursor=True))[1],
    "cleared": told(read("System", {"EventLog": frozenset({6005})}, Cursor(record=310, at="other"))),
    "shrunk": whole.is_broken_off,
    "broken": told(read("Broken", {"x": frozenset({1})}, Cursor(record=0, at=""))),
    "japanese": told(read("Broken", {"数学": frozenset({2})}, Cursor(record=0, at="")))[1],
    "forbidden": told(read("Security", {"x": frozenset({1})})),
    "nowhere": told(read("Nowhere", {"x": frozenset({1})})),
}))
"""


@pytest.mark.fixtures
def test_wevtapi_is_called_with_its_own_signatures_handles_pages_and_errors(wine: Wine) -> None:
    broken = [xml("x", 1, number, channel="Broken") for number in range(10_001, 10_041)]
    texts = [*recorded(), *broken, xml("数学", 2, 10_041, channel="Broken", computer="数学教室")]
    surroundings = log(wine, texts, "page 7", "broken 10020", "broken 10030", "forbidden Security")

    told = wine.python("-c", PROBE, **surroundings)

    found = json.loads(told.stdout.splitlines()[-1])
    assert found == {
        "starts": [3, 180, 314],
        "faults": 3,
        "newest": ["read", [176, 310], False, 1881],
        "behind": [311, 363],
        "with": [310],
        "cleared": ["read", [2, 176, 310], True, 1881],
        "shrunk": True,
        "broken": [
            "read",
            [number for number in range(10_001, 10_041) if number not in {10_020, 10_030}],
            True,
            10_041,
        ],
        "japanese": [10_041],
        "forbidden": ["forbidden", [], False, None],
        "nowhere": ["absent", [], False, None],
    }
    assert (wine.drive / "events.xml.open").read_text() == "0", "handles of the event log were left open"


def told_from(server: SchoolServer) -> set[tuple[str, int]]:
    """The runs whose reports the server holds, each with how far."""
    return {(one["epoch"], one["upto"]) for one in kept(server, "watermarks")}


SHOW = "import psutil; print(psutil.win_service_get('RollcallAgent').as_dict())"
INSTALLED, KEPT = "Program Files/Rollcall agent", "ProgramData/Rollcall agent"


def test_the_package_installs_a_service_that_delivers_and_is_upgraded_and_taken_out(
    attended: Wine, server: SchoolServer
) -> None:
    wine = attended
    wine.unpack()
    (wine.drive / "ca.pem").write_bytes(server.ca_file.read_bytes())
    (wine.drive / "token").write_text(server.token)
    (wine.drive / "wrong").write_text("no such token")
    enrolling = ("--url", server.url, "--token-file", r"C:\token", "--ca-file", r"C:\ca.pem")
    told, install = wine.drive / KEPT / "agent.log", r"C:\setup\install.cmd"

    refused = wine.command(install, "--url", server.url)
    wrong = wine.command(install, *enrolling[:2], "--token-file", r"C:\wrong", *enrolling[4:])
    installed = wine.command(install, *enrolling)
    assert installed.returncode == 0, installed.stdout
    wait_for(lambda: told.exists() and "broker.connected" in told.read_text(), seconds=300, what="the sign-in")
    shown = wine.python("-c", SHOW).stdout
    identity = (wine.drive / KEPT / "identity.json").read_text()
    older = wine.command(r"C:\setup\uninstall.cmd", "--keep-state")
    released_outbox(wine.drive / KEPT / "outbox.sqlite3", 50, device=json.loads(identity)["device_id"])
    again = wine.command(install, *enrolling)
    wait_for(lambda: told.read_text().count("broker.connected") == 2, seconds=300, what="the upgraded service")
    wait_for(lambda: (EPOCH, 50) in told_from(server), seconds=300, what="what the older agent left")
    kept = (wine.drive / KEPT / "identity.json").read_text()
    taken_out = wine.command(r"C:\setup\uninstall.cmd")
    gone = wine.python("-c", SHOW).stdout
    nothing = wine.command(r"C:\setup\uninstall.cmd")

    assert (refused.returncode, "--token-file" in refused.stdout) == (1, True), refused.stdout
    assert [one.returncode for one in (older, again, taken_out, nothing)] == [0, 0, 0, 0], again.stdout
    assert (wrong.returncode, "token is not known" in wrong.stdout) == (1, True), wrong.stdout
    assert "'status': 'running'" in shown
    assert "'start_type': 'automatic'" in shown
    assert server.token not in shown
    assert kept == identity
    assert told.exists() is False
    assert "NoSuchProcess" in gone
    assert [name for name in (INSTALLED, KEPT) if (wine.drive / name).exists()] == []


def test_the_service_is_nothing_to_start_by_hand(wine: Wine) -> None:
    by_hand = wine.agent("service", "--state", r"C:\by-hand", "run")

    assert by_hand.returncode == 1
    assert "started by hand" in (wine.drive / "by-hand" / "agent.log").read_text()

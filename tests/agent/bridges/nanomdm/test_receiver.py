"""The webhook: who does not know the key changes nothing, what is sent twice counts once, and what is wrong is counted."""

import base64
import json
import plistlib
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from rollcall_agent.bridges.bridge import Attendance, Poll
from rollcall_agent.bridges.nanomdm.memory import FILE, IpadMemory
from rollcall_agent.bridges.nanomdm.receiver import BODY_BYTES_MAX, COUNTS_EVERY
from rollcall_agent.bridges.nanomdm.service import attend, check, poll
from rollcall_agent.errors import ConfigError
from rollcall_wire import Vitals
from tests.agent.bridges.nanomdm.test_words import BOMB
from tests.support.ipads import posts
from tests.support.ipads.posts import post
from tests.support.wait import wait_for

NOW = datetime(2026, 9, 14, 8, 5, tzinfo=UTC)
DM_KEY = "a-key-of-declarations"


@dataclass
class Station:
    folder: Path
    port: int
    now: datetime = NOW
    hurried: list[datetime] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhook"

    def say(self, said: dict[str, Any], *, ago: timedelta = timedelta(0), **more: Any) -> int:
        return post(self.url, posts.event(said, self.now - ago, **more))

    def told(self) -> list[Any]:
        """What a round would tell now, device by device."""
        return list(poll(Poll(now=self.now, recall=lambda _: None, folder=self.folder)))

    def counts(self) -> dict[str, int]:
        memory = IpadMemory(self.folder)
        memory.start()
        found = memory.counts()
        memory.stop()
        return found


def set_up(folder: Path, port: int, **more: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nanomdm.json").write_text(json.dumps({"listen": f"127.0.0.1:{port}", **more}))
    for name, key in (("webhook.key", posts.KEY), ("dm.key", DM_KEY)):
        (folder / name).write_text(key)
        (folder / name).chmod(0o600)


@pytest.fixture
def station(tmp_path: Path, free_port: int) -> Iterator[Station]:
    set_up(tmp_path, free_port)
    found = Station(folder=tmp_path, port=free_port)
    asked = Attendance(
        folder=tmp_path,
        clock=lambda: found.now,
        hurry=lambda: found.hurried.append(found.now),
        roll_call=list,
        trouble=print,
    )
    with ExitStack() as stack:
        stack.enter_context(attend(asked))
        yield found


def test_what_ipads_say_is_told_of_them_and_the_next_round_is_hurried(station: Station) -> None:
    statuses = [
        station.say(one) for one in (posts.authenticate(1), posts.token_update(1), posts.idle(1), posts.answer(1))
    ]

    told = station.told()

    assert statuses == [200] * 4
    assert len(station.hurried) == 4
    inventory = told[0].device.inventory
    assert (inventory.model, inventory.serial_number, inventory.os_version) == (
        "iPad (9th generation)",
        posts.serial_of(1),
        "18.5",
    )
    assert [body for one in told for body in one.bodies] == [
        Vitals(battery_level_percent=81.0, storage_free_bytes=40 * 10**9)
    ]
    assert all(one.is_heard for one in told)


def test_no_secret_and_no_name_reaches_the_disk(station: Station) -> None:
    for said in (posts.authenticate(1), posts.token_update(1), posts.answer(1)):
        station.say(said)
    station.told()

    kept = b"".join(path.read_bytes() for path in station.folder.iterdir() if path.name.startswith(FILE))

    assert posts.serial_of(1).encode() in kept
    for secret in (b"SECRET", b"Maja", base64.b64encode(b"UNLOCKTOKEN")[:12], posts.KEY.encode()):
        assert secret not in kept


def test_a_post_that_is_sent_again_counts_once(station: Station) -> None:
    station.say(posts.authenticate(1))
    told = posts.event(posts.answer(1), NOW)

    statuses = [post(station.url, told) for _ in range(5)]

    assert statuses == [200] * 5
    assert sum(len(one.bodies) for one in station.told()) == 1


KEPT_ID = "0123456789abcdef"
HOSTILE: list[tuple[str, int]] = [
    ("wrong_signature", 401),
    ("wrong_time", 400),
    ("too_large", 413),
    ("repeated", 200),
    ("not_a_plist", 400),
    ("a_binary_plist", 400),
    ("not_json", 400),
    ("wrong_shape", 400),
    ("unknown_path", 404),
    ("other_device", 200),
]


def hostile(station: Station, kind: str) -> int:  # noqa: C901, PLR0911  # one a kind
    said = posts.answer(1, level=0.01)
    url, told = station.url, posts.event(said, NOW)
    match kind:
        case "wrong_signature":
            return post(url, told, key="another-key")
        case "wrong_time":
            post(url, posts.event(said, NOW + timedelta(minutes=11)))
            return station.say(said, ago=timedelta(minutes=11))
        case "too_large":
            return _declare(station.port, 20 << 20)
        case "repeated":
            return station.say(posts.authenticate(1), event_id=KEPT_ID)
        case "not_a_plist" | "a_binary_plist":
            raw = BOMB if kind == "not_a_plist" else plistlib.dumps(said, fmt=plistlib.FMT_BINARY)
            told["acknowledge_event"]["raw_payload"] = base64.b64encode(raw).decode()
            return post(url, told)
        case "not_json":
            return post(url, b'{"topic": ')
        case "wrong_shape":
            return post(url, told | {"event_id": "<script>"})
        case "unknown_path":
            return post(url.replace("webhook", "other"), told)
        case _:
            return station.say(said, ids="Shared iPad")


def _declare(port: int, length: int) -> int:
    """Say that so much is to come, and read the answer: nobody has to send it."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(f"POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n".encode())
        return int(line.recv(100).split()[1])


@pytest.mark.parametrize(("kind", "status"), HOSTILE)
def test_what_is_hostile_changes_nothing_and_is_counted(station: Station, kind: str, status: int) -> None:
    station.say(posts.authenticate(1), event_id=KEPT_ID)
    before = _digest(station.folder)

    answered = hostile(station, kind)

    assert answered == status
    assert _digest(station.folder) == before
    assert httpx.get(f"http://127.0.0.1:{station.port}/ddm/tokens").status_code == 401  # it still stands


def test_counts_are_kept_and_shown_by_the_check(tmp_path: Path, free_port: int) -> None:
    set_up(tmp_path, free_port)
    found = Station(folder=tmp_path, port=free_port)
    asked = Attendance(folder=tmp_path, clock=lambda: NOW, hurry=lambda: None, roll_call=list, trouble=print)
    with attend(asked):
        found.say(posts.authenticate(1), event_id=KEPT_ID)
        for kind, _ in HOSTILE:
            hostile(found, kind)

    says = [one.says.replace("1 broken off, ", "") for one in check(tmp_path) if one.subject == "webhook"]

    counted = "posts not taken in: 2 not a plist, 1 not json, 1 other device, 1 repeated, 1 too large, 1 unknown path"
    assert says == [f"{counted}, 1 wrong shape, 1 wrong signature, 2 wrong time"]


def test_counts_are_shown_while_the_bridge_runs(station: Station) -> None:
    hostile(station, "wrong_signature")
    station.now += COUNTS_EVERY

    wait_for(lambda: station.counts() == {"wrong_signature": 1}, what="the counts")


def test_a_device_name_with_markup_goes_nowhere(station: Station) -> None:
    station.say(posts.authenticate(1, DeviceName="<script>alert(1)</script>", ModelName="</td>"))
    station.say(posts.answer(1, DeviceName="<script>alert(1)</script>"))

    assert "script" not in repr(station.told())
    assert "</td>" not in repr(station.told())


def test_a_body_that_says_it_is_longer_than_it_is_holds_nobody_up(station: Station) -> None:
    with socket.create_connection(("127.0.0.1", station.port), timeout=5) as line:
        line.sendall(f"POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-length: {BODY_BYTES_MAX}\r\n\r\nabc".encode())

        status = station.say(posts.authenticate(1))

    assert status == 200


def test_words_in_any_order_end_in_the_same_state(station: Station) -> None:
    at = [timedelta(seconds=seconds) for seconds in (40, 30, 20, 10)]
    told = list(
        zip(
            (posts.authenticate(1), posts.token_update(1), posts.answer(1, level=0.5), posts.answer(1, level=0.4)),
            at,
            strict=True,
        )
    )

    for said, ago in reversed(told):
        station.say(said, ago=ago)

    last = station.told()[-1]
    memory = IpadMemory(station.folder)
    memory.start()
    (record,) = memory.known("", 10)
    memory.stop()
    assert last.device.serial_number == posts.serial_of(1)
    assert record.level_percent == 40.0
    assert sum(len(one.bodies) for one in station.told()) == 1  # the older answer is no news


def test_an_ipad_without_a_serial_number_is_told_once_somebody_says_it(station: Station) -> None:
    station.say(posts.idle(1))
    station.say(posts.status(1, device__identifier={}, device__model={}))
    before = station.told()

    station.say(posts.answer(1))

    assert before == []
    assert [one.device.serial_number for one in station.told()] == [posts.serial_of(1)]


def test_a_mac_in_the_same_mdm_is_not_told(station: Station) -> None:
    station.say(posts.authenticate(1, ProductName="MacBookAir10,1"))

    assert station.told() == []


def dm(station: Station, method: str, place: str, body: bytes = b"", *, key: str = DM_KEY) -> httpx.Response:
    headers = {
        "x-hmac-signature": posts.sign(body, key),
        "x-enrollment-id": posts.udid_of(1),
        "x-enrollment-type": "Device",
    }
    return httpx.request(method, f"http://127.0.0.1:{station.port}/ddm/{place}", content=body, headers=headers)


def test_it_is_the_server_of_one_declaration_and_takes_the_status(station: Station) -> None:
    tokens = dm(station, "GET", "tokens").json()["SyncTokens"]
    items = dm(station, "GET", "declaration-items").json()
    (configuration,) = items["Declarations"]["Configurations"]
    declared = dm(station, "GET", f"declaration/configuration/{configuration['Identifier']}").json()
    report = posts.status(1, device__power__battery_health="service-recommended")["Data"]
    statuses = [dm(station, "PUT", "status", report).status_code for _ in range(2)]

    (told,) = station.told()

    assert tokens["DeclarationsToken"] == items["DeclarationsToken"]
    assert {"Name": "device.power.battery-health"} in declared["Payload"]["StatusItems"]
    assert declared["ServerToken"] == configuration["ServerToken"]
    assert statuses == [200, 200]
    assert [(one.channel, one.code) for one in told.bodies] == [("battery", "service_recommended")]
    assert dm(station, "PUT", "status", report, key="another-key").status_code == 401
    assert dm(station, "GET", "declaration/configuration/other").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"listen": "0.0.0.0:9009"}, "proxy with TLS"),
        ({"listen": "example.org:9009"}, "proxy with TLS"),
        ({"asks": True}, "name NanoMDM's url"),
        ({"colour": 1}, "something else"),
    ],
)
def test_a_setting_that_would_be_unsafe_or_is_unknown_is_refused_with_its_way_out(
    tmp_path: Path, free_port: int, change: dict[str, Any], words: str
) -> None:
    set_up(tmp_path, free_port, **change)

    (found,) = check(tmp_path)

    assert found.is_fault
    assert words in found.way_out


def test_a_key_that_others_may_read_is_refused(tmp_path: Path, free_port: int) -> None:
    set_up(tmp_path, free_port)
    (tmp_path / "webhook.key").chmod(0o640)

    (found,) = check(tmp_path)

    assert "chmod 600" in found.way_out
    with (
        pytest.raises(ConfigError),
        attend(Attendance(folder=tmp_path, clock=lambda: NOW, hurry=lambda: None, roll_call=list, trouble=print)),
    ):
        pass


def test_a_full_disk_costs_the_post_and_not_the_bridge(station: Station) -> None:
    blocker = sqlite3.connect(station.folder / FILE, isolation_level=None)
    blocker.execute("DROP TABLE telling")
    blocker.close()

    assert station.say(posts.answer(1)) == 503
    assert httpx.get(f"http://127.0.0.1:{station.port}/ddm/tokens").status_code == 401


def _digest(folder: Path) -> list[Any]:
    with sqlite3.connect(folder / FILE) as connection:
        return [
            connection.execute(f"SELECT * FROM {table}").fetchall()
            for table in ("devices", "events", "telling", "asked")
        ]

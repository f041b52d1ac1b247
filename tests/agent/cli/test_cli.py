"""The agent's words to people: what it would send, what is wrong and the way out."""

import json
import re
import subprocess
import sys
from pathlib import Path

from pydantic import TypeAdapter

from rollcall_wire import Message
from rollcall_wire.privacy import NEVER
from tests.support.agents import ask
from tests.support.stand_ins.enrolling import enrolling


def test_print_shows_every_field_in_plain_words_before_enrollment(tmp_path: Path) -> None:
    printed = ask("print", tmp_path / "state")

    assert printed.returncode == 0, printed.stderr
    assert "nothing leaves it yet" in printed.stdout
    assert re.search(r"to_login_seconds +\S.* +Time from power-on to the login screen\.", printed.stdout)
    assert re.search(r"battery_cycles +(not measured|\d+) +How often the battery was charged\.", printed.stdout)
    assert all(f"- {one}" in printed.stdout for one in NEVER)
    assert not (tmp_path / "state").exists()


def test_print_gives_the_raw_message_which_the_collector_would_take(tmp_path: Path) -> None:
    printed = ask("print", tmp_path / "state", "--json")

    message = TypeAdapter(Message).validate_json(printed.stdout.strip())
    assert {report.body.kind for report in message.reports} >= {"boot", "inventory", "vitals"}
    assert 'battery_level_percent":null' not in printed.stdout


def test_print_takes_no_cursor_forward_and_shows_what_waits(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with enrolling() as server:
        ask("enroll", state, server.url, ROLLCALL_AGENT_TOKEN="a-token")
    ask("once", state, "--seconds", "0.1")
    before = (state / "outbox.sqlite3").read_bytes()

    first, second = ask("print", state), ask("print", state)

    assert (state / "outbox.sqlite3").read_bytes() == before
    assert "Waiting to be delivered: 3 reports" in first.stdout
    assert '"kind": "boot"' in second.stdout
    assert "under the name d-0123456789ab" in first.stdout


def test_a_module_put_off_is_the_real_one_when_it_is_used() -> None:
    code = (
        "import sys\n"
        "from rollcall_agent.cli.lazy_import import put_off\n"
        "put_off('urllib.request')\n"
        "import urllib.request\n"
        "import urllib.request as again\n"
        "print('http.client' in sys.modules)\n"
        "print(hasattr(again, 'proxy_bypass'), 'http.client' in sys.modules)\n"
        "print(urllib.request.Request('http://x').host, urllib.request is sys.modules['urllib.request'])\n"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)

    assert said.stdout.split() == ["False", "True", "True", "x", "True"]


def test_an_error_that_nobody_foresaw_is_still_logged_in_full() -> None:
    code = (
        "import logging, sys\n"
        "from rollcall_agent.cli.lazy_import import UNUSED, put_off, put_off_signatures\n"
        "[put_off(name) for name in UNUSED]\n"
        "put_off_signatures()\n"
        "import dataclasses, inspect\n"
        "logging.basicConfig(stream=sys.stdout)\n"
        "def broken(number: int) -> None: raise ValueError(number)\n"
        "try: broken(3)\n"
        "except ValueError: logging.exception('source.failed')\n"
        "print(inspect.signature(broken))\n"
        "@dataclasses.dataclass\n"
        "class Pair:\n"
        "    left: int\n"
        "print(Pair(1), 'inspect.py' in sys.modules['inspect'].__file__)\n"
    )

    said = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=True, timeout=30)

    assert "in broken" in said.stdout
    assert "ValueError: 3" in said.stdout
    assert "(number: int) -> None" in said.stdout
    assert said.stdout.endswith("Pair(left=1) True\n")


def test_doctor_says_what_is_wrong_and_the_way_out(tmp_path: Path) -> None:
    asked = ask("doctor", tmp_path / "state")

    assert asked.returncode == 1
    assert "WRONG  identity: this device is not enrolled" in asked.stdout
    assert "-> run 'rollcall-agent enroll URL'" in asked.stdout
    assert re.search(r"^ok +clock", asked.stdout, flags=re.MULTILINE)


def test_doctor_finds_a_broker_that_is_not_there(tmp_path: Path, free_port: int) -> None:
    state = tmp_path / "state"
    with enrolling(port=free_port) as server:
        ask("enroll", state, server.url, stdin="a-token")

    asked = ask("doctor", state)

    assert asked.returncode == 1
    assert f"WRONG  broker: 127.0.0.1:{free_port} cannot be reached" in asked.stdout
    assert re.search(r"^ok +identity: d-0123456789ab", asked.stdout, flags=re.MULTILINE)


def test_an_agent_that_is_not_enrolled_leaves_with_one_sentence(tmp_path: Path) -> None:
    asked = ask("run", tmp_path / "state")

    assert asked.returncode == 1
    assert asked.stderr == "rollcall-agent: this device is not enrolled: run 'rollcall-agent enroll URL'\n"


def test_a_token_is_never_an_argument(tmp_path: Path) -> None:
    asked = ask("enroll", tmp_path / "state", "http://127.0.0.1:1", "a-token")

    assert asked.returncode == 2
    assert "unrecognized arguments" in asked.stderr


def test_without_a_token_it_says_where_to_put_one(tmp_path: Path) -> None:
    asked = ask("enroll", tmp_path / "state", "http://127.0.0.1:1")

    assert asked.returncode == 1
    assert "--token-file" in asked.stderr


def test_a_collector_that_is_not_there_is_one_sentence(tmp_path: Path, free_port: int) -> None:
    asked = ask("enroll", tmp_path / "state", f"http://127.0.0.1:{free_port}", stdin="a-token")

    assert asked.returncode == 1
    assert "cannot be reached" in asked.stderr
    assert "Traceback" not in asked.stderr


def test_the_identity_is_readable_json_for_its_owner(tmp_path: Path) -> None:
    with enrolling() as server:
        (tmp_path / "token").write_text("from-a-file\n")
        ask("enroll", tmp_path / "state", server.url, "--token-file", str(tmp_path / "token"))

    assert server.asked[0][1]["token"] == "from-a-file"
    assert json.loads((tmp_path / "state/identity.json").read_text())["device_id"] == "d-0123456789ab"

"""Mosquitto as our child: private files, started anew when killed, gone when we are; and the school's own Mosquitto."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from rollcall_collector.broker.choice import open_broker
from rollcall_collector.broker.external import ExternalBroker
from rollcall_collector.broker.listening import BrokerError, free_port
from rollcall_collector.broker.mosquitto import MosquittoBroker
from rollcall_collector.broker.mosquitto_files import ACL, configuration, write_private
from rollcall_collector.identity.publishers import revoke
from rollcall_collector.model.scope import Scope
from tests.support.brokers.either import LOGIN, make_broker, running_broker
from tests.support.brokers.mosquitto import Mosquitto
from tests.support.brokers.speaking import Speaker
from tests.support.identities import NOW, enroll_one, new_store
from tests.support.require import ROOT, require
from tests.support.wait import wait_for


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = new_store(tmp_path)
    yield opened
    opened.dispose()


def _child_of(broker: MosquittoBroker) -> int:
    assert broker._child is not None
    return broker._child.pid


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"mosquitto" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def test_a_killed_mosquitto_comes_back_on_the_same_port(engine: Engine, tmp_path: Path) -> None:
    enrolled = enroll_one(engine)
    with running_broker("mosquitto", engine, tmp_path) as broker:
        assert isinstance(broker, MosquittoBroker)
        first, port = _child_of(broker), broker.port

        os.kill(first, signal.SIGKILL)

        wait_for(lambda: not _is_alive(first))
        wait_for(lambda: _answers(port) and _comes_in(port, enrolled.publisher, enrolled.password))
        assert _child_of(broker) != first


def test_when_we_are_killed_no_mosquitto_stays(engine: Engine, tmp_path: Path) -> None:
    require("mosquitto")
    command = [
        sys.executable,
        "-m",
        "tests.support.brokers.tied_broker",
        str(engine.url),
        str(tmp_path / "broker"),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        children = Path(f"/proc/{parent.pid}/task").glob("*/children")
        pids = [int(pid) for one in children for pid in one.read_text().split()]
        assert [_is_alive(pid) for pid in pids] == [True]
        assert _answers(port)

        parent.kill()
        parent.wait(10)

        wait_for(lambda: not _is_alive(pids[0]), what="the child's end")
        wait_for(lambda: not _answers(port), what="the end of its port")
        with running_broker("mosquitto", engine, tmp_path):
            assert not list(Path("/run").glob(f"rollcall-broker-{parent.pid}-*"))


def test_only_its_own_user_can_read_its_files_and_no_password_is_an_argument(engine: Engine, tmp_path: Path) -> None:
    enrolled = enroll_one(engine)
    with running_broker("mosquitto", engine, tmp_path) as broker:
        assert isinstance(broker, MosquittoBroker)

        folder = broker._folder
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()}
        arguments = Path(f"/proc/{_child_of(broker)}/cmdline").read_bytes()
        written = "".join(one.read_text() for one in folder.iterdir())

        assert modes == {"mosquitto.conf": 0o600, "passwords": 0o600, "acl": 0o600}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert LOGIN.password.encode() not in arguments
        assert LOGIN.password not in written
        assert enrolled.password not in written
    assert not folder.exists()


def test_it_does_not_run_as_root(engine: Engine, tmp_path: Path) -> None:
    with running_broker("mosquitto", engine, tmp_path) as broker:
        assert isinstance(broker, MosquittoBroker)

        status = Path(f"/proc/{_child_of(broker)}/status").read_text()

    user = next(line.split()[1] for line in status.splitlines() if line.startswith("Uid:"))
    assert user != "0"


def test_a_program_that_does_not_start_is_said(engine: Engine, tmp_path: Path) -> None:
    broker = MosquittoBroker(engine=engine, login=LOGIN, program=Path("/bin/false"), folder=tmp_path / "broker")

    with pytest.raises(BrokerError, match="does not start"):
        broker.start()


def test_a_lack_of_mosquitto_is_made_up_for(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)

    chosen = open_broker("auto", engine=engine, login=LOGIN, folder=tmp_path)
    chosen.start()
    with Speaker(chosen.port, LOGIN.user, LOGIN.password) as collector:
        assert collector.answer
    chosen.stop()

    with pytest.raises(BrokerError, match="embedded"):
        open_broker("mosquitto", engine=engine, login=LOGIN, folder=tmp_path)


def test_a_missing_certificate_is_said(engine: Engine, tmp_path: Path) -> None:
    from rollcall_collector.broker.listening import Tls  # noqa: PLC0415  # only here

    for kind in ("mosquitto", "embedded"):
        broker = make_broker(kind, engine, tmp_path, tls=Tls(certificate=tmp_path / "no.pem", key=tmp_path / "no.key"))
        with pytest.raises(BrokerError):
            broker.start()
        broker.stop()


def test_an_address_that_is_not_ours_is_said() -> None:
    with pytest.raises(BrokerError, match=r"203\.0\.113\.1"):
        free_port("203.0.113.1")


def test_the_schools_own_mosquitto_takes_the_passwords(engine: Engine, tmp_path: Path, free_port: int) -> None:
    mosquitto = Mosquitto(program=require("mosquitto"), folder=tmp_path, port=free_port)
    mosquitto.start()
    file = tmp_path / "passwords"
    mode = file.stat().st_mode
    assert mosquitto._child is not None
    broker = ExternalBroker(
        engine=engine,
        login=LOGIN,
        host="127.0.0.1",
        port=free_port,
        password_file=file,
        reload_command=f"kill -HUP {mosquitto._child.pid}",
    )
    enrolled = enroll_one(engine)

    broker.start()
    wait_for(lambda: _comes_in(free_port, enrolled.publisher, enrolled.password))
    with Speaker(free_port, enrolled.publisher, enrolled.password) as device:
        revoke(engine, Scope.all(), enrolled.publisher, NOW)
        broker.refresh()
        wait_for(lambda: device.cuts)

    assert not _comes_in(free_port, enrolled.publisher, enrolled.password)
    assert file.stat().st_mode == mode
    mosquitto.stop()


def test_a_reload_that_fails_is_said_and_tried_again(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    broker = ExternalBroker(
        engine=engine, login=LOGIN, host="127.0.0.1", port=1, password_file=file, reload_command="false"
    )

    with pytest.raises(BrokerError, match="reload_command"):
        broker.start()
    with pytest.raises(BrokerError, match="reload_command"):
        broker.refresh()
    with pytest.raises(BrokerError, match="password_file"):
        ExternalBroker(
            engine=engine, login=LOGIN, host="127.0.0.1", port=1, password_file=tmp_path / "no" / "passwords"
        ).start()

    assert file.read_text().startswith(f"{LOGIN.user}:$7$")


def test_without_a_password_file_nothing_is_written(engine: Engine, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())

    ExternalBroker(engine=engine, login=LOGIN, host="127.0.0.1", port=1).start()

    assert sorted(tmp_path.iterdir()) == before


def test_what_the_readme_tells_a_school_to_write_is_what_we_write() -> None:
    readme = (ROOT / "collector/src/rollcall_collector/identity/README.md").read_text()
    ours = configuration(folder=Path("/etc/mosquitto"), host="127.0.0.1", port=1883, tls=None).splitlines()

    told = [line for line in readme.split("once:\n\n```\n")[1].split("```")[0].splitlines() if "_file" not in line]

    assert ACL.format(collector="collector") in readme
    assert told
    assert [line for line in told if line not in ours] == []


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    path.write_text("before")

    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")

    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["passwords"]


def _comes_in(port: int, name: str, password: str) -> bool:
    with Speaker(port, name, password) as one:
        return bool(one.answer)

"""A real Mosquitto on a free loopback port, started, killed and restarted by tests."""

import os
import secrets
import signal
import socket
import subprocess
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import pbkdf2_hmac
from pathlib import Path
from typing import Literal

from tests.support.require import require
from tests.support.wait import wait_for

COLLECTOR = "collector"
COLLECTOR_PASSWORD = "collector-password"
ACL = f"""\
user {COLLECTOR}
topic readwrite rollcall/v1/#
topic read $SYS/#
pattern write rollcall/v1/+/%u/reports
pattern write rollcall/v1/+/%u/state
pattern read rollcall/v1/+/%u/acks
pattern read rollcall/v1/+/%u/settings
"""
Variant = Literal["memory", "debian"]
_VARIANTS: dict[Variant, str] = {
    "memory": "persistence false\nset_tcp_nodelay true\nmax_inflight_messages 200\nmax_queued_messages 100000\n",
    "debian": "persistence true\npersistence_location {folder}/\n",
}


@dataclass(kw_only=True)
class Mosquitto:
    """A broker with its own folder, users and port; the port stays the same over restarts."""

    program: Path
    folder: Path
    port: int
    variant: Variant = "memory"
    has_tls: bool = False
    users: dict[str, str] = field(default_factory=dict)
    _child: subprocess.Popen[bytes] | None = None

    host = "127.0.0.1"

    def start(self, *, keeps_files: bool = False) -> None:
        if not keeps_files:
            self._write()
        with (self.folder / "mosquitto.log").open("ab") as log:
            self._child = subprocess.Popen(
                [self.program, "-c", self.folder / "mosquitto.conf"], stdout=log, stderr=subprocess.STDOUT
            )
        try:
            wait_for(self._answers, seconds=10, what="mosquitto")
        except AssertionError:
            self.kill()
            raise AssertionError((self.folder / "mosquitto.log").read_text(errors="replace")[-2000:]) from None

    def kill(self) -> None:
        """As a power cut does: SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def restart(self, *, keeps_files: bool = False) -> None:
        """Killed and started anew; with its files as a test has changed them, if so wished."""
        self.kill()
        self.start(keeps_files=keeps_files)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def admit(self, users: Mapping[str, str]) -> None:
        """Let these users in, and nobody else but the collector; live sessions of others are cut."""
        self.users = dict(users)
        self._write()
        self._signal(signal.SIGHUP)

    def log(self) -> str:
        return (self.folder / "mosquitto.log").read_text(errors="replace")

    def _write(self) -> None:
        users = {COLLECTOR: COLLECTOR_PASSWORD, **self.users}
        self._file("passwords", "".join(f"{name}:{_hashed(password)}\n" for name, password in users.items()))
        self._file("acl", ACL)
        lines = [
            f"user {'root' if os.geteuid() == 0 else 'nobody'}",  # ignored unless started by root
            "per_listener_settings false",
            "allow_anonymous false",
            f"password_file {self.folder}/passwords",
            f"acl_file {self.folder}/acl",
            "log_dest stdout",
            "log_type all",
            f"listener {self.port} {self.host}",
        ]
        if self.has_tls:
            lines += [f"certfile {self.folder}/server.pem", f"keyfile {self.folder}/server.key"]
        self._file("mosquitto.conf", "\n".join(lines) + "\n" + _VARIANTS[self.variant].format(folder=self.folder))

    def _file(self, name: str, text: str) -> None:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)

    def _answers(self) -> bool:
        assert self._child is not None
        if self._child.poll() is not None:
            raise AssertionError(f"mosquitto ended with {self._child.returncode}: {self.log()[-2000:]}")
        with suppress(OSError), socket.create_connection((self.host, self.port), timeout=1):
            return True
        return False

    def _signal(self, number: signal.Signals) -> None:
        assert self._child is not None
        self._child.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._child is None:
            return
        self._child.send_signal(signal.SIGCONT)
        self._child.send_signal(number)
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(10)
        self._child = None


@contextmanager
def mosquitto(
    folder: Path, *, users: Mapping[str, str] | None = None, variant: Variant = "memory", has_tls: bool = False
) -> Iterator[Mosquitto]:
    """A running broker that is gone afterwards, whatever happened to it meanwhile."""
    broker = Mosquitto(
        program=require("mosquitto"),
        folder=folder,
        port=free_port(),
        variant=variant,
        has_tls=has_tls,
        users=dict(users or {}),
    )
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _hashed(password: str) -> str:
    """Mosquitto's own form: PBKDF2 with SHA-512, 101 rounds."""
    salt = secrets.token_bytes(12)
    digest = pbkdf2_hmac("sha512", password.encode(), salt, 101)
    return f"$7$101${b64encode(salt).decode()}${b64encode(digest).decode()}"

"""Runs Mosquitto as our child: started anew if it dies, told of every change of who may speak, gone with us."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import structlog
from sqlalchemy import Engine

from rollcall_collector.broker import launch
from rollcall_collector.broker.listening import BrokerError, Login, Passwords, Tls, free_port
from rollcall_collector.broker.mosquitto_files import ACL, configuration, password_lines, write_private
from rollcall_collector.identity.certificate import Renewal

log = structlog.get_logger(__name__)

START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_AGAIN_SECONDS = 0.5
_ATTEMPTS = 5
_FOLDER = "rollcall-broker-"


def find_mosquitto() -> Path | None:
    """Where Mosquitto stands on this machine; Debian keeps it outside of an ordinary user's PATH."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin:/opt/homebrew/sbin")
    return Path(found) if found else None


class MosquittoBroker:
    """Mosquitto with memory-only settings, our passwords, and one rule for what a publisher may say and hear.

    Its child dies with this one even by kill -9 (on Linux). Run as root, it gives root up: its files then lie in a
    folder that Mosquitto's own user can reach instead of in `folder`.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        login: Login,
        program: Path,
        folder: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        websocket_port: int | None = None,
        tls: Tls | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.websocket_port = websocket_port
        self._login = login
        self._passwords = Passwords(engine, login)
        self._program = program
        self._wanted_folder = folder
        self._folder = folder
        self._tls = tls
        self._renewal = None if tls is None else Renewal(tls.certificate, tls.key)
        self._is_renewing = False
        self._owner: tuple[int, int] | None = None
        self._child: subprocess.Popen[str] | None = None
        self._keeper: threading.Thread | None = None
        self._stopping = threading.Event()
        self._is_listening = threading.Event()
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._asked = 0
        self._done = 0
        self._written = ""

    def start(self) -> None:
        """Listen on the wanted port, or on a free one where it is taken. Raises BrokerError where that fails."""
        self._stopping.clear()
        self._is_listening.clear()
        self._make_folder()
        for attempt in range(_ATTEMPTS):
            self.port = free_port(self.host, 0 if attempt else self.port)
            if self.websocket_port is not None:
                self.websocket_port = free_port(self.host, 0 if attempt else self.websocket_port)
            write_private(self._folder / "mosquitto.conf", self._configuration(), owner=self._owner)
            # The thread that starts the child must live as long as it: the kernel counts its end as the parent's.
            self._keeper = threading.Thread(target=self._keep_running, name="mosquitto", daemon=True)
            self._keeper.start()
            if self._wait_until_listening():
                self._is_listening.set()
                return
        self.stop()
        raise BrokerError(f"{self._program} does not start: see the log above, or set broker.kind to 'embedded'")

    def stop(self) -> None:
        """End the child and take its files away; it is no error if it never started."""
        self._stopping.set()
        self._end_child()
        if self._keeper is not None:
            self._keeper.join(_STOP_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def refresh(self) -> None:
        """Let the broker take the passwords as they are now; who lost the right to speak is cut off.

        Of several that ask at the same time one does it for all. Mosquitto takes the signal between two rounds of its
        loop, 100 ms at most: nobody waits for it, since who connects before then comes back within a second. A
        certificate that was renewed is taken by a new start: the signal would not reach that of the WebSocket.
        """
        with self._count:
            self._asked += 1
            mine = self._asked
        with self._turn:
            if self._done >= mine:
                return
            covered = self._asked
            has_news, child = self._write_passwords(), self._child
            if self._renewal is not None and self._renewal.is_due():
                self._write_certificate()
                self._is_renewing = True
                if child is not None:
                    child.terminate()
            elif has_news and child is not None:
                child.send_signal(signal.SIGHUP)
            self._done = covered

    def _make_folder(self) -> None:
        if os.geteuid() == 0:
            account = _account()
            self._owner = (account.pw_uid, account.pw_gid)
            self._folder = _open_folder()
            os.chown(self._folder, *self._owner)
        else:
            self._folder = self._wanted_folder.absolute()
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(0o700)
        self._written = ""
        write_private(self._folder / "acl", ACL.format(collector=self._login.user), owner=self._owner)
        self._write_passwords()

    def _configuration(self) -> str:
        tls = None if self._tls is None else self._write_certificate()
        return configuration(
            folder=self._folder, host=self.host, port=self.port, websocket_port=self.websocket_port, tls=tls
        )

    def _write_certificate(self) -> Tls:
        """Copies, since the user that reads them may not be the one that owns the originals."""
        copies = Tls(certificate=self._folder / "certificate.pem", key=self._folder / "key.pem")
        write_private(copies.certificate, self._tls_text("certificate"), owner=self._owner)
        write_private(copies.key, self._tls_text("key"), owner=self._owner)
        return copies

    def _tls_text(self, which: str) -> str:
        path: Path = getattr(self._tls, which)
        try:
            return path.read_text()
        except OSError as error:
            raise BrokerError(f"cannot read the broker's {which} at {path}: {error.strerror}") from error

    def _write_passwords(self) -> bool:
        text = password_lines(self._passwords.read())
        if text == self._written:
            return False
        write_private(self._folder / "passwords", text, owner=self._owner)
        self._written = text
        return True

    def _wait_until_listening(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._keeper is not None and self._keeper.is_alive():
            if all(self._answers(port) for port in (self.port, self.websocket_port) if port is not None):
                return self._child is not None and self._child.poll() is None
            self._stopping.wait(0.02)
        return False

    def _answers(self, port: int) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((self.host, port), timeout=1):
            return True
        return False

    def _keep_running(self) -> None:
        while not self._stopping.is_set():
            self._run_child()
            if self._stopping.is_set() or not self._is_listening.is_set():
                return
            if self._is_renewing:
                self._is_renewing = False
                continue
            log.warning("broker.died", port=self.port)
            self._stopping.wait(_AGAIN_SECONDS)

    def _run_child(self) -> None:
        uid, gid = self._owner or ("-", "-")
        tied = [sys.executable, "-I", launch.__file__, str(os.getpid()), str(uid), str(gid)]
        with subprocess.Popen(  # noqa: S603  # our own launcher, and the program that the settings name
            [*tied, str(self._program), "-c", str(self._folder / "mosquitto.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",
            start_new_session=True,  # Ctrl-C on the terminal is for us: the broker stops after those who speak to it
        ) as child:
            self._child = child
            if self._stopping.is_set():
                child.terminate()
            assert child.stdout is not None
            for line in child.stdout:
                _forward(line.strip())
        self._child = None

    def _end_child(self) -> None:
        child = self._child
        if child is None:
            return
        child.terminate()
        if self._keeper is not None:
            self._keeper.join(_STOP_SECONDS)
            if self._keeper.is_alive():
                child.kill()


def _forward(line: str) -> None:
    if line.startswith("Error"):
        log.error("broker.said", line=line)
    elif line.startswith("Warning"):
        log.warning("broker.said", line=line)
    elif line:
        log.debug("broker.said", line=line)


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("mosquitto")
    except KeyError:
        return pwd.getpwnam("nobody")


def _open_folder() -> Path:
    """A folder every user may pass through to, as a data folder under /root is not; it names the process it is for.

    Those of processes that were killed are swept out on the way.
    """
    place = Path("/run") if Path("/run").is_dir() else Path(tempfile.gettempdir())
    for left in place.glob(f"{_FOLDER}*"):
        pid = left.name.removeprefix(_FOLDER).partition("-")[0]
        if pid.isdecimal() and not _is_running(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-", dir=place))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True

"""A broker that others run: a Mosquitto gets its password file from us, any that asks over HTTP gets answers.

The first is told to read its file anew and cuts off whom it does not find there; out of the second we show ourselves
who may not speak any more. The rest is its owner's.
"""

import shlex
import subprocess
import threading
from pathlib import Path

import structlog
from sqlalchemy import Engine

from rollcall_collector.broker.eviction import Eviction
from rollcall_collector.broker.listening import BrokerError, Login, Passwords
from rollcall_collector.broker.mosquitto_files import password_lines, write_private
from rollcall_collector.store.publishers.identities import list_connected

log = structlog.get_logger(__name__)

_RELOAD_SECONDS = 30


def write_password_file(path: Path, text: str) -> bool:
    """Put the passwords in place if they changed; true if so. Raises BrokerError where the file cannot be written.

    A file that is there keeps its owner and mode: the broker that reads it runs under another name.
    """
    try:
        if not path.is_file():
            write_private(path, text)
        elif path.read_text() == text:
            return False
        else:
            path.write_text(text)
    except OSError as error:
        raise BrokerError(f"cannot write broker.password_file {path}: {error.strerror}") from error
    return True


class ExternalBroker:
    """A broker that others start and stop. Without a password file somebody else keeps its passwords, too."""

    def __init__(
        self,
        *,
        engine: Engine,
        login: Login,
        host: str,
        port: int,
        websocket_port: int | None = None,
        password_file: Path | None = None,
        reload_command: str | None = None,
        eviction: Eviction | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.websocket_port = websocket_port
        self._passwords = Passwords(engine, login)
        self._password_file = password_file
        self._reload_command = reload_command
        self._eviction = eviction
        self._engine = engine
        self._turn = threading.Lock()
        self._known: dict[str, str] | None = None
        self._unwelcome: set[str] = set()
        self._trouble = ""
        self._taken: dict[str, str] | None = None
        self._is_reload_due = False

    def start(self) -> None:
        """Write the passwords and have them read."""
        self.refresh()

    def stop(self) -> None:
        """Nothing: it is not ours to stop."""

    def refresh(self) -> None:
        """Take in who may speak now, and cut off who may not any more.

        Raises BrokerError where the passwords cannot be written or the reload command fails.
        """
        if self._password_file is None and self._eviction is None:
            return
        found = self._passwords.read()
        if self._eviction is not None and self._turn.acquire(blocking=False):  # else another thread is at it
            try:
                self._evict(self._eviction, found)
            finally:
                self._turn.release()
        if self._password_file is not None and found != self._taken:
            self._write(self._password_file, found)

    def _write(self, password_file: Path, found: dict[str, str]) -> None:
        self._is_reload_due |= write_password_file(password_file, password_lines(found))
        if self._is_reload_due and self._reload_command:
            self._reload(self._reload_command)
        self._taken, self._is_reload_due = found, False

    def _evict(self, eviction: Eviction, found: dict[str, str]) -> None:
        """Show out whose password is gone or another one; at first who may not speak, and was last heard as connected.

        What a broker that is away does not do now is asked of it at the next look.
        """
        if self._known is None:
            self._unwelcome.update(one for one in list_connected(self._engine) if one not in found)
        else:
            self._unwelcome.update(one for one, known in self._known.items() if found.get(one) != known)
        self._known = found
        try:
            while self._unwelcome:
                name = min(self._unwelcome)
                eviction.show_out(name)
                self._unwelcome.remove(name)
                log.info("publisher.shown_out", publisher=name)
            self._trouble = ""
        except BrokerError as error:
            if str(error) != self._trouble:
                log.warning("publisher.not_shown_out", reason=str(error))
            self._trouble = str(error)

    def _reload(self, command: str) -> None:
        try:
            subprocess.run(  # noqa: S603  # the command is the operator's own setting
                shlex.split(command), check=True, capture_output=True, text=True, timeout=_RELOAD_SECONDS
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise BrokerError(f"broker.reload_command '{command}' failed: {error}") from error
        log.info("broker.reloaded")

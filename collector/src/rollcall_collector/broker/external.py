"""The school's own Mosquitto: we write its password file and tell it to read that anew; the rest is its owner's."""

import shlex
import subprocess
from pathlib import Path

import structlog
from sqlalchemy import Engine

from rollcall_collector.broker.listening import BrokerError, Login, Passwords
from rollcall_collector.broker.mosquitto_files import password_lines, write_private

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
    ) -> None:
        self.host = host
        self.port = port
        self.websocket_port = websocket_port
        self._passwords = Passwords(engine, login)
        self._password_file = password_file
        self._reload_command = reload_command
        self._taken: dict[str, str] | None = None
        self._is_reload_due = False

    def start(self) -> None:
        """Write the passwords and have them read."""
        self.refresh()

    def stop(self) -> None:
        """Nothing: it is not ours to stop."""

    def refresh(self) -> None:
        """Write the passwords if they changed and run the reload command. Raises BrokerError where either fails."""
        if self._password_file is None:
            return
        found = self._passwords.read()
        if found == self._taken:
            return
        self._is_reload_due |= write_password_file(self._password_file, password_lines(found))
        if self._is_reload_due and self._reload_command:
            self._reload(self._reload_command)
        self._taken, self._is_reload_due = found, False

    def _reload(self, command: str) -> None:
        try:
            subprocess.run(  # noqa: S603  # the command is the operator's own setting
                shlex.split(command), check=True, capture_output=True, text=True, timeout=_RELOAD_SECONDS
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise BrokerError(f"broker.reload_command '{command}' failed: {error}") from error
        log.info("broker.reloaded")

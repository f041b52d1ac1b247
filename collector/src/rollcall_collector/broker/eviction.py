"""Shows somebody out of a broker that others run: by signing in under that client id, as every broker understands.

MQTT demands that a broker end the session of whoever held the id before (3.1.1, section 3.1.4), also when another
node of a cluster holds it, and whatever the broker remembers of rights that it once asked about.
"""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from rollcall_collector.broker.listening import BrokerError, Login

_SECONDS = 10.0
_DISCONNECT = b"\xe0\x00"
_WELCOME, _WELCOME_BACK = b"\x20\x02\x00\x00", b"\x20\x02\x01\x00"


@dataclass(frozen=True, kw_only=True, slots=True)
class Eviction:
    """Where the broker is and who we are to it. `ca_file` None means plain: for a broker on this machine."""

    host: str
    port: int
    login: Login
    ca_file: Path | None = None

    def show_out(self, client_id: str) -> None:
        """End whatever session has this client id; nobody there is as good. Raises BrokerError where that fails."""
        try:
            connection = socket.create_connection((self.host, self.port), timeout=_SECONDS)
            with connection, self._private(connection) as wire:
                wire.sendall(_connect(client_id, self.login))
                if wire.makefile("rb").read(len(_WELCOME)) not in {_WELCOME, _WELCOME_BACK}:
                    raise BrokerError(f"the broker does not let {self.login.user} take the client id of {client_id}")
                wire.sendall(_DISCONNECT)
        except OSError as error:
            raise BrokerError(f"cannot show {client_id} out of the broker: {error}") from error

    def _private(self, plain: socket.socket) -> socket.socket:
        if self.ca_file is None:
            return plain
        return ssl.create_default_context(cafile=str(self.ca_file)).wrap_socket(plain, server_hostname=self.host)


def _connect(client_id: str, login: Login) -> bytes:
    """A CONNECT of MQTT 3.1.1: clean session, name and password, a keep-alive of ten seconds."""
    rest = b"\x00\x04MQTT\x04\xc2\x00\x0a" + b"".join(map(_text, (client_id, login.user, login.password)))
    length = bytearray()
    left = len(rest)
    while True:
        left, low = divmod(left, 128)
        length.append(low | (128 if left else 0))
        if not left:
            return b"\x10" + bytes(length) + rest


def _text(value: str) -> bytes:
    encoded = value.encode()
    return len(encoded).to_bytes(2, "big") + encoded

"""Where a broker listens, and the name under which the collector itself speaks to it."""

import contextlib
import errno
import resource
import socket
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.credentials import hash_password
from rollcall_collector.store.publishers.identities import read_credentials

PACKET_BYTES_MAX = 70_000
"""A message has at most 64 KiB; a little more is let through, so that the collector can say why it refused it."""


class BrokerError(CollectorError):
    """A broker that does not start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """The broker's certificate (with the chain to its authority) and key, as PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """The collector's own name and password at the broker."""

    user: str = "collector"
    password: str = field(repr=False)


def free_port(host: str, wanted: int = 0) -> int:
    """The wanted port if nobody listens there, else a free one. Raises BrokerError where the address is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in (wanted, 0):
        with socket.socket(family) as probe:
            # As a server would: what waits in TIME_WAIT is no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno in {errno.EADDRINUSE, errno.EACCES} and port:
                    continue
                raise BrokerError(f"cannot listen on {host}: {error.strerror}; choose another broker.host") from error
            return int(probe.getsockname()[1])
    raise BrokerError(f"no free port on {host}")


def raise_file_limit() -> int:
    """Let this program hold as many connections and files as its system allows it; many allow 1,024 until one asks."""
    _, files_max = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (files_max, files_max))
    return files_max if files_max != resource.RLIM_INFINITY else 1 << 30


class Passwords:
    """Reads the password hash of everybody who may speak, the collector among them."""

    def __init__(self, engine: Engine, login: Login) -> None:
        self._engine = engine
        self._own = {login.user: hash_password(login.password)}

    def read(self) -> dict[str, str]:
        """Name and hash of each, as of now."""
        return read_credentials(self._engine) | self._own

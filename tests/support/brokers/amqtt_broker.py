"""The embedded broker's library by itself, in a process of its own: for what must work on MQTT 3.1.1.

Usage: python -m tests.support.brokers.amqtt_broker PORT PASSWORD_FILE
"""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from amqtt.broker import Broker
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from tests.support.brokers.mosquitto import free_port
from tests.support.require import ROOT
from tests.support.wait import wait_for


@contextmanager
def amqtt_broker(folder: Path, users: Mapping[str, str]) -> Iterator[int]:
    """The port of a running broker that knows these users' passwords."""
    hasher = PasswordHash((Argon2Hasher(memory_cost=8, time_cost=1, parallelism=1),))
    passwords = folder / "amqtt.passwords"
    passwords.write_text("".join(f"{name}:{hasher.hash(password)}\n" for name, password in users.items()))
    port = free_port()
    with (folder / "amqtt.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", __name__, str(port), passwords], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for(lambda: _answers(port), seconds=15, what="amqtt")
        yield port
    finally:
        child.kill()
        child.wait(10)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


async def _serve(port: str, passwords: str) -> None:
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": passwords}},
    }
    await Broker(config).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))

"""Devices that flood: one stolen or broken credential that says things as fast as its connection takes them.

Usage: python -m tests.support.faults.flooding PORT NAME PASSWORD KIND SECONDS
Says when it is ready, begins once it reads a line, and comes back at once whenever it is cut.
"""

import itertools
import secrets
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from rollcall_wire.topics import topic
from tests.support.listening import boot, message, vitals
from tests.support.require import ROOT

KINDS = ("tiny", "boots", "epochs", "garbage", "oversize", "retained", "wild")
"""What the floods are of: see `_payload` and `_where`."""
READY = b"ready\n"
_OVERSIZE = 200_000
_AT_ONCE, _BLOCKS = 50, 400
_AGAIN_SECONDS = 0.05


@contextmanager
def flooding(
    port: int, credentials: Sequence[tuple[str, str]], kinds: Sequence[str], seconds: float
) -> Iterator[None]:
    """So many devices that flood, each a process of its own, for this time or until the block ends; all at once."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.faults.flooding", str(port), name, password, kind, str(seconds)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for (name, password), kind in zip(credentials, kinds, strict=True)
    ]
    try:
        assert [one.stdout is not None and one.stdout.readline() for one in started] == [READY] * len(started)
        for one in started:
            assert one.stdin is not None
            one.stdin.write(b"\n")
            one.stdin.flush()
        yield
    finally:
        for one in started:
            one.kill()
            one.communicate(timeout=10)


def main() -> None:
    port, name, password, kind, seconds = sys.argv[1:]
    at_once, count = (1, 4) if kind == "oversize" else (_AT_ONCE, _BLOCKS)
    blocks = [
        b"".join(_publish(name, kind, number) for number in range(block * at_once, (block + 1) * at_once))
        for block in range(count)
    ]
    print(READY.decode(), end="", flush=True)
    sys.stdin.readline()
    until = time.monotonic() + float(seconds)
    following = itertools.cycle(blocks)
    while time.monotonic() < until:
        wire = _connect(int(port), name, password)
        if wire is None:
            time.sleep(_AGAIN_SECONDS)
            continue
        with wire, suppress(OSError):
            while time.monotonic() < until:
                _write(wire, next(following), until)


def _connect(port: int, name: str, password: str) -> socket.socket | None:
    texts = b"".join(_text(one.encode()) for one in (name, name, password))
    hello = b"\x00\x04MQTT\x04\xc2\x00\x3c" + texts
    with suppress(OSError):
        wire = socket.create_connection(("127.0.0.1", port), timeout=10)
        wire.sendall(b"\x10" + _length(len(hello)) + hello)
        if wire.recv(4) == b"\x20\x02\x00\x00":
            wire.setblocking(False)
            return wire
        wire.close()
    return None


def _write(wire: socket.socket, block: bytes, until: float) -> None:
    waiting = memoryview(block)
    while waiting and time.monotonic() < until:
        readable, writable, _ = select.select([wire], [wire], [], 1)
        if readable and not wire.recv(1 << 20):
            raise ConnectionError("cut")
        if writable:
            with suppress(BlockingIOError):
                waiting = waiting[wire.send(waiting) :]


def _publish(name: str, kind: str, number: int) -> bytes:
    where, payload = _text(_where(name, kind, number).encode()), _PAYLOADS[kind](name, number)
    mid = (number % 65_535 + 1).to_bytes(2, "big")
    flags = 0x33 if kind == "retained" else 0x32
    return bytes([flags]) + _length(len(where) + 2 + len(payload)) + where + mid + payload


def _where(name: str, kind: str, number: int) -> str:
    if kind == "wild":
        return f"rollcall/v1/{number % 64:02d}/{name if number % 2 else secrets.token_hex(4)}/reports/{number}"
    return topic(name, "reports")


_PAYLOADS: dict[str, Callable[[str, int], bytes]] = {
    "tiny": lambda name, number: message(name, [vitals(number + 1, name)]),
    "boots": lambda name, number: message(name, [boot(number + 1, name)]),
    "epochs": lambda name, number: message(name, [vitals(1, name)], epoch=f"{number:016x}"),
    "garbage": lambda name, number: b"[" * 4_000 if number % 2 else b'{"a":"' + b"\xff" * 4_000,
    "oversize": lambda name, number: b"x" * _OVERSIZE,
    "retained": lambda name, number: message(name, [vitals(number + 1, name)]),
    "wild": lambda name, number: b"hello",
}


def _text(content: bytes) -> bytes:
    return len(content).to_bytes(2, "big") + content


def _length(count: int) -> bytes:
    written = bytearray()
    while True:
        count, low = divmod(count, 128)
        written.append(low | (128 if count else 0))
        if not count:
            return bytes(written)


if __name__ == "__main__":
    main()

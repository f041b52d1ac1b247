"""Tells the service manager that everything is up, and again and again that it still is: else it starts us anew."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from rollcall_collector.config import Supervisor

log = structlog.get_logger("rollcall.supervision")

_SIGNS = 4
"""So many signs of life in the time within which one is wanted."""


@contextmanager
def supervised(supervisor: Supervisor | None, is_alive: Callable[[], bool]) -> Iterator[None]:
    """Say now that we are up, then give signs of life while there is one; say at the end that we stop on purpose."""
    if supervisor is None:
        yield
        return
    stopping = threading.Event()
    thread = threading.Thread(
        target=_give_signs, args=(supervisor, is_alive, stopping), name="supervision", daemon=True
    )
    _tell(supervisor, "READY=1")
    thread.start()
    try:
        yield
    finally:
        _tell(supervisor, "STOPPING=1")
        stopping.set()
        thread.join()


def _give_signs(supervisor: Supervisor, is_alive: Callable[[], bool], stopping: threading.Event) -> None:
    was_alive = True
    while supervisor.seconds is not None and not stopping.wait(supervisor.seconds / _SIGNS):
        if is_alive():
            _tell(supervisor, "WATCHDOG=1")
        elif was_alive:
            log.error("collector.hung", way_out="the service manager starts it anew")
        was_alive = is_alive()


def _tell(supervisor: Supervisor, word: str) -> None:
    address = supervisor.address
    name = f"\0{address[1:]}" if address.startswith("@") else address  # systemd's sign for a name that is no file
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as teller:
            teller.connect(name)
            teller.send(word.encode())
    except OSError as error:  # nobody listens: then nobody waits either
        log.warning("supervisor.unheard", reason=str(error))

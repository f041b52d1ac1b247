"""Reads what the environment says: where the state stands, what starts the agent again, who waits for its word."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rollcall_agent.sources.system import SignOfLife

SYSTEM_STATE = Path("/var/lib/rollcall-agent")
OWN_STATE = ".local/state/rollcall-agent"


def default_state(environ: Mapping[str, str]) -> Path:
    """The system's folder for root, else one of the user's own."""
    if os.geteuid() == 0:
        return SYSTEM_STATE
    return Path(environ.get("HOME") or "/").joinpath(OWN_STATE)


def is_supervised(environ: Mapping[str, str]) -> bool:
    """Whether systemd started the agent: it starts it again when it dies."""
    return "INVOCATION_ID" in environ


def sign_of_life(environ: Mapping[str, str]) -> SignOfLife | None:
    """What feeds systemd's watchdog, by sd_notify(3): one datagram; None where nobody waits for it."""
    named = environ.get("NOTIFY_SOCKET", "")
    if not named.startswith(("/", "@")):
        return None
    address = f"\0{named[1:]}" if named.startswith("@") else named

    def live() -> None:
        # Whoever does not take it now gets the next one, minutes before it matters.
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking, suppress(OSError):
            speaking.setblocking(False)  # noqa: FBT003  # the standard library's shape
            speaking.sendto(b"WATCHDOG=1", address)

    return live

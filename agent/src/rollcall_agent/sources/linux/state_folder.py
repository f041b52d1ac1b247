"""Says where the agent's state stands unless it is named, and whether something starts the agent again."""

import os
from collections.abc import Mapping
from pathlib import Path

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

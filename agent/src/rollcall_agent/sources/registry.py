"""Which system this is: one line a system."""

import sys

from rollcall_agent.errors import UnknownSystemError
from rollcall_agent.sources.system import System

SYSTEMS = ("linux", "win32", "darwin")


def find_system(name: str) -> System:
    """The system that `sys.platform` names so. Raises UnknownSystemError."""
    if name == "linux":
        from rollcall_agent.sources.linux import SYSTEM  # noqa: PLC0415  # only the own system's sources weigh

        return SYSTEM
    if name == "win32":
        from rollcall_agent.sources.windows import SYSTEM as WINDOWS  # noqa: PLC0415  # as above

        return WINDOWS
    if name == "darwin":
        from rollcall_agent.sources.macos import SYSTEM as MACOS  # noqa: PLC0415  # as above

        return MACOS
    raise UnknownSystemError(name, SYSTEMS)


def this_system() -> System:
    """The system that runs here. Raises UnknownSystemError."""
    return find_system(sys.platform)

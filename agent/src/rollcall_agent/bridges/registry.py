"""Which bridges there are: one line a bridge."""

from collections.abc import Sequence

from rollcall_agent.bridges import google, nanomdm
from rollcall_agent.bridges.bridge import Bridge
from rollcall_agent.bridges.vendors import apple_school, intune, intune_windows, jamf_pro, jamf_school, mosyle
from rollcall_agent.errors import UnknownBridgeError

BRIDGES: tuple[Bridge, ...] = (
    google.BRIDGE,
    nanomdm.BRIDGE,
    jamf_school.BRIDGE,
    jamf_pro.BRIDGE,
    mosyle.BRIDGE,
    intune.BRIDGE,
    intune_windows.BRIDGE,
    apple_school.BRIDGE,
)


def find_bridge(name: str, bridges: Sequence[Bridge]) -> Bridge:
    """The bridge of this name. Raises UnknownBridgeError, which names those there are."""
    for bridge in bridges:
        if bridge.name == name:
            return bridge
    raise UnknownBridgeError(name, [bridge.name for bridge in bridges])

"""How is each bridge? What its own check found last, for who looks after all sites."""

from sqlalchemy import Connection

from rollcall_collector.model.scope import Asker
from rollcall_collector.store.publishers.bridge_checks import CheckedBridge, list_bridges
from rollcall_dashboards.shared.i18n import translate

ShownBridge = tuple[CheckedBridge, str, str, str]
"""A bridge, and the letter, the tone and the word of its chip."""


def show_bridges(connection: Connection, person: Asker) -> list[ShownBridge] | None:
    """The bridges with their faces; None for who sees only some sites, or only looks."""
    if not person.may("list") or not person.scope.is_all:
        return None
    return [(bridge, *_face(bridge)) for bridge in list_bridges(connection, person.scope)]


def _face(bridge: CheckedBridge) -> tuple[str, str, str]:
    faults = sum(check.is_fault for check in bridge.checks)
    if faults:
        return "!", "bad", translate("Something is wrong")
    if bridge.state != "ready":
        return "-", "warn", translate("Not connected")
    return ("?", "quiet", translate("Not checked")) if bridge.checked_at is None else ("✓", "good", translate("Well"))

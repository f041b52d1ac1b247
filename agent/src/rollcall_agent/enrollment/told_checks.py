"""Tells the collector what a bridge's check of its own service found, for the page on which devices are enrolled."""

from collections.abc import Sequence
from dataclasses import replace

from rollcall_agent.checks import Check
from rollcall_agent.enrollment.application import YES, refusal
from rollcall_agent.enrollment.door import Door
from rollcall_agent.enrollment.identity import Identity
from rollcall_wire.encoding import encode

PATH = "/api/v1/bridges/checks"
CHECKS_MAX = 64
TEXT_MAX = 500
_UNKNOWN = 404


def tell_checks(
    door: Door, identity: Identity, bridge: str, checks: Sequence[Check], *, seconds: float | None = None
) -> bool:
    """Tell all that the check of the bridge of this name found, in place of what was told before.

    `seconds` is how long its last whole round took; None leaves what was told of that. False where a collector of
    before has no place for it. Raises ComeBackLaterError, EnrollmentError, OSError where the collector is not there.
    """
    told: dict[str, object] = {"bridge": bridge, "checks": [_short(check) for check in checks[:CHECKS_MAX]]}
    if seconds is not None:
        told["round_seconds"] = seconds
    answer = door.ask("PUT", PATH, encode(told), login=(identity.publisher, identity.password))
    if answer.status not in {YES, _UNKNOWN}:
        raise refusal(answer, "did not take what the check found")
    return answer.status == YES


def _short(check: Check) -> Check:
    """Texts that the collector takes: a service's own words may be long, and hold what cannot be printed."""
    subject, says, way_out = (_printable(text) for text in (check.subject, check.says, check.way_out))
    return replace(check, subject=subject, says=says, way_out=way_out)


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)[:TEXT_MAX]

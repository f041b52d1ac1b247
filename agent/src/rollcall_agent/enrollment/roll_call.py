"""Asks the collector which of a bridge's devices somebody needs to know of now."""

import json

from rollcall_agent.enrollment.application import YES, refusal
from rollcall_agent.enrollment.door import Door
from rollcall_agent.enrollment.identity import Identity
from rollcall_agent.errors import EnrollmentError

PATH = "/api/v1/bridges/roll-call"
_UNKNOWN = 404


def ask_roll_call(door: Door, identity: Identity) -> list[tuple[str, str]]:
    """Serial number and site of each device that is called, most urgent first; none by a collector of before.

    Raises ComeBackLaterError, EnrollmentError, OSError where the collector is not there.
    """
    answer = door.ask("GET", PATH, b"", login=(identity.publisher, identity.password))
    if answer.status == _UNKNOWN:
        return []
    if answer.status != YES:
        raise refusal(answer, "said not which devices to call")
    try:
        return [(str(one["serial_number"]), str(one["site"])) for one in json.loads(answer.body)["devices"]]
    except (ValueError, LookupError, TypeError) as error:
        raise EnrollmentError(f"{door.url} answered, but not as a collector does: upgrade it") from error

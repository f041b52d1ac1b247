"""Asks the collector for an identity: shows a token and what the device or bridge is, gets a name and a password."""

import json
from collections.abc import Mapping
from pathlib import Path

from rollcall_agent.enrollment.door import Answer, Door
from rollcall_agent.enrollment.identity import Identity, read_answer
from rollcall_agent.errors import ComeBackLaterError, EnrollmentError, PostponedError
from rollcall_agent.obstacles import explain_answer
from rollcall_wire import Inventory
from rollcall_wire.encoding import encode
from rollcall_wire.ranges import believable

PATH = "/api/v1/enroll"
BUSY_SECONDS = 1.0
"""How long to wait where the collector is too busy and does not say for how long."""
YES, TOO_MANY, BUSY = 200, 429, 503
WAYS_OUT = {
    "bad_token": "check the token, or ask for a new one",
    "expired_token": "ask for a new token",
    "used_up_token": "ask for a new token, or one with more uses",
    "retired_device": "the device was retired: enroll it again only after it was reinstated",
    "revoked_device": "the device was revoked: enroll it again only after it was reinstated",
    "wrong_shape": "agent and collector do not fit together: upgrade the older of them",
    "too_many": "wait a minute and try again",
}


def enroll(
    url: str, *, token: str, hardware: Mapping[str, str], inventory: Inventory, ca_file: Path | None = None
) -> Identity:
    """The identity that the collector at this address gives to a device or a bridge.

    Raises EnrollmentError where it refuses, ConfigError where the address would not be private, OSError where it is
    not there.
    """
    door = Door(url, ca_file=ca_file)
    door.start()
    try:
        answer = apply(door, token=token, hardware_id=next(iter(hardware.values())), inventory=inventory)
    finally:
        door.stop()
    return read_answer(answer, hardware=hardware, url=url)


def apply(door: Door, *, token: str, hardware_id: str, inventory: Inventory) -> bytes:
    """The collector's answer to one application, for `read_answer`.

    Raises ComeBackLaterError where it takes no more now, PostponedError where something stands in the way,
    EnrollmentError where it refuses, OSError where it is not there.
    """
    asked = {"token": token, "hardware_id": hardware_id, "inventory": believable(inventory)}
    answer = door.ask("POST", PATH, encode(asked))
    if answer.status != YES or _obstacle(answer) is not None:
        raise refusal(answer, "did not enroll this device")
    return answer.body


def refusal(answer: Answer, deed: str) -> EnrollmentError:
    """What went wrong and the way out, from the collector's own words where it said any."""
    if (obstacle := _obstacle(answer)) is not None:
        return PostponedError(f"the collector was not reached: {obstacle}")
    try:
        read = json.loads(answer.body)
        code, detail = str(read["error"]), str(read["detail"])
    except (ValueError, LookupError, TypeError):
        code, detail = "", f"HTTP {answer.status}, which is no collector's answer: check the address"
    way_out = WAYS_OUT.get(code)
    words = f"the collector {deed}: {detail}" + (f" ({way_out})" if way_out else "")
    if answer.status in {TOO_MANY, BUSY}:
        return ComeBackLaterError(words, seconds=answer.retry_after_seconds or BUSY_SECONDS)
    return EnrollmentError(words)


def _obstacle(answer: Answer) -> str | None:
    return explain_answer(answer.status, answer.body, answer.location)

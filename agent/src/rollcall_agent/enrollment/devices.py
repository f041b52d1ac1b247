"""Asks the collector for the ids of a bridge's devices, many at once, and only for those that are new or changed."""

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rollcall_agent.enrollment.application import YES, refusal
from rollcall_agent.enrollment.door import Door
from rollcall_agent.enrollment.identity import Identity
from rollcall_agent.enrollment.known_devices import BridgedDevice, KnownDevices
from rollcall_agent.errors import EnrollmentError
from rollcall_wire.encoding import encode
from rollcall_wire.ranges import believable

log = logging.getLogger("rollcall.enrollment")

PATH = "/api/v1/bridges/devices"
DEVICES_MAX = 1_000
"""So many are brought in at once; the collector takes five times as many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NoId:
    """Why the collector gives one device no id: its code, and a sentence for a technician."""

    code: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BroughtIn:
    """Ids and refusals by the devices' names.

    `given` are those that had to be asked for: let `KnownDevices` keep them once what is told because they are news
    cannot be lost any more.
    """

    ids: Mapping[str, str]
    refusals: Mapping[str, NoId]
    given: tuple[tuple[BridgedDevice, str], ...]


def bring_in(door: Door, identity: Identity, known: KnownDevices, devices: Sequence[BridgedDevice]) -> BroughtIn:
    """The ids of at most DEVICES_MAX devices, asked for where they are news; the collector gives the same ones again.

    Raises ComeBackLaterError, EnrollmentError, OSError where the collector is not there, OutboxError where what is
    known cannot be read.
    """
    assert len(devices) <= DEVICES_MAX, "bring them in by batches"
    news = list({device.name: device for device in devices if known.is_news(device)}.values())
    answers = list(zip(news, _ask(door, identity, news), strict=True)) if news else []
    given = tuple((device, answer) for device, answer in answers if isinstance(answer, str))
    refusals = {device.name: answer for device, answer in answers if isinstance(answer, NoId)}
    for code, count in Counter(no_id.code for no_id in refusals.values()).items():
        log.warning("devices.refused code=%s count=%d", code, count)
    fresh = {device.name: device_id for device, device_id in given}
    old = {device.name: known.find(device) for device in devices if device.name not in fresh | refusals}
    ids = fresh | {name: device_id for name, device_id in old.items() if device_id is not None}
    return BroughtIn(ids=ids, refusals=refusals, given=given)


def _ask(door: Door, identity: Identity, batch: Sequence[BridgedDevice]) -> list[str | NoId]:
    body = encode({"devices": [_stated(device) for device in batch]})
    answer = door.ask("PUT", PATH, body, login=(identity.publisher, identity.password))
    if answer.status != YES:
        raise refusal(answer, "gave this bridge no ids for its devices")
    try:
        answers = [_read(one) for one in json.loads(answer.body)["devices"]]
    except (ValueError, LookupError, TypeError) as error:
        raise EnrollmentError(f"{door.url} answered, but not as a collector does: upgrade it") from error
    if len(answers) != len(batch):
        raise EnrollmentError(f"{door.url} answered for {len(answers)} of {len(batch)} devices: upgrade it")
    return answers


def _stated(device: BridgedDevice) -> dict[str, Any]:
    return {
        "serial_number": device.serial_number,
        "hardware_keys": device.hardware_keys,
        "inventory": device.inventory and believable(device.inventory),
    }


def _read(answer: Mapping[str, Any]) -> str | NoId:
    if "error" in answer:
        return NoId(code=str(answer["error"]), detail=str(answer.get("detail", "")))
    return str(answer["device_id"])

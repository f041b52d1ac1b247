"""Asks iPads through NanoMDM: two harmless commands and no others, within the limits of the agenda."""

import json
import logging
import plistlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rollcall_agent.bridges.bridge import RollCall
from rollcall_agent.bridges.nanomdm.agenda import Agenda, Purpose, Question
from rollcall_agent.bridges.nanomdm.declarations import SYNC_TOKENS
from rollcall_agent.enrollment import Door
from rollcall_agent.errors import EnrollmentError

log = logging.getLogger("rollcall.bridge")

LOGIN = "nanomdm"
QUERIES = (
    "SerialNumber",
    "ProductName",
    "OSVersion",
    "BatteryLevel",
    "DeviceCapacity",
    "AvailableDeviceCapacity",
)
"""All that is ever asked of a device: no name, no address, no account."""
_COMMANDS: dict[Purpose, dict[str, Any]] = {
    "daily": {"RequestType": "DeviceInformation", "Queries": list(QUERIES)},
    "roll_call": {"RequestType": "DeviceInformation", "Queries": list(QUERIES)},
    "invitation": {"RequestType": "DeclarativeManagement", "Data": SYNC_TOKENS},
}
A_SECOND_AND_SITE_MAX = 5
"""So many devices of one site are asked in a second by a roll call, so that its Wi-Fi carries the lesson too."""
LOOK_EVERY = timedelta(seconds=15)
"""How often the collector is asked whom to call."""
WAIT_AFTER_TROUBLE = timedelta(minutes=1)
_ANSWERED = frozenset({200, 207, 500})
"""With each of these NanoMDM has read the command: what became of it stands in the answer alone."""


@dataclass(kw_only=True, slots=True)
class Asker:
    """Steps once a second at most. `roll_call` asks the collector who is to be asked, most urgent first."""

    agenda: Agenda
    door: Door
    api_key: str
    roll_call: Callable[[], Sequence[RollCall]]
    is_inviting: bool
    _called: dict[str, list[str]] = field(default_factory=dict)
    _look_at: datetime | None = None
    _rest_until: datetime | None = None

    def step(self, now: datetime) -> bool:
        """Ask whoever is due; whether anybody was asked."""
        if self._rest_until is not None and now < self._rest_until:
            return False
        try:
            self._look(now)
            questions = [*self._roll_calls(now), *filter(None, (self.agenda.unsent(now), self._regular(now)))]
            for question in questions:
                self._ask(question)
        except (OSError, EnrollmentError) as error:
            self._rest_until = now + WAIT_AFTER_TROUBLE
            log.warning("asking.postponed reason=%s", type(error).__name__)
            return False
        return bool(questions)

    def _look(self, now: datetime) -> None:
        if self._look_at is not None and now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY
        self._called = {}
        for one in self.roll_call():
            self._called.setdefault(one.site, []).append(one.serial_number)

    def _roll_calls(self, now: datetime) -> list[Question]:
        """This second's share of each site, in the order of the call."""
        questions = []
        for site, serials in self._called.items():
            found, looked_at = self.agenda.roll_call(serials, now, count=A_SECOND_AND_SITE_MAX)
            self._called[site] = serials[looked_at:]
            if found is not None:
                questions.append(found)
        return questions

    def _regular(self, now: datetime) -> Question | None:
        return self.agenda.daily(now) or (self.agenda.invitations(now) if self.is_inviting else None)

    def _ask(self, question: Question) -> None:
        body = plistlib.dumps({"CommandUUID": question.command, "Command": _COMMANDS[question.purpose]})
        path = "/v1/enqueue/" + ",".join(question.udids)
        answer = self.door.ask("PUT", path, body, login=(LOGIN, self.api_key))
        if answer.status not in _ANSWERED:
            raise EnrollmentError(f"NanoMDM answered {answer.status}: see 'rollcall-agent bridge nanomdm --check'")
        queued, pushed = _read(answer.body, question)
        if not queued:
            raise EnrollmentError("NanoMDM could not queue a command")
        self.agenda.note(question, pushed=pushed)
        log.info("devices.asked purpose=%s count=%d", question.purpose, len(question.udids))


def _read(body: bytes, question: Question) -> tuple[bool, list[str]]:
    """Whether it was queued, and for whom Apple took the push: by the answer's text, never by its status alone.

    Without a push certificate NanoMDM answers 500 though the command is queued; asked again under another name, the
    device would answer twice.
    """
    try:
        read = json.loads(body)
    except ValueError:
        return False, []
    if not isinstance(read, dict) or read.get("command_error"):
        return False, []
    states: Mapping[str, Any] = read["status"] if isinstance(read.get("status"), dict) else {}
    pushed = [
        udid
        for udid in question.udids
        if isinstance(one := states.get(udid), dict) and one.get("push_result") and not one.get("push_error")
    ]
    return read.get("command_uuid") == question.command, pushed

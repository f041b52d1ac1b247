"""Lets a make-believe iPad of a judged school tell what it would through the bridge: recorded answers, day by day."""

import base64
import json
import plistlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from rollcall_agent.bridges.nanomdm.agenda import Agenda
from rollcall_agent.bridges.nanomdm.folding import Folded, fold, miss
from rollcall_agent.bridges.nanomdm.memory import IpadMemory
from rollcall_agent.bridges.nanomdm.record import Record
from rollcall_agent.bridges.nanomdm.words import read_word
from rollcall_wire import Failure, Vitals
from tests.support.fleets.told_school import ToldSchool
from tests.support.ipads import posts
from tests.support.require import fixtures

Said = tuple[date, dict[str, Any]]
ASKED = "rollcall-asked"
"""The name of a command that the bridge itself sent."""


def recorded(kind: str, *, has: str = "") -> dict[str, Any]:
    """What the recorded iPad said of this kind to a real NanoMDM, the first time that this word stood in it."""
    for one in json.loads((fixtures() / "nanomdm/events.json").read_text()):
        event = one["event"]
        raw = (event.get("checkin_event") or event.get("acknowledge_event"))["raw_payload"]
        payload = base64.b64decode(raw)
        if event["topic"] == f"mdm.{kind}" and has.encode() in payload:
            found: dict[str, Any] = plistlib.loads(payload)
            return found
    raise LookupError(kind)


def bodies(said: Iterable[Said], *, until: date | None = None) -> Iterator[tuple[date, Failure | Vitals | None]]:
    """What the bridge tells of an iPad that said this, with its days; None where only that it was heard."""
    record = Record(udid=posts.udid_of(1))
    for number, (on, what) in enumerate(said):
        at = datetime.combine(on, time(9), UTC) + timedelta(seconds=number)
        word = read_word(json.dumps(posts.event(what, at)).encode())
        told = fold(record, word, is_asked=word.command == ASKED)
        record = told.record
        yield from _days(told, on)
    if until is not None and (told_late := miss(record, datetime.combine(until, time(9), UTC))) is not None:
        yield from _days(told_late, max(on for on, _ in said))


def tell_ipad(school: ToldSchool, number: int, said: Iterable[Said], *, until: date | None = None) -> None:
    """Let this device of the school tell it."""
    school.know([number], platform="ipados")
    for on, body in bodies(list(said), until=until):
        if isinstance(body, Failure):
            school.fail(number, on, body.channel, body.code, **body.evidence)
        elif isinstance(body, Vitals):
            told = {name: getattr(body, name) for name in ("battery_level_percent", "storage_free_bytes")}
            school.live(number, [on], **{name: value for name, value in told.items() if value is not None})
        else:
            school.live(number, [on])


def unanswered(folder: Path, days: Iterable[date]) -> Iterator[Failure]:
    """What the bridge tells of an iPad that Apple calls each morning and that comes by itself on every other one."""
    memory = IpadMemory(folder)
    memory.start()
    agenda = Agenda(memory)
    for number, on in enumerate(days):
        nine = datetime.combine(on, time(9), UTC)
        if number == 0:
            memory.hear(read_word(json.dumps(posts.event(posts.authenticate(1), nine - timedelta(hours=1))).encode()))
        if (question := agenda.daily(nine)) is not None:
            agenda.note(question, pushed=question.udids)
        memory.sweep(nine + timedelta(minutes=30))
        if number % 2:
            memory.hear(read_word(json.dumps(posts.event(posts.idle(1), nine + timedelta(hours=1))).encode()))
    yield from (one for row in memory.waiting(0, 999) for one in row.bodies if isinstance(one, Failure))
    memory.stop()


def ordinary(days: Iterable[date]) -> Iterator[Said]:
    """An iPad that enrolled and answers the day's question."""
    for number, on in enumerate(days):
        if number == 0:
            yield on, posts.authenticate(1)
        yield on, posts.answer(1, ASKED)


def _days(told: Folded, on: date) -> Iterator[tuple[date, Failure | Vitals | None]]:
    yield from ((on, body) for body in told.bodies)
    if told.is_heard and not told.bodies:
        yield on, None

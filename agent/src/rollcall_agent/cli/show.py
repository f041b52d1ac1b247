"""The verb that shows exactly what would leave this device, and what never does."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rollcall_agent.config import AgentSettings
from rollcall_agent.enrollment import Identity
from rollcall_agent.enrollment.identity import settings_at_enrollment, settings_heard
from rollcall_agent.errors import AgentError
from rollcall_agent.outbox import Outbox
from rollcall_agent.resident.look import Lookout
from rollcall_agent.sources.registry import this_system
from rollcall_agent.sources.source import Past, Recall, nothing_remembered
from rollcall_agent.timetable import EVERYTHING
from rollcall_wire import Message, Report, SchoolHours, Settings
from rollcall_wire.encoding import encode
from rollcall_wire.explain import fields_of, name_of, summary_of
from rollcall_wire.privacy import NEVER, coarsen, coarsen_report
from rollcall_wire.reports import KINDS

NOBODY = "not-enrolled"
WAITING_MAX = 10_000


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of `print`."""
    parser.add_argument("--json", action="store_true", help="the raw message, as it would be sent")


def run(args: argparse.Namespace, settings: AgentSettings) -> int:
    """Look as the agent would, remember nothing, and print. Works before enrollment and without a network."""
    settings = settings.of_who_lives_here()
    identity, note = _identity(settings)
    with _remembered(settings) as (recall, heard, waiting):
        reports = _reports(identity, recall, heard(identity), first=len(waiting) + 1)
    if args.json:
        print(_message(identity, reports, heard(identity)).decode())
        return 0
    print("\n".join(_lines(reports, waiting, note or _whose(identity, settings))))
    return 0


def _identity(settings: AgentSettings) -> tuple[Identity | None, str]:
    try:
        identity = settings.state.load()
    except AgentError as error:
        return None, str(error)
    return identity, "" if identity else "This device is not enrolled: nothing leaves it yet."


def _whose(identity: Identity | None, settings: AgentSettings) -> str:
    assert identity is not None
    return (
        f"This device is enrolled as {_named(identity)} at {identity.url}; the state of its agent stands in "
        f"{settings.state.path}. It goes to {identity.broker_host}, under the name {_named(identity)}."
    )


Remembered = tuple[Recall, Callable[[Identity | None], Settings], list[dict[str, Any]]]


@contextmanager
def _remembered(settings: AgentSettings) -> Iterator[Remembered]:
    """The marks of the outbox, the settings last heard, and the reports that wait; none where it cannot be read."""
    if not settings.state.has_outbox:
        yield nothing_remembered, _at_enrollment, []
        return
    outbox = Outbox(settings.state.outbox_file)
    try:
        outbox.start()
        waiting = [json.loads(body) for _, body in outbox.after(0, bytes_max=1 << 26, count_max=WAITING_MAX)]
    except AgentError as error:
        print(f"rollcall-agent: {error}; shown as on a first start", file=sys.stderr)
        yield nothing_remembered, _at_enrollment, []
        return
    try:
        yield outbox.recall, lambda identity: settings_heard(outbox, identity), waiting
    finally:
        outbox.stop()


def _at_enrollment(identity: Identity | None) -> Settings:
    return settings_at_enrollment(identity) if identity else Settings()


def _reports(identity: Identity | None, recall: Recall, heard: Settings, *, first: int) -> list[Report]:
    system = this_system()
    now, host = system.moment(), system.host(recall)
    past = Past(moment=now, boot_id=system.boot_id(host), recall=recall, is_asked_anew=True)
    look = Lookout(system.sources).look(host, past, EVERYTHING)
    device_id = _named(identity)
    return [
        coarsen_report(Report(seq=seq, device_id=device_id, recorded_at=now.now, body=body), heard.school_hours)
        for seq, body in enumerate(look.bodies, first)
    ]


def _message(identity: Identity | None, reports: list[Report], heard: Settings) -> bytes:
    hours: SchoolHours | None = heard.school_hours
    return encode(
        Message(
            publisher=identity.publisher if identity else NOBODY,
            epoch="0" * 16,
            sent_at=coarsen(this_system().moment().now, hours),
            reports=tuple(reports),
        )
    )


def _lines(reports: list[Report], waiting: list[dict[str, Any]], note: str) -> Iterator[str]:
    yield "What would leave this device if everything were told anew now. Nothing else is ever sent."
    yield note
    yield "\nEvery report carries (here the first one's):"
    for one in fields_of(Report):
        yield _field(one.name, json.loads(encode(reports[0])).get(one.name), one.words)
    for report in reports:
        yield from _told(report)
    silent = sorted({name_of(kind) for kind in KINDS} - {report.body.kind for report in reports})
    yield f"\nNothing to tell now of the kinds: {', '.join(silent) or 'none'}."
    yield f"\nWaiting to be delivered: {len(waiting)} reports that were noted earlier."
    yield from (f"  {json.dumps(one, ensure_ascii=False)}" for one in waiting)
    yield "\nWhat never leaves this device:"
    yield from (f"  - {one}" for one in NEVER)


def _named(identity: Identity | None) -> str:
    return (identity.device_id if identity else None) or NOBODY


def _told(report: Report) -> Iterator[str]:
    """A report's body field by field: its name, its value, and what it says in plain words."""
    kind: Any = type(report.body)
    body = json.loads(encode(report.body))
    yield f"\n{name_of(kind)}: {summary_of(kind)}"
    for one in fields_of(kind):
        yield _field(one.name, body.get(one.name), one.words)


def _field(name: str, value: Any, words: str) -> str:
    shown = "not measured" if value is None else "none" if value in ([], {}) else _value(value)
    return f"  {name:<23} {shown:<32} {words}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:g}" for name, number in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)

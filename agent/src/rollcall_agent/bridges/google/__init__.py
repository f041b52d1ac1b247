"""Chromebooks through Google: start-ups, crashes and batteries by telemetry, what they are by the directory.

Reads only, as a service account with a role of its own: no delegation, nobody's mail, nobody's name.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from rollcall_agent.bridges.bridge import Bridge, Poll, ToldOfDevice
from rollcall_agent.bridges.google.account import read_account
from rollcall_agent.bridges.google.check import check_google
from rollcall_agent.bridges.google.directory import PLACE_FIELDS, read_entry
from rollcall_agent.bridges.google.service import Endpoints, Service
from rollcall_agent.bridges.google.walk import Walk
from rollcall_agent.bridges.places import Labelled
from rollcall_agent.checks import Check
from rollcall_agent.errors import ConfigError

GOOGLE = Endpoints()


def google_bridge(endpoints: Endpoints = GOOGLE) -> Bridge:
    """The bridge to this Google."""

    def check(folder: Path) -> Iterator[Check]:
        return check_google(folder, endpoints)

    def poll(asked: Poll) -> Iterator[ToldOfDevice]:
        with closing(_service(asked.folder, endpoints)) as service:
            yield from Walk(asked, service).told()

    def labels(folder: Path) -> Iterator[Labelled]:
        with closing(_service(folder, endpoints)) as service:
            page = ""
            while True:
                found = service.listed(page=page)
                for reply in found.entries:
                    entry = read_entry(reply)
                    if entry is not None and entry.serial_number is not None:
                        yield Labelled(
                            serial_number=entry.serial_number, texts=entry.texts, support_until=entry.support_until
                        )
                page = found.next_token
                if not page:
                    return

    return Bridge(
        name="google",
        platform="chromeos",
        check=check,
        poll=poll,
        labels=labels,
        place_fields=tuple(PLACE_FIELDS),
    )


def _service(folder: Path, endpoints: Endpoints) -> Service:
    try:
        return Service(account=read_account(folder), endpoints=endpoints)
    except ConfigError as error:
        raise OSError(str(error)) from error  # a key may be put there later: a bridge that runs asks again


BRIDGE = google_bridge()

"""What `rollcall people` says of passwords, sessions, the school's provider and the role map."""

import argparse
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine

from rollcall_collector.api.settings import BACK_PATH
from rollcall_collector.cli.parts.running import find_running
from rollcall_collector.cli.parts.store import site_words
from rollcall_collector.config import CollectorSettings
from rollcall_collector.errors import SettingsError
from rollcall_collector.identity import passwords, role_map, sessions
from rollcall_collector.identity.attempts import Attempts
from rollcall_collector.identity.people import find_listed
from rollcall_collector.identity.sign_in.check import check_provider
from rollcall_collector.identity.sign_in.provider import find_provider
from rollcall_collector.model.scope import Scope
from rollcall_collector.model.wording import say_argument
from rollcall_collector.roster import read_list

_MARKS = {True: "yes", False: "NO", None: "cannot be told"}


def answer(chosen: argparse.Namespace, engine: Engine, settings: CollectorSettings, now: datetime) -> Iterator[str]:
    """The lines that answer this action. Raises CollectorError saying the way out."""
    match chosen.action:
        case "sessions":
            yield from _sessions(engine, chosen.name, now, is_end=chosen.end)
        case "reset":
            passwords.reset_password(engine, Attempts(), chosen.name)
            again = f"rollcall people link {say_argument(chosen.name)}"
            yield f"{chosen.name} has no password any more and is signed out: '{again}' lets them choose another"
        case "emergency":
            name, password = passwords.make_emergency(engine, now)
            yield f"name:      {name}"
            yield f"password:  {password}"
            yield "Write it down and lock it away: it is shown only here. Every administrator is told when it is used."
        case "check":
            yield from _check(engine, settings)
        case _:
            yield from _map(chosen, engine, now)


def _map(chosen: argparse.Namespace, engine: Engine, now: datetime) -> Iterator[str]:
    match chosen.action:
        case "allow":
            made = role_map.add_rule(engine, chosen.kind, chosen.value, chosen.role, now, sites=chosen.site or ())
            yield f"whoever shows the {made.kind} {made.value} is {made.role} from the next sign-in on"
        case "disallow":
            role_map.remove_rule(engine, chosen.kind, chosen.value, now)
            yield f"the {chosen.kind} {chosen.value} gives no role any more; who had one by it is signed out"
        case "import":
            done = role_map.import_addresses(engine, read_list(_read(chosen), role_map.HEADINGS), now)
            yield f"{done.rules} addresses: {done.changed} new or changed, {done.gone} gone and signed out"
        case _:
            say_sites = site_words(engine)
            for one in role_map.list_map(engine):
                yield f"{one.said.kind:<10} {one.said.value:<40} {one.said.role:<12} {say_sites(one.said.scope)}"


def _sessions(engine: Engine, name: str, now: datetime, *, is_end: bool) -> Iterator[str]:
    find_listed(engine, Scope.all(), name)
    for one in sessions.list_sessions(engine, name, now):
        yield f"{one.name}  since {one.began_at:%Y-%m-%d %H:%M} UTC by {one.way:<8}  {one.browser}".rstrip()
    if is_end:
        yield f"{sessions.end_other_sessions(engine, name, '')} ended"


def _check(engine: Engine, settings: CollectorSettings) -> Iterator[str]:
    provider = find_provider(engine, settings.sign_in)
    if provider is None:
        yield "no provider is set up: on the page Settings, Sign-in, or in [sign_in] of the settings file"
        return
    running = find_running(settings.folder)
    address = settings.web.address(None if running is None else running.url)
    for one in check_provider(provider, address + BACK_PATH):
        mend = f"; mend it here: {one.mend}" if one.mend and one.is_right is not True else ""
        yield f"{one.what}: {_MARKS[one.is_right]} ({one.said}){mend}"


def _read(chosen: argparse.Namespace) -> bytes:
    try:
        content: bytes = chosen.file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{chosen.file} cannot be read: {error.strerror}") from error
    return content

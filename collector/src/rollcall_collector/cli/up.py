"""`rollcall up`: the whole of Rollcall on this one machine, with the machine itself as the first device."""

import argparse
import contextlib
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import Engine

from rollcall_collector.cli.arguments.up import SYNTAX
from rollcall_collector.cli.parts.assembly import Station, clock, held
from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.cli.parts.store import opened_store
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings
from rollcall_collector.identity.people import create_link, ensure_person
from rollcall_collector.identity.tokens import create_token
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.sites import ensure_site, list_sites

ADMIN = "admin"
FIRST_SITE = "This school"
_CHILD_SECONDS = 10.0


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    set_up_log(settings.log, is_verbose=chosen.verbose)
    stop = stopping_on_signals()
    with held(settings.folder), opened_store(settings) as engine, running(settings, engine) as station:
        if not chosen.without_agent:
            with _first_device(settings, engine, station):
                _greet(engine, station, settings)
                stop.wait()
        else:
            _greet(engine, station, settings)
            stop.wait()
        print("\nstopping …", flush=True)
    return 0


def stopping_on_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set from now on, instead of ending the program in the midst of work."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


@contextmanager
def running(settings: CollectorSettings, engine: Engine) -> Iterator[Station]:
    """A started station, stopped at the end whatever happens."""
    station = Station(settings, engine)
    try:
        station.start()
        yield station
    finally:
        station.stop()


def sign_in_address(engine: Engine, station: Station, settings: CollectorSettings) -> str:
    """A link that signs the administrator in, once."""
    now = clock()
    ensure_person(engine, ADMIN, "admin", now)
    return settings.web.sign_in_address(create_link(engine, ADMIN, now), listening_at=station.url)


def _greet(engine: Engine, station: Station, settings: CollectorSettings) -> None:
    broker = station.broker
    assert broker is not None
    kind = type(broker).__name__.removesuffix("Broker")
    print(
        f"\nRollcall is up: {station.url}\n"
        f"  sign in (once, within 15 minutes): {sign_in_address(engine, station, settings)}\n"
        f"  devices speak to:                  mqtt://{broker.host}:{broker.port} ({kind})\n"
        f"  data:                              {settings.folder.absolute()}\n"
        f"  another link:                      rollcall people link {ADMIN}\n"
        "Ctrl-C stops it.",
        flush=True,
    )


@contextmanager
def _first_device(settings: CollectorSettings, engine: Engine, station: Station) -> Iterator[None]:
    """This machine's own agent as a child; without the agent installed, or without an identity, it is only said."""
    program = find_agent()
    if program is None:
        print("rollcall-agent is not installed beside rollcall: this machine will not be a device", file=sys.stderr)
        yield
        return
    with engine.begin() as connection:
        known = list_sites(connection, Scope.all())
        if not known:
            ensure_site(connection, FIRST_SITE, settings.zone)
    site = known[0].name if known else FIRST_SITE
    state = (settings.folder / "agent").absolute()
    # Enrolled at every start: the broker's port may be another one, and the same device gets its own identity back.
    token = create_token(engine, Scope.all(), site=site, now=clock())
    enrolled = subprocess.run(  # noqa: S603  # our own agent
        [program, "enroll", station.url, "--token-file", "-", "--state", state],
        input=token,
        text=True,
        check=False,
        capture_output=True,
        start_new_session=True,
    )
    if enrolled.returncode != 0:
        print(f"this machine could not be enrolled: {enrolled.stderr.strip()}", file=sys.stderr)
        yield
        return
    with child([program, "run", "--state", state]):
        yield


@contextmanager
def child(command: list[str | Path], log: IO[bytes] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A program of ours, in a session of its own so that Ctrl-C reaches it through us; gone at the end."""
    with subprocess.Popen(command, start_new_session=True, stderr=log) as started:  # noqa: S603  # our own agent
        try:
            yield started
        finally:
            with contextlib.suppress(ProcessLookupError):
                started.terminate()
            try:
                started.wait(_CHILD_SECONDS)
            except subprocess.TimeoutExpired:
                started.kill()


def find_agent() -> Path | None:
    """The agent installed beside this program, else on the PATH."""
    beside = Path(sys.executable).with_name("rollcall-agent")
    if beside.is_file():
        return beside
    found = shutil.which("rollcall-agent")
    return Path(found) if found else None


VERBS = verbs_of(SYNTAX, _run)

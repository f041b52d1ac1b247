"""`rollcall up`: the whole of Rollcall on this one machine, with the machine itself as the first device."""

import argparse
import contextlib
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO

from sqlalchemy import Engine

from rollcall_collector.broker.listening import raise_file_limit
from rollcall_collector.cli.arguments.up import SYNTAX
from rollcall_collector.cli.parts.assembly import Station, clock, held
from rollcall_collector.cli.parts.log import set_up_log
from rollcall_collector.cli.parts.patience import Patience
from rollcall_collector.cli.parts.running import Running, noted
from rollcall_collector.cli.parts.sign_in import SignIn
from rollcall_collector.cli.parts.store import opened_store, school_now
from rollcall_collector.cli.parts.supervision import supervised
from rollcall_collector.cli.parts.verb import verbs_of
from rollcall_collector.config import CollectorSettings, take_supervisor
from rollcall_collector.identity.tokens import create_token
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.parts.share import Share
from rollcall_collector.store.sites import list_sites, make_site

_CHILD_SECONDS = 10.0


def _run(chosen: argparse.Namespace, settings: CollectorSettings) -> int:
    set_up_log(settings.log, is_verbose=chosen.verbose)
    raise_file_limit()
    stop = stopping_on_signals()
    print(f"Rollcall starts, with its data in {settings.folder.absolute()} …", flush=True)
    patience = Patience(stop)
    with (
        held(settings.folder),
        opened_store(settings, patience) as engine,
        running(settings, engine, patience, verb="up") as station,
    ):
        link = SignIn(engine=engine, settings=settings, url=station.url)
        device = nullcontext("") if chosen.without_agent else _first_device(settings, engine, station, patience)
        with device as words:
            _greet(station, settings, words)
            patience.wait(link.say)
            patience.wait(lambda: link.say_again_until(stop))
        print("\nstopping …", flush=True)
    return 0


def stopping_on_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set from now on, instead of ending the program in the midst of work."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


@contextmanager
def running(
    settings: CollectorSettings,
    engine: Engine,
    patience: Patience,
    *,
    verb: str,
    share: Share = Share(),  # noqa: B008  # frozen
) -> Iterator[Station]:
    """A started station that other commands find; stopped at the end whatever happens."""
    supervisor = take_supervisor()
    station = Station(settings, engine, patience, share)
    try:
        station.start()
        with noted(settings.folder, Running(verb=verb, url=station.url)), supervised(supervisor, station.is_alive):
            yield station
    finally:
        station.stop()


def _greet(station: Station, settings: CollectorSettings, device: str) -> None:
    broker = station.broker
    assert broker is not None
    kind = type(broker).__name__.removesuffix("Broker")
    scheme = "mqtt" if settings.broker.certificate_file is None else "mqtts"
    websocket = settings.broker.websocket_address(broker.host, broker.websocket_port)
    chromebooks = f"\n  Chromebooks to:    {websocket}" if websocket else ""
    told = f"  this computer:     {device}\n" if device else ""
    print(
        f"\nRollcall is up: {settings.web.address(station.url)}\n{told}"
        f"  devices speak to:  {scheme}://{settings.broker.public_host or broker.host}:{broker.port} ({kind})"
        f"{chromebooks}\nCtrl-C stops it.",
        flush=True,
    )


@contextmanager
def _first_device(settings: CollectorSettings, engine: Engine, station: Station, patience: Patience) -> Iterator[str]:
    """This computer's own agent as a child, and what is said of it: also why it is none."""
    agent = find_agent()
    if agent is None:
        yield "no device: rollcall-agent is not installed beside rollcall"
        return
    state = (settings.folder / "agent").absolute()
    # Enrolled at every start: the broker's port may be another one, and the same device gets its own identity back.
    token = patience.wait(lambda: _token_of_first_site(settings, engine))
    enrolled = subprocess.run(  # noqa: S603  # our own agent
        [agent, "enroll", station.url, "--again", "--token-file", "-", "--state", state],
        input=token,
        text=True,
        check=False,
        capture_output=True,
        start_new_session=True,
    )
    if enrolled.returncode != 0:
        yield f"no device: {enrolled.stderr.strip()}"
        return
    with (state / "agent.log").open("ab") as log, child([agent, "run", "--state", state], log=log):
        yield f"{enrolled.stdout.partition(';')[0].strip()}; its log: {state / 'agent.log'}"


def _token_of_first_site(settings: CollectorSettings, engine: Engine) -> str:
    with engine.begin() as connection:
        known = list_sites(connection, Scope.all())
        if not known:
            school = school_now(settings, connection)
            make_site(connection, school.first_site, school.new_site)
            known = list_sites(connection, Scope.all())
    return create_token(engine, Scope.all(), site=known[0].name, now=clock())


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

"""Starts and stops what one collector is made of, in the order in which the parts lean on each other."""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import structlog
from sqlalchemy import Engine

from rollcall_collector.api.app import create_app
from rollcall_collector.api.http.server import WebServer
from rollcall_collector.api.http.services import Door, PublicBroker, Services
from rollcall_collector.api.settings import WebSettings
from rollcall_collector.broker.choice import Broker, open_broker
from rollcall_collector.broker.eviction import Eviction
from rollcall_collector.broker.external import ExternalBroker
from rollcall_collector.broker.listening import Login, Tls
from rollcall_collector.broker.watch import TICK_SECONDS, CredentialWatch
from rollcall_collector.cli.ingest import login_of
from rollcall_collector.cli.jobs import timetable
from rollcall_collector.cli.parts.mirroring import mirror_sender
from rollcall_collector.cli.parts.patience import Patience
from rollcall_collector.cli.parts.running import program
from rollcall_collector.config import CollectorSettings, local_zone
from rollcall_collector.errors import CollectorError, SettingsError
from rollcall_collector.identity.credentials import hash_password
from rollcall_collector.identity.speaking import Speaking
from rollcall_collector.ingest.listen import BrokerAddress, Listener
from rollcall_collector.store.parts.room import Room
from rollcall_collector.store.parts.share import Share

log = structlog.get_logger(__name__)

_STOP_SECONDS = 15.0
_TURN_SECONDS = 90.0
"""A loop that has not gone round for so long hangs: keeping one batch waits for a busy store for less."""


class StationError(CollectorError):
    """A collector that cannot start as it is set up."""


def clock() -> datetime:
    """The instant now."""
    return datetime.now(UTC)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the data folder, so that no second collector works on the same data. Raises StationError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise StationError(f"another collector works in {folder}: stop it, or set folder elsewhere") from error
    try:
        yield
    finally:
        os.close(handle)


def choose_broker(settings: CollectorSettings, engine: Engine, login: Login) -> Broker:
    """The broker that the settings ask for, not started yet."""
    wanted = settings.broker
    if wanted.kind == "external":
        return ExternalBroker(
            engine=engine,
            login=login,
            host=wanted.host,
            port=wanted.port,
            websocket_port=wanted.websocket_port,
            password_file=wanted.password_file,
            reload_command=wanted.reload_command,
            eviction=None
            if wanted.ask_token_file is None
            else Eviction(host=wanted.host, port=wanted.port, login=login, ca_file=wanted.ca_file),
        )
    folder = settings.folder / "broker"
    return open_broker(
        wanted.kind,
        engine=engine,
        login=login,
        folder=folder,
        host=wanted.host,
        port=wanted.port,
        websocket_port=wanted.websocket_port,
        tls=tls_of(settings),
    )


def tls_of(settings: CollectorSettings) -> Tls | None:
    """The broker's certificate and key; None for a broker on this machine alone. Raises SettingsError."""
    certificate, key = settings.broker.certificate_file, settings.broker.key_file
    if certificate is not None and key is not None:
        return Tls(certificate=certificate, key=key)
    if certificate is not None or key is not None:
        raise SettingsError("broker.certificate_file and broker.key_file go together: set both or neither")
    if settings.broker.host not in {"127.0.0.1", "localhost", "::1"}:
        raise SettingsError("a broker beyond this machine needs broker.certificate_file, key_file and ca_file")
    return None


def listener_of(settings: CollectorSettings, engine: Engine, broker: Broker, login: Login, share: Share) -> Listener:
    """Ingest, ready to run against this broker."""
    return Listener(
        engine=engine,
        broker=BrokerAddress(
            host=_own_way_to(settings, broker),
            port=broker.port,
            user=login.user,
            password=login.password,
            ca_file=settings.broker.ca_file,
        ),
        clock=clock,
        has_mirror=settings.mirror.url is not None,
        school=settings.school,
        share=share,
    )


def _own_way_to(settings: CollectorSettings, broker: Broker) -> str:
    """Under which name the collector itself reaches the broker: with TLS it must stand in the certificate."""
    everywhere = broker.host in {"0.0.0.0", "::"}  # noqa: S104  # read, not bound
    return settings.broker.public_host or broker.host if everywhere else broker.host


class Station:
    """Broker, ingest, jobs and pages over one store. `stop` undoes whatever `start` reached."""

    def __init__(self, settings: CollectorSettings, engine: Engine, patience: Patience, share: Share) -> None:
        self.engine = engine
        self._patience = patience
        self._share = share
        self.url = ""
        self.broker: Broker | None = None
        self._settings = settings
        self._stack = ExitStack()
        self._stop = threading.Event()
        self._turns: list[Callable[[], float]] = []

    def start(self) -> None:
        """Start each part once what it leans on stands. Raises CollectorError saying the way out.

        Whatever needs the store waits for it: only settings that cannot be, and people, end this.
        """
        settings = self._settings
        login = self._patience.wait(lambda: login_of(settings, self.engine))
        broker = choose_broker(settings, self.engine, login)
        self._stack.callback(broker.stop)
        self._patience.wait(lambda: _start_or_undo(broker))
        self.broker = broker
        listener = listener_of(settings, self.engine, broker, login, self._share)
        self._patience.wait(lambda: listener.claim(self._stop))
        self._run("ingest", lambda: listener.run(self._stop))
        self._turns.append(lambda: listener.turned_at)
        send = mirror_sender(settings, self.engine, clock)
        if send is not None:
            self._run("mirror", lambda: send(self._stop))
        watch = CredentialWatch(self.engine, broker.refresh)
        self._run("credentials", lambda: self._watch(watch))
        jobs = timetable(settings, self.engine)
        self._stack.callback(jobs.stop)
        jobs.start()
        web = web_server(settings, self.engine, broker, login)
        self._stack.callback(web.stop)
        web.start()
        self.url = web.url
        self._turns.append(lambda: web.turned_at)

    def is_alive(self) -> bool:
        """Whether the loops of ingest and of the pages go round; also while store or broker are away."""
        now = time.monotonic()
        return all(now - turned_at() < _TURN_SECONDS for turned_at in self._turns)

    def stop(self) -> None:
        """Stop every part, the last started first."""
        self._stop.set()
        self._stack.close()

    def _run(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        self._stack.callback(thread.join, _STOP_SECONDS)
        self._stack.callback(self._stop.set)

    def _watch(self, watch: CredentialWatch) -> None:
        while not self._stop.wait(TICK_SECONDS):
            try:
                watch.tick(clock())
            except Exception:  # the thread's outermost loop: a locked database must not end it
                log.exception("credentials.unread")


def _start_or_undo(broker: Broker) -> None:
    try:
        broker.start()
    except BaseException:
        broker.stop()
        raise


def web_server(settings: CollectorSettings, engine: Engine, broker: Broker, login: Login) -> WebServer:
    """The API and the pages, not started yet."""
    ca_file = settings.broker.ca_file
    services = Services(
        engine=engine,
        clock=clock,
        zone=local_zone(),
        version=version("rollcall-collector"),
        broker=PublicBroker(
            host=settings.broker.public_host or broker.host,
            port=broker.port,
            ca_pem=ca_file.read_text() if ca_file is not None else None,
            websocket_url=settings.broker.websocket_address(broker.host, broker.websocket_port),
        ),
        public_url=settings.web.public_url,
        room=Room(engine, settings.folder.absolute()),
        metrics_token_file=settings.web.metrics_token_file,
        refresh_broker=broker.refresh,
        speaking=_speaking(settings.broker.ask_token_file, login),
        plan_settings=settings.plan,
        school_file=settings.school,
        command=settings.command(program()),
        door=Door(file=settings.sign_in),
    )
    return WebServer(
        create_app(services),
        host=settings.web.host,
        port=settings.web.port,
        tls=_web_tls(settings.web),
        proxies=settings.web.proxies,
    )


def _speaking(token_file: Path | None, login: Login) -> Speaking | None:
    if token_file is None:
        return None
    return Speaking(collector=login.user, secret_hash=hash_password(login.password), token_file=token_file)


def _web_tls(web: WebSettings) -> tuple[Path, Path] | None:
    """The certificate and the key of the pages; None where others put TLS before them. Raises SettingsError."""
    if web.certificate_file is None and web.key_file is None:
        return None
    if web.certificate_file is None or web.key_file is None:
        raise SettingsError("web.certificate_file and web.key_file go together: set both or neither")
    for file in (web.certificate_file, web.key_file):
        if not os.access(file, os.R_OK):
            raise SettingsError(f"{file} cannot be read: check web.certificate_file, web.key_file and their rights")
    return web.certificate_file, web.key_file

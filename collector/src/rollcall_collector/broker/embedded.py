"""A broker inside this very process, for one machine without Mosquitto: slower, and nothing waits for who is away."""

import asyncio
import contextlib
import logging
import ssl
import threading
from concurrent.futures import Future
from typing import Any

import structlog
from sqlalchemy import Engine
from websockets.asyncio.server import Server

from rollcall_collector.broker.entrance import Entrance
from rollcall_collector.broker.exchange import Exchange
from rollcall_collector.broker.listening import BrokerError, Login, Passwords, Tls, free_port, raise_file_limit
from rollcall_collector.broker.websocket import serve_websocket
from rollcall_collector.identity.certificate import Renewal

log = structlog.get_logger(__name__)

_SECONDS = 10.0
_BACKLOG = 1_024


class EmbeddedBroker:
    """amqtt in a thread of its own, behind an entrance that knows the store's passwords. MQTT 3.1.1 only."""

    def __init__(
        self,
        *,
        engine: Engine,
        login: Login,
        host: str = "127.0.0.1",
        port: int = 0,
        websocket_port: int | None = None,
        tls: Tls | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.websocket_port = websocket_port
        self._login = login
        self._passwords = Passwords(engine, login)
        self._context = None if tls is None else ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._renewal = None if tls is None else Renewal(tls.certificate, tls.key)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._entrance: Entrance | None = None
        self._stopping: asyncio.Event | None = None

    def start(self) -> None:
        """Listen on the wanted port, or on a free one where it is taken. Raises BrokerError where that fails."""
        _hush()
        raise_file_limit()
        self.port = free_port(self.host, self.port)
        if self.websocket_port is not None:
            self.websocket_port = free_port(self.host, self.websocket_port)
        started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name="broker", daemon=True)
        self._thread.start()
        try:
            started.result(_SECONDS)
        except (OSError, TimeoutError) as error:
            self.stop()
            raise BrokerError(f"the embedded broker does not start: {error}") from error

    def stop(self) -> None:
        """End every session and close the port; it is no error if it never started."""
        loop, stopping = self._loop, self._stopping
        if loop is not None and stopping is not None:
            with contextlib.suppress(RuntimeError):  # the loop ended by itself
                loop.call_soon_threadsafe(stopping.set)
        if self._thread is not None:
            self._thread.join(_SECONDS)

    def refresh(self) -> None:
        """Take in the passwords as they are now; who lost the right to speak is cut off before this returns.

        Whoever connects from then on is shown a certificate that was renewed. Raises BrokerError where the broker is
        too busy to be told.
        """
        if self._renewal is not None and self._renewal.is_due():
            self._show_certificate()
        loop, entrance = self._loop, self._entrance
        passwords = self._passwords.read()
        if loop is not None and entrance is not None and not loop.is_closed():
            try:
                asyncio.run_coroutine_threadsafe(entrance.replace(passwords), loop).result(_SECONDS)
            except TimeoutError as error:
                raise BrokerError("the embedded broker is too busy: install mosquitto") from error

    def _show_certificate(self) -> None:
        if self._renewal is not None and self._context is not None:
            self._context.load_cert_chain(*self._renewal.files)

    def _run(self, started: Future[None]) -> None:
        try:
            asyncio.run(self._serve(started))
        except Exception as error:  # the thread's outermost loop
            if started.done():
                log.exception("broker.died")
            else:
                started.set_exception(error)

    async def _serve(self, started: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_note)
        self._stopping = asyncio.Event()
        exchange = Exchange(collector=self._login.user)
        await exchange.start()
        entrance = Entrance(exchange=exchange, collector=self._login.user, passwords=self._passwords.read())
        self._show_certificate()
        context = self._context
        servers: list[asyncio.Server | Server] = [
            await asyncio.start_server(entrance.greet, self.host, self.port, ssl=context, backlog=_BACKLOG)
        ]
        if self.websocket_port is not None:
            servers.append(await serve_websocket(entrance.greet, self.host, self.websocket_port, context))
        self._entrance = entrance
        started.set_result(None)
        try:
            await self._stopping.wait()
        finally:
            self._entrance = None
            for server in servers:
                server.close()
            await entrance.close()
            for server in servers:
                await server.wait_closed()
            await exchange.shutdown()


def _note(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    log.debug("broker.stumbled", error=repr(context.get("exception") or context.get("message")))


def _hush() -> None:
    """Keep amqtt's log off the console: what it calls errors are clients that went away."""
    for name in ("amqtt", "transitions"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())

"""Serves the app from a thread beside the rest of the collector; a port that is taken is replaced by a free one."""

import errno
import gc
import os
import socket
import sys
import threading
import time
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from rollcall_collector.api.http.connections import Connections
from rollcall_collector.errors import CollectorError
from rollcall_collector.identity.certificate import Renewal

_NEIGHBOURS = 20
_CALM_THRESHOLD = 50_000
"""New objects before Python looks for circles among them: a plan of a whole district is many, and has none."""
_SWITCH_SECONDS = 0.0005
"""How long one thread may keep the interpreter when another wants it. A batch of reports takes it some hundred times
over: at Python's own 5 ms it waits a second beside a page that takes as long."""
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_RENEWAL_TICKS = 100
"""So often, ten times a second, its loop goes round before it looks whether the certificate was renewed."""


class WebServerError(CollectorError):
    """The pages cannot be served as asked."""


class _Server(uvicorn.Server):
    """Uvicorn that notes when its loop went round, ten times a second, and shows a certificate that was renewed."""

    turned_at = 0.0

    def __init__(self, config: uvicorn.Config, tls: tuple[Path, Path] | None) -> None:
        super().__init__(config)
        self._renewal = None if tls is None else Renewal(*tls)

    async def on_tick(self, counter: int) -> bool:
        self.turned_at = time.monotonic()
        if counter % _RENEWAL_TICKS == 0 and self._renewal is not None and self._renewal.is_due():
            assert self.config.ssl is not None, "it was started with these files"
            self.config.ssl.load_cert_chain(*self._renewal.files)
        return await super().on_tick(counter)


class WebServer:
    """Uvicorn in one thread, by TLS where it has a certificate and its key, whose files may be renewed while it runs.

    `start()` returns once it answers; `stop()` once its port is closed.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str,
        port: int,
        tls: tuple[Path, Path] | None = None,
        proxies: tuple[str, ...] = (),
    ) -> None:
        self._host = host
        self._scheme = "http" if tls is None else "https"
        certificate, key = tls or (None, None)
        self._wanted = port
        self._socket: socket.socket | None = None
        config = uvicorn.Config(
            app,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            http=Connections().protocol,  # type: ignore[arg-type]  # uvicorn calls it as it calls a class
            log_config=None,
            access_log=False,  # addresses hold sign-in links
            lifespan="off",
            ws="none",
            forwarded_allow_ips=list(proxies),
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        self._server = _Server(config, tls)
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    @property
    def port(self) -> int:
        """The port that answers, which may not be the one asked for."""
        assert self._socket is not None, "start() first"
        return int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the pages."""
        host = "127.0.0.1" if self._host in {"", "0.0.0.0", "::"} else self._host  # noqa: S104  # read, not bound
        return f"{self._scheme}://[{host}]:{self.port}" if ":" in host else f"{self._scheme}://{host}:{self.port}"

    @property
    def turned_at(self) -> float:
        """When its loop last went round, by the monotonic clock: a thread that hangs is alive, too."""
        return self._server.turned_at

    def start(self) -> None:
        """Bind and serve. Raises WebServerError where the host cannot be bound at all."""
        self._socket = bind_free(self._host, self._wanted)
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_START_SECONDS / 0.01)):
            if self._server.started or not self._thread.is_alive():
                break
            waited.wait(0.01)
        if not self._server.started:
            self.stop()
            raise WebServerError("the pages did not start: the log says why")

    def stop(self) -> None:
        """Finish what is being answered, for three seconds at most, and close the port."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)
        if self._socket is not None:
            self._socket.close()

    def _serve(self) -> None:
        assert self._socket is not None
        gc.set_threshold(_CALM_THRESHOLD)
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._server.run(sockets=[self._socket])


def bind_free(host: str, wanted: int) -> socket.socket:
    """A listening socket on the wanted port, else on one of the next twenty, else on any that is free."""
    ports = [wanted, *range(wanted + 1, min(wanted + _NEIGHBOURS, 65_535) + 1), 0] if wanted else [0]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in ports:
        # With its protocol named, the event loop switches Nagle's delay off: without, every answer takes 40 ms more.
        bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name == "posix":  # elsewhere the option would let two servers share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
            bound.listen(128)
        except OSError as error:
            bound.close()
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise WebServerError(f"the pages cannot listen on {host}: set web.host to this machine's") from error
        else:
            return bound
    raise WebServerError(f"no port is free on {host}: stop what uses them or set web.port")

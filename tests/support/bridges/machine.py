"""The machine on which a bridge runs, beside a collector: enrolled, started, ended or killed, and its devices' pages read."""

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from rollcall_collector.api.http.server import WebServer
from rollcall_collector.identity.tokens import create_token
from rollcall_collector.model.scope import Scope
from rollcall_collector.store.database import open_database
from rollcall_wire.codes import Platform
from tests.support.agents import environment
from tests.support.apps import lent_app
from tests.support.browsing import services_for
from tests.support.faults.collectors import lent_collector
from tests.support.fleets import seed
from tests.support.reading import words_of
from tests.support.require import ROOT


@dataclass(kw_only=True)
class BridgeMachine:
    """One bridge and its collector; the bridge's own folder is `agent/bridges/<name>` of this one."""

    folder: Path
    url: str
    engine: sa.Engine
    name: str
    platform: Platform
    program: Sequence[str]
    """What is called, up to the bridge's name."""

    @property
    def state(self) -> Path:
        return self.folder / "agent/bridges" / self.name

    @property
    def log(self) -> str:
        return (self.folder / "bridge.log").read_text()

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """One verb of the bridge, to its end."""
        return subprocess.run(
            [*self.program, self.name, *arguments],
            cwd=ROOT, env=environment(), input=stdin, text=True, check=False, capture_output=True, timeout=60,
        )  # fmt: skip

    def enroll(self) -> None:
        now = datetime.now(UTC)
        token = create_token(self.engine, Scope.all(), site="Hillside", zone="UTC", now=now, platform=self.platform)
        enrolled = self.run("enroll", self.url, stdin=token)
        assert enrolled.returncode == 0, enrolled.stderr

    @contextmanager
    def bridge(self) -> Iterator[subprocess.Popen[str]]:
        """The bridge at work, ended with SIGTERM; its log stands beside its folder."""
        with (self.folder / "bridge.log").open("a") as log:
            running = subprocess.Popen(
                [*self.program, self.name], cwd=ROOT, env=environment(), stdout=log, stderr=log, text=True
            )
            try:
                yield running
            finally:
                running.send_signal(signal.SIGTERM)
                running.wait(60)

    def ask(self, query: str) -> Any:
        """The one value that the store answers; None where there is none."""
        with self.engine.connect() as connection:
            return connection.execute(sa.text(query)).scalar_one_or_none()

    @cached_property
    def _session(self) -> str:
        return seed.sign_in(self.engine, "Tom", "technician", datetime.now(UTC))

    def page(self, address: str) -> str:
        """The words of a page, as a technician reads them now."""
        services = replace(services_for(self.engine), clock=lambda: datetime.now(UTC))
        with lent_app(services) as app:
            server = WebServer(app, host="127.0.0.1", port=0)
            server.start()
            try:
                cookies = {"rollcall": self._session}
                with httpx.Client(base_url=server.url, cookies=cookies, follow_redirects=True) as client:
                    answer = client.get(address)
            finally:
                server.stop()
        answer.raise_for_status()
        return words_of(answer.text)


@contextmanager
def beside_collector(folder: Path) -> Iterator[tuple[str, sa.Engine]]:
    """A collector with an empty store until the block ends: its address for bridges, and its store."""
    database = f"sqlite:///{folder / 'rollcall.sqlite3'}"
    with lent_collector(folder, database, enrollments=100) as told:
        engine = open_database(database)
        yield str(told["url"]), engine
        engine.dispose()

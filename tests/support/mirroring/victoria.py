"""A VictoriaMetrics of the tests' own: takes what InfluxDB takes, and answers questions in PromQL."""

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.brokers.mosquitto import free_port
from tests.support.require import require
from tests.support.wait import wait_for


class Victoria:
    """One server over a folder; `kill` and `start` as often as wanted."""

    def __init__(self, folder: Path, *more: str) -> None:
        self._program = require("victoriametrics")
        self._folder = folder
        self._more = more
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._server = subprocess.Popen(
            [
                self._program,
                f"-httpListenAddr=127.0.0.1:{self.port}",
                f"-storageDataPath={self._folder / 'victoria'}",
                "-retentionPeriod=100y",
                "-dedup.minScrapeInterval=1ms",
                "-search.latencyOffset=0s",
                "-search.disableCache",
                "-memory.allowedBytes=64MB",
                *self._more,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._is_up, seconds=60, what="VictoriaMetrics")

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait(30)
            self._server = None

    def ask(self, query: str, at: datetime) -> list[dict[str, Any]]:
        """The series that an instant query finds, each with its labels (`metric`) and `value`."""
        asked = urllib.parse.urlencode({"query": query, "time": at.timestamp()})
        found: list[dict[str, Any]] = json.loads(self._get(f"/api/v1/query?{asked}"))["data"]["result"]
        return found

    def points(self, name: str) -> list[tuple[dict[str, str], int, float]]:
        """Every point of these series: labels, milliseconds, value."""
        self._get("/internal/force_flush")
        asked = urllib.parse.urlencode({"match[]": f'{{__name__=~"{name}"}}', "reduce_mem_usage": "0"})
        lines = self._get(f"/api/v1/export?{asked}").splitlines()
        return [
            (one["metric"], at, value)
            for one in map(json.loads, lines)
            for at, value in zip(one["timestamps"], one["values"], strict=True)
        ]

    def take_metrics(self, text: str, at: datetime) -> None:
        """Have it take Prometheus's text form, as if it had scraped it then."""
        path = f"/api/v1/import/prometheus?timestamp={int(at.timestamp() * 1000)}"
        urllib.request.urlopen(
            urllib.request.Request(self.url + path, text.encode(), method="POST"), timeout=30
        ).close()

    def flush(self) -> None:
        """Have all that was taken be found."""
        self._get("/internal/force_flush")

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return bytes(answer.read())

    def _is_up(self) -> bool:
        with suppress(OSError):
            return b"OK" in self._get("/health")
        return False


@contextmanager
def victoria(folder: Path, *more: str) -> Iterator[Victoria]:
    one = Victoria(folder, *more)
    one.start()
    try:
        yield one
    finally:
        one.kill()

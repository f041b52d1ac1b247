"""A real InfluxDB 2.7 of the tests' own, built by `make test-influxdb`: takes lines, and tells every point it holds."""

import csv
import io
import json
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.brokers.mosquitto import free_port
from tests.support.require import ROOT, lacking
from tests.support.wait import wait_for

PROGRAM = ROOT / ".cache/influxdb/influxd"
TOKEN = "the-token-of-a-test"
_EVERYTHING = 'from(bucket: "rollcall") |> range(start: 1970-01-02T00:00:00Z) |> drop(columns: ["_start", "_stop"])'


class Influxd:
    """One server over a folder, set up with an organisation and a bucket; `kill` and `start` as often as wanted."""

    def __init__(self, folder: Path) -> None:
        if not PROGRAM.is_file():
            lacking(f"{PROGRAM} is not built: make test-influxdb")
        self._folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.token_file = folder / "token"
        self._server: subprocess.Popen[bytes] | None = None

    def set_up(self) -> None:
        """Its first start."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.token_file.write_text(TOKEN)
        self.start()
        told = {"username": "admin", "password": "password", "org": "rollcall", "bucket": "rollcall", "token": TOKEN}
        self._ask("/api/v2/setup", json.dumps(told).encode(), {"Content-Type": "application/json"})

    def start(self) -> None:
        self._server = subprocess.Popen(
            [
                PROGRAM,
                "run",
                f"--http-bind-address=127.0.0.1:{self.port}",
                f"--bolt-path={self._folder / 'bolt'}",
                f"--engine-path={self._folder / 'engine'}",
                f"--sqlite-path={self._folder / 'sqlite'}",
                "--reporting-disabled",
                "--log-level=error",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._is_up, seconds=120, what="InfluxDB")

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait(30)
            self._server = None

    def rows(self) -> list[dict[str, str]]:
        """Every value of every field that it holds, with its tags, instant and the field's name."""
        told = json.dumps({"query": _EVERYTHING, "type": "flux", "dialect": {"annotations": []}}).encode()
        head = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json", "Accept": "application/csv"}
        found = self._ask("/api/v2/query?org=rollcall", told, head).decode()
        tables = [one.strip() for one in found.replace("\r\n", "\n").split("\n\n") if one.strip()]
        return [row for one in tables for row in csv.DictReader(io.StringIO(one))]

    def count(self) -> Counter[str]:
        """How many points each measurement has."""
        points = {
            (row["_measurement"], row.get("device"), row.get("site"), row.get("kind"), row["_time"])
            for row in self.rows()
        }
        return Counter(one[0] for one in points)

    def _ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
        request = urllib.request.Request(self.url + path, body, dict(headers or {}))
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())

    def _is_up(self) -> bool:
        with suppress(OSError):
            return b'"pass"' in self._ask("/health").replace(b" ", b"")
        return False


@contextmanager
def influxd(folder: Path) -> Iterator[Influxd]:
    one = Influxd(folder)
    try:
        one.set_up()
        yield one
    finally:
        one.kill()

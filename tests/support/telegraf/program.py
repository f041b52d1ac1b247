"""A real Telegraf of the benchmarks' own, built once by `make .cache/telegraf/telegraf`: from a broker into a database."""

import re
import subprocess
from pathlib import Path

import sqlalchemy as sa

from rollcall_wire.topics import PREFIX
from tests.support.require import ROOT
from tests.support.wait import wait_for

PROGRAM = ROOT / ".cache/telegraf/telegraf"
BATCH = 5_000
"""Reports a transaction. With 1,000, its own default, each of them costs more."""
_WROTE = re.compile(rb"Wrote batch of (\d+) metrics")
_CONFIG = """
[agent]
  flush_interval = "1s"
  metric_batch_size = {batch}
  metric_buffer_limit = {buffer}
  omit_hostname = true
  debug = true  # it then says how much it wrote: one line a batch

[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:{port}"]
  topics = ["{prefix}/+/+/reports"]
  topic_tag = ""
  qos = 1
  client_id = "telegraf"
  persistent_session = {is_persistent}
  max_undelivered_messages = {undelivered}
  data_format = "json"
  json_query = "reports"
  json_name_key = "body_kind"
  json_string_fields = ["*"]
  json_time_key = "recorded_at"
  json_time_format = "2006-01-02T15:04:05Z07:00"
  tag_keys = ["device_id"]
"""
_SQLITE = """
[[outputs.sql]]
  driver = "sqlite"
  data_source_name = "file://{file}?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
  batch_transactions = true
  connection_max_open = 1
"""
_POSTGRESQL = """
[[outputs.postgresql]]
  connection = "host={folder} user=rollcall dbname={database} sslmode=disable"
"""


class Telegraf:
    """Reads every report of a broker, each into a row of its kind's table; `kill` and `start` as often as wanted.

    It is set to its best: the cheapest of its parsers, which leaves out publisher, epoch and when it was sent; a
    device's id as the only tag; large batches, each one transaction of a table in SQLite and COPY in PostgreSQL; so
    many messages under way that the next batch is there while one is written.
    """

    def __init__(self, folder: Path, port: int, url: str, *, each: int, is_persistent: bool = True) -> None:
        self._log, self._config = folder / "telegraf.log", folder / "telegraf.conf"
        self._log.write_bytes(b"")
        head = _CONFIG.format(
            batch=BATCH,
            buffer=8 * BATCH,
            port=port,
            prefix=PREFIX,
            is_persistent=str(is_persistent).lower(),
            undelivered=4 * BATCH // each,
        )
        self._config.write_text(head + _output(sa.make_url(url)))
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._server is not None
        return self._server.pid

    def start(self) -> None:
        connected = self._log.read_bytes().count(b"Connected [")
        with self._log.open("ab") as log:
            self._server = subprocess.Popen([PROGRAM, "--config", self._config], stdout=log, stderr=log)
        wait_for(lambda: self._log.read_bytes().count(b"Connected [") > connected, seconds=60, what="Telegraf")

    def written(self) -> int:
        """How many reports it says it wrote, in all its lives."""
        return sum(int(count) for count in _WROTE.findall(self._log.read_bytes()))

    def complaints(self) -> list[str]:
        """Its warnings and errors."""
        return [line for line in self._log.read_text().splitlines() if " W! " in line or " E! " in line]

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait(30)
            self._server = None


def rows(url: str) -> tuple[int, int]:
    """How many reports its tables hold, and how many different ones."""
    engine = sa.create_engine(url)
    tables = sa.inspect(engine).get_table_names()
    every = " UNION ALL ".join(f"SELECT device_id, seq FROM {name}" for name in tables)
    with engine.connect() as connection:
        found = (
            connection.execute(
                sa.text(
                    f"SELECT sum(times), count(*) FROM (SELECT count(*) AS times FROM ({every}) AS a GROUP BY device_id, seq) AS b"
                )
            ).one()
            if tables
            else (0, 0)
        )
    engine.dispose()
    return int(found[0] or 0), int(found[1])


def _output(url: sa.URL) -> str:
    if url.get_backend_name() == "sqlite":
        return _SQLITE.format(file=url.database)
    return _POSTGRESQL.format(folder=url.query["host"], database=url.database)

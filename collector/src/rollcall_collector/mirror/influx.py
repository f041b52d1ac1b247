"""Writes lines to InfluxDB 2 or 3 or VictoriaMetrics, by the address they share: the only user of the client."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from rollcall_collector.mirror.answers import Answer, NotNow, read_answer
from rollcall_collector.mirror.settings import MirrorSettings

_TIMEOUT_MS = 30_000


class Influx:
    """One bucket, written to only. Used from one thread; `close` lets go of the connection."""

    def __init__(self, settings: MirrorSettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._token = ""
        self._client: Any = None

    def write(self, lines: Sequence[str]) -> Answer:
        """Have these lines written, all in one request, and tell what came of it; never raises for an answer."""
        try:
            self._open()
        except OSError as error:
            way_out = "let this user read mirror.token_file"
            return NotNow(trouble=f"the token cannot be read: {error.strerror}", way_out=way_out)
        try:
            writer = self._client.write_api(write_options=SYNCHRONOUS)
            body = "\n".join(lines).encode()
            writer.write(bucket=self._settings.bucket, record=body, write_precision=WritePrecision.NS)
        except ApiException as error:
            return read_answer(error.status or 0, _text(error.body), error.headers or {}, self._clock())
        except (HTTPError, OSError) as error:
            trouble = f"InfluxDB does not answer: {type(error).__name__}"
            return NotNow(trouble=trouble, way_out="start it, or mend mirror.url")
        return read_answer(204, "", {}, self._clock())

    def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _open(self) -> None:
        """Connect, anew where the token's file says another one. Raises OSError where it cannot be read."""
        file = self._settings.token_file
        token = "" if file is None else file.read_text().strip()
        if self._client is not None and token == self._token:
            return
        self.close()
        self._token = token
        self._client = InfluxDBClient(
            url=self._settings.url,
            token=token,
            org=self._settings.org,
            timeout=_TIMEOUT_MS,
            enable_gzip=True,
            retries=False,
        )


def _text(body: object) -> str:
    return body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")

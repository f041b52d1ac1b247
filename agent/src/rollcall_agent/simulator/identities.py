"""Enrolls the make-believe devices over the real API, once each, and remembers who they are between runs."""

import hashlib
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rollcall_agent.courier import Broker, Credentials
from rollcall_agent.errors import EnrollmentError
from rollcall_wire import Inventory, Settings
from rollcall_wire.encoding import decode_settings, plain

_TOO_MANY = 429
_TIMEOUT_SECONDS = 15.0
_ANY_SITE = "*"


class TooManyError(EnrollmentError):
    """The collector asks to come back later."""

    def __init__(self) -> None:
        super().__init__("the collector takes no more enrollments from this address now: it will in a minute")


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who one device or bridge is to the collector. `device_id` is None for a bridge."""

    name: str
    device_id: str | None
    credentials: Credentials
    broker: Broker
    settings: Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """Enrollment tokens by site name, and those of the sites' MDM bridges."""

    devices: Mapping[str, str]
    bridges: Mapping[str, str]

    def device_token(self, site: str) -> str:
        """The token for a device of this site. Raises EnrollmentError."""
        found = self.devices.get(site) or self.devices.get(_ANY_SITE)
        if found is None:
            raise EnrollmentError(f"the token file names no token for {site}: make one and add it")
        return found


def read_tokens(path: Path) -> Tokens:
    """Read a token file: one token alone, or JSON `{"devices": {site: token}, "bridges": {site: token}}`.

    Raises EnrollmentError where it is neither.
    """
    try:
        text = path.read_text().strip()
        if not text.startswith("{"):
            return Tokens(devices={_ANY_SITE: text}, bridges={})
        read = json.loads(text)
        return Tokens(devices=dict(read["devices"]), bridges=dict(read.get("bridges", {})))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EnrollmentError(f"the token file {path} cannot be used: {error!r}") from error


class Identities:
    """The identities in one folder. A line is written before an identity is used, so that none is asked for twice."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "identities.jsonl"
        self._known: dict[str, Identity] = {}

    def start(self) -> None:
        """Read those of earlier runs; a last line cut off by a crash is left out."""
        if not self._file.exists():
            self._file.touch(mode=0o600)
        written = self._file.read_text()
        if written and not written.endswith("\n"):
            with self._file.open("a") as file:
                file.write("\n")
        for line in written.splitlines():
            try:
                read = json.loads(line)
            except ValueError:
                continue
            self._known[read["name"]] = self._identity(read["name"], read["answer"])

    def find(self, name: str) -> Identity | None:
        """The identity under which this device or bridge enrolled, if it did."""
        return self._known.get(name)

    def keep(self, name: str, answer: Mapping[str, Any]) -> Identity:
        """Remember the collector's answer."""
        with self._file.open("a") as file:
            file.write(json.dumps({"name": name, "answer": answer}) + "\n")
        found = self._known[name] = self._identity(name, answer)
        return found

    def _identity(self, name: str, answer: Mapping[str, Any]) -> Identity:
        broker = answer["broker"]
        return Identity(
            name=name,
            device_id=answer["device_id"],
            credentials=Credentials(publisher=answer["publisher"], password=answer["password"]),
            broker=Broker(host=broker["host"], port=broker["port"], ca_file=self._ca_file(broker.get("ca_pem"))),
            settings=decode_settings(json.dumps(answer["settings"]).encode()),
        )

    def _ca_file(self, pem: str | None) -> Path | None:
        if not pem:
            return None
        path = self._folder / "ca.pem"
        if not path.exists() or path.read_text() != pem:
            path.write_text(pem)
        return path


class Entrance:
    """The collector's door: one connection kept open for all who enroll."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._connection: http.client.HTTPConnection | None = None

    def start(self) -> None:
        """Choose how to connect. Raises EnrollmentError on a URL that is none."""
        kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}.get(self._url.scheme)
        if kind is None or not self._url.hostname:
            raise EnrollmentError(
                f"'{self._url.geturl()}' is no address of a collector: give one like http://host:8460"
            )
        self._connection = kind(self._url.hostname, self._url.port, timeout=_TIMEOUT_SECONDS)

    def stop(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def enroll(self, *, token: str, hardware: str, inventory: Inventory) -> dict[str, Any]:
        """The collector's answer. Raises TooManyError, EnrollmentError with its own words, or OSError."""
        hardware_id = hashlib.sha256(hardware.encode()).hexdigest()
        asked = json.dumps({"token": token, "hardware_id": hardware_id, "inventory": plain(inventory)})
        status, text = self._post(asked.encode())
        if status == _TOO_MANY:
            raise TooManyError
        try:
            answer: dict[str, Any] = json.loads(text)
        except ValueError as error:
            raise EnrollmentError(f"{self._url.geturl()} is no collector: it answered with {status}") from error
        if status != http.client.OK:
            raise EnrollmentError(f"the collector did not enroll {hardware}: {answer.get('detail', status)}")
        return answer

    def _post(self, body: bytes) -> tuple[int, bytes]:
        assert self._connection is not None, "start() comes first"
        path = self._url.path.rstrip("/") + "/api/v1/enroll"
        for is_last in (False, True):
            try:
                self._connection.request("POST", path, body, {"content-type": "application/json"})
                answer = self._connection.getresponse()
                return answer.status, answer.read()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self._connection.close()  # a kept connection that the server let go: once more on a new one
                if is_last:
                    raise
            except http.client.HTTPException as error:
                raise EnrollmentError(f"{self._url.geturl()} is no collector: {error!r}") from error
        raise AssertionError("unreachable")

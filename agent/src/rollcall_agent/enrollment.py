"""Asks the collector for an identity: shows a token and what the device is, gets a name and a password."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rollcall_agent.errors import ConfigError, EnrollmentError
from rollcall_wire import Inventory
from rollcall_wire.encoding import encode

SECONDS = 30.0
ANSWER_BYTES_MAX = 1 << 20
PATH = "/api/v1/enroll"
WAYS_OUT = {
    "bad_token": "check the token, or ask for a new one",
    "expired_token": "ask for a new token",
    "used_up_token": "ask for a new token, or one with more uses",
    "retired_device": "the device was retired: enroll it again only after it was reinstated",
    "revoked_device": "the device was revoked: enroll it again only after it was reinstated",
    "wrong_shape": "agent and collector do not fit together: upgrade the older of them",
    "too_many": "wait a minute and try again",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who this device is to the collector. `settings` are those of that day.

    `hardware` says for which device that was given: hashes by what they were taken from, the surest first.
    """

    device_id: str
    publisher: str
    password: str = field(repr=False)
    broker_host: str
    broker_port: int
    ca_pem: str | None
    settings: Mapping[str, Any]
    hardware: Mapping[str, str]
    url: str


def enroll(
    url: str, *, token: str, hardware: Mapping[str, str], inventory: Inventory, ca_file: Path | None = None
) -> Identity:
    """The identity that the collector at this address gives. The token goes to no other address: nothing is followed.

    Raises EnrollmentError where it refuses, ConfigError where the address would not be private, OSError where it is
    not there.
    """
    asked = {"token": token, "hardware_id": next(iter(hardware.values())), "inventory": inventory}
    status, answer = _post(url, encode(asked), ca_file)
    if status != 200:  # noqa: PLR2004  # HTTP's word for yes
        raise EnrollmentError(refusal(status, answer))
    return read_answer(answer, hardware=hardware, url=url)


def read_answer(answer: bytes, *, hardware: Mapping[str, str], url: str) -> Identity:
    """The collector's answer as an identity. Raises EnrollmentError where it is none."""
    try:
        read = json.loads(answer)
        broker = read["broker"]
        return Identity(
            device_id=str(read["device_id"]),
            publisher=str(read["publisher"]),
            password=str(read["password"]),
            broker_host=str(broker["host"]),
            broker_port=int(broker["port"]),
            ca_pem=None if broker.get("ca_pem") is None else str(broker["ca_pem"]),
            settings=dict(read.get("settings") or {}),
            hardware=dict(hardware),
            url=url,
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise EnrollmentError(f"{url} answered, but not as a collector does: check the address") from error


def refusal(status: int, answer: bytes) -> str:
    """What went wrong and the way out, from the collector's own words where it said any."""
    try:
        read = json.loads(answer)
        code, detail = str(read["error"]), str(read["detail"])
    except (ValueError, LookupError, TypeError):
        return f"the collector did not enroll this device (HTTP {status}): check that the address is a collector's"
    way_out = WAYS_OUT.get(code)
    return f"the collector did not enroll this device: {detail}" + (f" ({way_out})" if way_out else "")


def _post(url: str, body: bytes, ca_file: Path | None) -> tuple[int, bytes]:
    import http.client  # noqa: PLC0415  # needed once in a device's life

    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"'{url}' is no address of a collector: write https://host")
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=SECONDS, context=_trust(ca_file))
    elif _is_this_machine(parts.hostname):
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)
    else:
        raise ConfigError(f"'{url}' is not private, and the answer holds a password: use https")
    try:
        headers = {"content-type": "application/json", "accept": "application/json"}
        connection.request("POST", parts.path.rstrip("/") + PATH, body=body, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(ANSWER_BYTES_MAX)
    except http.client.HTTPException as error:
        raise EnrollmentError(f"{url} does not answer as a web server does: check the address") from error
    finally:
        connection.close()


def _trust(ca_file: Path | None) -> Any:
    import ssl  # noqa: PLC0415  # paho needs it too, but enrollment may be all that runs

    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        raise ConfigError(f"the CA file {ca_file} cannot be used: {error}") from error


def _is_this_machine(host: str) -> bool:
    import ipaddress  # noqa: PLC0415  # as above

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

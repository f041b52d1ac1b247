"""How a school sets the bridge up: one file of settings and two files of keys in the bridge's folder."""

import json
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from rollcall_agent.bridges.keys import read_key
from rollcall_agent.errors import ConfigError

FILE = "nanomdm.json"
WEBHOOK_KEY_FILE, API_KEY_FILE, DM_KEY_FILE = "webhook.key", "api.key", "dm.key"
SAMPLE = '{"listen": "127.0.0.1:9009", "url": "http://127.0.0.1:9000", "asks": true}'


@dataclass(frozen=True, kw_only=True, slots=True)
class NanoSettings:
    """Where it listens, and how it asks. Without `api_key` it only listens.

    `dm_key` signs what NanoMDM forwards of declarative management; None: the bridge is not its server.
    """

    host: str
    port: int
    webhook_key: bytes = field(repr=False)
    url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    dm_key: bytes | None = field(default=None, repr=False)


def read_settings(folder: Path) -> NanoSettings:
    """What stands in the folder. Raises ConfigError, whose text says what to write where."""
    path = folder / FILE
    try:
        read = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise ConfigError(f"put {FILE} into {folder}, such as {SAMPLE}") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): write it as {SAMPLE}") from error
    if not isinstance(read, dict) or not set(read) <= {"listen", "url", "asks"}:
        raise ConfigError(f"{path} holds something else than listen, url and asks: write it as {SAMPLE}")
    host, port = _address(read.get("listen", "127.0.0.1:9009"), path)
    asks = read.get("asks", False)
    if asks and not isinstance(read.get("url"), str):
        raise ConfigError(f"{path} says that iPads are to be asked, but not where: name NanoMDM's url")
    webhook_key = read_key(folder / WEBHOOK_KEY_FILE, is_needed=True)
    assert webhook_key is not None
    api_key = read_key(folder / API_KEY_FILE, is_needed=True) if asks else None
    return NanoSettings(
        host=host,
        port=port,
        webhook_key=webhook_key.encode(),
        url=read.get("url"),
        api_key=api_key,
        dm_key=None if (dm_key := read_key(folder / DM_KEY_FILE, is_needed=False)) is None else dm_key.encode(),
    )


def _address(stated: Any, path: Path) -> tuple[str, int]:
    host, _, port = str(stated).rpartition(":")
    try:
        is_loopback = ip_address(host.strip("[]")).is_loopback
    except ValueError:
        is_loopback = host == "localhost"
    if not port.isdecimal() or not is_loopback:
        raise ConfigError(
            f"{path} lets it listen at '{stated}': write 127.0.0.1:9009, and put a proxy with TLS before it where "
            "NanoMDM runs on another machine"
        )
    return host.strip("[]"), int(port)

"""Which MQTT broker, and where: the section [broker] of the settings."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokerSettings:
    """Which MQTT broker, and where. `auto` takes Mosquitto where it is installed, else the embedded one.

    Devices reach it as `public_host` where that is not `host`. Chromebooks speak MQTT through a WebSocket, which there
    is where `websocket_port` is set; they reach it as `websocket_url` where that is not host and port.

    A broker of others learns who may speak by `password_file` (Mosquitto), or asks over HTTP and brings what stands in
    `ask_token_file`.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    kind: Literal["auto", "mosquitto", "embedded", "external"] = "auto"
    host: str = "127.0.0.1"
    port: Annotated[int, Ge(0), Le(65_535)] = 1883
    public_host: str | None = None
    websocket_port: Annotated[int, Ge(0), Le(65_535)] | None = None
    websocket_url: str | None = None
    user: str = "collector"
    password: str | None = field(default=None, repr=False)
    certificate_file: Path | None = None
    key_file: Path | None = None
    ca_file: Path | None = None
    password_file: Path | None = None
    reload_command: str | None = None
    ask_token_file: Path | None = None

    def websocket_address(self, host: str, port: int | None) -> str | None:
        """Where Chromebooks reach the WebSocket that listens on this port; None where there is none."""
        if self.websocket_url is not None or port is None:
            return self.websocket_url
        scheme = "ws" if self.certificate_file is None else "wss"
        name = self.public_host or host
        return f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}/mqtt"

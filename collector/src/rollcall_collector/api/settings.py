"""Where the pages and the API listen: the section [web] of the settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from annotated_types import Ge, Le


@dataclass(frozen=True, kw_only=True, slots=True)
class WebSettings:
    """Where the pages and the API listen, and how people and devices reach them where that is not it.

    With its certificate (and the chain) and its key they are served by TLS; both are read at the start.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    host: str = "127.0.0.1"
    port: Annotated[int, Ge(0), Le(65_535)] = 8460
    public_url: str | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    metrics_token_file: Path | None = None
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Whose word on where a request came from is believed (`X-Forwarded-For`): addresses or networks."""

    def address(self, listening_at: str | None = None) -> str:
        """How people and devices reach the pages; `listening_at` is where they really listen, if that is known."""
        return (self.public_url or listening_at or f"{self.scheme}://{self.host}:{self.port}").rstrip("/")

    @property
    def scheme(self) -> str:
        """How the pages are spoken to."""
        return "http" if self.certificate_file is None else "https"

    @property
    def is_local(self) -> bool:
        """Whether only this computer reaches the pages."""
        return self.public_url is None and self.host in {"127.0.0.1", "localhost", "::1"}

    def sign_in_address(self, secret: str, *, listening_at: str | None = None) -> str:
        """The link that signs somebody in; `listening_at` is where the pages really listen, if that is known."""
        return sign_in_link(self.address(listening_at), secret)

    def cart_address(self, secret: str) -> str:
        """Where the code on a cart leads."""
        return f"{self.address()}/c/{secret}"


BACK_PATH = "/sign-in/back"
"""Where the school's provider sends people back to: it stands in the provider's console, letter by letter."""


def sign_in_link(address: str, secret: str) -> str:
    """The link that signs somebody in at this address of the pages."""
    return f"{address.rstrip('/')}/sign-in/{secret}"

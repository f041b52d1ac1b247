"""Where the pages and the API listen: the section [web] of the settings."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Le


@dataclass(frozen=True, kw_only=True, slots=True)
class WebSettings:
    """Where the pages and the API listen, and how people and devices reach them where that is not it."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    host: str = "127.0.0.1"
    port: Annotated[int, Ge(0), Le(65_535)] = 8460
    public_url: str | None = None

    def address(self, listening_at: str | None = None) -> str:
        """How people and devices reach the pages; `listening_at` is where they really listen, if that is known."""
        return (self.public_url or listening_at or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether only this computer reaches the pages."""
        return self.public_url is None and self.host in {"127.0.0.1", "localhost", "::1"}

    def sign_in_address(self, secret: str, *, listening_at: str | None = None) -> str:
        """The link that signs somebody in; `listening_at` is where the pages really listen, if that is known."""
        return f"{self.address(listening_at)}/sign-in/{secret}"

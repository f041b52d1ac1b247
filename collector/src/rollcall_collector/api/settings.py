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

    def sign_in_address(self, secret: str, *, listening_at: str | None = None) -> str:
        """The link that signs somebody in; `listening_at` is where the pages really listen, if that is known."""
        address = self.public_url or listening_at or f"http://{self.host}:{self.port}"
        return f"{address.rstrip('/')}/sign-in/{secret}"

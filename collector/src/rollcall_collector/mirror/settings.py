"""Where the InfluxDB copy of the vitals goes: the section [mirror] of the settings."""

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, kw_only=True, slots=True)
class MirrorSettings:
    """The InfluxDB copy of the vitals; off without a URL."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    org: str = "rollcall"
    bucket: str = "rollcall"

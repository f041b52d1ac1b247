"""Where the InfluxDB copy goes: the section [mirror] of the settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from annotated_types import Ge


@dataclass(frozen=True, kw_only=True, slots=True)
class MirrorSettings:
    """The InfluxDB copy of facts and vitals; off without a URL. The token stands in a file, alone."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    url: str | None = None
    token_file: Path | None = None
    org: str = "rollcall"
    bucket: str = "rollcall"
    outbox_megabytes: Annotated[int, Ge(10)] = 4_000
    """So much waits at most while InfluxDB is away: ten days of about 10,000 devices."""

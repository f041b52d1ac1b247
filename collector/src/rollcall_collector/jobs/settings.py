"""When work that nobody asks for runs: the section [jobs] of the settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from annotated_types import Ge, Le

Hour = Annotated[int, Ge(0), Le(23)]


@dataclass(frozen=True, kw_only=True, slots=True)
class JobSettings:
    """When things run, in the school's zone, and how long what is not a fact is kept.

    Refused reports, the audit log and daily readings are kept for so many days. Without a folder no backup is made
    by itself.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    judge_hour: Hour = 2
    refusals_days: Annotated[int, Ge(1)] = 90
    audit_days: Annotated[int, Ge(30)] = 1100
    readings_days: Annotated[int, Ge(400)] = 1100
    backup_folder: Path | None = None
    backup_hour: Hour = 3
    backups_kept: Annotated[int, Ge(1)] = 14

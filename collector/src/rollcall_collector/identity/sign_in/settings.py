"""By which provider people sign in: the section [sign_in] of the settings, else what was entered on the page."""

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rollcall_collector.errors import SettingsError

FILE_MODE = 0o640
"""A client secret is read by its owner and group at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInSettings:
    """The school's provider as a settings file says it; without a kind it is what was entered on a page, if at all."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    kind: str | None = None
    pinned: str = ""
    client_id: str = ""
    client_secret_file: Path | None = None

    def read_secret(self) -> str:
        """The client secret. Raises SettingsError where there is none, or where others could read it, too."""
        file = self.client_secret_file
        if file is None:
            raise SettingsError(
                "sign_in.client_secret_file is missing: name a file that holds the client secret alone"
            )
        try:
            mode = stat.S_IMODE(file.stat().st_mode)
            if mode & ~FILE_MODE:
                raise SettingsError(f"{file} may be read by others (mode {mode:o}): chmod 600 {file}")
            return file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{file} cannot be read: check sign_in.client_secret_file and its rights") from error

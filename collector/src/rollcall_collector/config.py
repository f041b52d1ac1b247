"""The collector's settings: a TOML file, then ROLLCALL_ environment variables over it; sensible without either."""

import os
import shlex
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from zoneinfo import available_timezones

from pydantic import PrivateAttr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rollcall_collector.api.settings import WebSettings
from rollcall_collector.broker.settings import BrokerSettings
from rollcall_collector.errors import SettingsError
from rollcall_collector.identity.sign_in.settings import SignInSettings
from rollcall_collector.jobs.settings import JobSettings
from rollcall_collector.judging.settings import JudgeSettings
from rollcall_collector.mirror.settings import MirrorSettings
from rollcall_collector.model.school import SchoolSettings
from rollcall_collector.procurement.minutes_table import MinutesTable
from rollcall_collector.procurement.prices import PlanSettings, Prices


class CollectorSettings(BaseSettings):
    """Everything that can be set: a section is the frozen settings of the room that uses it, defaults included."""

    model_config = SettingsConfigDict(
        env_prefix="ROLLCALL_", env_nested_delimiter="__", extra="ignore", env_ignore_empty=True, defer_build=True
    )

    folder: Path = Path("var")
    database: str | None = None
    log: Literal["console", "json"] = "console"
    broker: BrokerSettings = BrokerSettings()
    web: WebSettings = WebSettings()
    sign_in: SignInSettings = SignInSettings()
    school: SchoolSettings = SchoolSettings()
    jobs: JobSettings = JobSettings()
    judge: JudgeSettings = JudgeSettings()
    minutes: MinutesTable = MinutesTable()
    prices: Prices = Prices()
    mirror: MirrorSettings = MirrorSettings()

    @property
    def database_url(self) -> str:
        """Where facts are kept: SQLite in the data folder unless another database is named."""
        return self.database or f"sqlite:///{self.folder.absolute() / 'rollcall.sqlite3'}"

    _file: Path | None = PrivateAttr(None)

    def command(self, program: str) -> str:
        """How this program is called for the same store, as pages say it: `ROLLCALL_FOLDER=/srv rollcall`."""
        file = "" if self._file is None else f" --config {shlex.quote(str(self._file.absolute()))}"
        folder = (
            f"ROLLCALL_FOLDER={shlex.quote(str(self.folder.absolute()))} " if "ROLLCALL_FOLDER" in os.environ else ""
        )
        return f"{folder}{program}{file}"

    @property
    def plan(self) -> PlanSettings:
        """By which minutes and prices a budget is planned."""
        return PlanSettings(minutes=self.minutes, prices=self.prices)


@dataclass(frozen=True, kw_only=True, slots=True)
class Supervisor:
    """The service manager that started us: where it listens, and within how many seconds it wants to hear of us."""

    address: str = field(repr=False)
    seconds: float | None = None
    """None: it does not wait for a sign of life."""


def take_supervisor(environ: MutableMapping[str, str] | None = None) -> Supervisor | None:
    """Who started us, as systemd says it; None where nobody waits. Children are not to answer in our place.

    Source: sd_notify(3), sd_watchdog_enabled(3).
    """
    found = os.environ if environ is None else environ
    address, wanted = found.pop("NOTIFY_SOCKET", None), found.pop("WATCHDOG_USEC", "")
    is_meant = found.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    if not address:
        return None
    return Supervisor(address=address, seconds=int(wanted) / 1e6 if is_meant and wanted.isdecimal() else None)


def local_zone(localtime: Path = Path("/etc/localtime")) -> str:
    """This machine's IANA zone, from where its local time points; UTC where it does not say."""
    _, found, zone = str(localtime.resolve()).partition("/zoneinfo/")
    return zone if found and zone in available_timezones() else "UTC"


def read_settings(file: Path | None) -> CollectorSettings:
    """Read the settings. Raises SettingsError naming the setting that cannot be used."""
    chosen = file or (Path(found) if (found := os.environ.get("ROLLCALL_CONFIG")) else None)
    if chosen is not None and not chosen.is_file():
        raise SettingsError(f"no settings file at {chosen}: name an existing one with --config")

    class FromFile(CollectorSettings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del dotenv_settings, file_secret_settings
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, chosen)

    try:
        read = FromFile()
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise SettingsError(f"settings cannot be used: {wrong}") from error
    read._file = chosen  # noqa: SLF001  # our own, and no setting
    return read
